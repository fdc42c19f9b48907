import { checkSession } from './check-session.ts';
import { didYouMean } from './did-you-mean.ts';
import { groupOf } from './neighbors.ts';
import type { PolicyBook } from './policies.ts';
import { canonical } from './policy-source.ts';
import type { Report } from './report.ts';
import type { ValidParts } from './salvage.ts';
import type { NeighborTable, PeerGroupTable } from './schema/neighbor.ts';
import { heldValue, type SessionFinding, type SessionTables } from './session-finding.ts';
import type { ConfigPath } from './toml/path.ts';

const MD5_OCTETS_MAX = 80;
const TCP_AO_OCTETS_MAX = 80;

/** One `[[neighbors]]` entry with what its group says. */
export function checkNeighbor(
  neighbor: NeighborTable,
  path: ConfigPath,
  parts: Pick<ValidParts, 'global' | 'peer_groups'>,
  policies: PolicyBook,
  report: Report,
): void {
  policies.check(neighbor, path);
  checkOwnKeys(neighbor, path, report);
  if (neighbor.peer_group !== undefined) checkGroupExists(neighbor.peer_group, parts, [...path, 'peer_group'], report);
  checkInterface(neighbor, path, report);
  const session: SessionTables = { neighbor, group: groupOf(parts, neighbor), global: parts.global };
  if (neighbor.tcp_ao !== undefined) checkTcpAo(neighbor.tcp_ao, session, path, report);
  for (const finding of checkSession(session)) reportFinding(finding, placeOf(neighbor, finding, path), report);
}

export function reportFinding({ code, message, details }: SessionFinding, place: ConfigPath, report: Report): void {
  if (code === 'idle') report.notice('advice', place, message);
  else if (code === 'not-yet-active') report.notice(code, place, message);
  else report.error(code, place, message, details);
}

/** Where the value stands: at the neighbor, or else, for a value of the group, at the line that names the group. */
function placeOf(neighbor: NeighborTable, { key, below = [] }: SessionFinding, path: ConfigPath): ConfigPath {
  return neighbor[key] === undefined ? [...path, 'peer_group'] : [...path, key, ...below];
}

function checkTcpAo(
  { key, preferred, deprecated }: NonNullable<NeighborTable['tcp_ao']>,
  session: SessionTables,
  path: ConfigPath,
  report: Report,
): void {
  if (heldValue(session, 'md5_password') !== undefined) {
    report.error('conflict', [...path, 'tcp_ao'], 'tcp_ao and md5_password are mutually exclusive', {
      on: 'key',
      hint: "also when the password is the peer group's",
    });
  }
  const octets = new TextEncoder().encode(key).length;
  if (octets < 1 || octets > TCP_AO_OCTETS_MAX) {
    const message = `invalid tcp_ao key: ${octets} octets, it must have 1 to ${TCP_AO_OCTETS_MAX}`;
    report.error('invalid-value', [...path, 'tcp_ao', 'key'], message);
  }
  if (preferred === true && deprecated === true) {
    report.error('conflict', [...path, 'tcp_ao', 'deprecated'], 'a key cannot be preferred and deprecated at once');
  }
}

/** What one table says by itself, a group's or a neighbor's. */
export function checkOwnKeys(table: PeerGroupTable, path: ConfigPath, report: Report): void {
  const password = table.md5_password;
  if (password !== undefined && new TextEncoder().encode(password).length > MD5_OCTETS_MAX) {
    report.error(
      'invalid-value',
      [...path, 'md5_password'],
      `invalid md5_password: longer than ${MD5_OCTETS_MAX} octets`,
      {
        hint: 'the kernel takes no longer key',
      },
    );
  }
}

function checkInterface(neighbor: NeighborTable, path: ConfigPath, report: Report): void {
  if (neighbor.address === undefined) {
    if (neighbor.interface !== undefined) return;
    return report.error('missing-key', [...path, 'address'], 'missing required key `address`', {
      on: 'key',
      hint: "the neighbor's address, or interface alone for whoever is found there",
    });
  }
  const isLinkLocal = /^fe[89ab]/.test(canonical(neighbor.address));
  if (isLinkLocal && neighbor.interface === undefined) {
    report.error(
      'missing-key',
      [...path, 'address'],
      'invalid neighbor address: a link-local address needs an interface',
      {
        hint: 'add interface = "eth0", or whatever it is called here',
      },
    );
  }
  if (!isLinkLocal && neighbor.interface !== undefined) {
    report.error('conflict', [...path, 'interface'], 'interface is only for link-local (fe80::/10) neighbors', {
      on: 'key',
    });
  }
}

export function checkGroupExists(
  name: string,
  parts: Pick<ValidParts, 'peer_groups'>,
  path: ConfigPath,
  report: Report,
): void {
  const groups = Object.keys(parts.peer_groups);
  if (groups.includes(name)) return;
  const meant = didYouMean(name, groups);
  report.error('undefined-reference', path, `undefined peer_group "${name}"`, {
    hint: meant === undefined ? `define [peer_groups.${name}]` : `did you mean "${meant}"?`,
  });
}
