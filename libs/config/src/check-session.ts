import { formatFamily } from '@bgp/wire';
import { checkAddPath } from './check-add-path.ts';
import { checkAsNumbers } from './check-as-numbers.ts';
import { checkPrefixLimits } from './check-prefix-limits.ts';
import { ACTIVE_FAMILIES, familiesOf, isOverIpv6, neighborKind, remoteAsOf } from './neighbors.ts';
import { canonical } from './policy-source.ts';
import { NEIGHBOR_DEFAULTS, type PeerGroupTable } from './schema/neighbor.ts';
import { conflict, heldValue, idle, type SessionFinding, type SessionTables } from './session-finding.ts';

/**
 * What the values of one session say together, whether they are the neighbor's own or its group's. A value that asks for what the others
 * make impossible is an error; one that only does nothing, as those of a group may for some of its members, is a notice.
 */
export function checkSession(session: SessionTables): SessionFinding[] {
  return [
    ...checkKind(session),
    ...checkAsNumbers(session),
    ...checkNeeds(session),
    ...checkAddresses(session),
    ...checkRestart(session),
    ...checkRouteServer(session),
    ...checkFamilies(session),
    ...checkAddPath(session),
    ...checkPrefixLimits(session),
  ];
}

interface KindRule {
  readonly key: keyof PeerGroupTable;
  readonly wanted: 'internal' | 'external';
  readonly label: string;
}

const KIND_RULES: readonly KindRule[] = [
  { key: 'route_reflector_client', wanted: 'internal', label: 'route reflector' }, // RFC 4456
  { key: 'route_server_client', wanted: 'external', label: 'route server' }, // RFC 7947
  { key: 'role', wanted: 'external', label: 'role' }, // RFC 9234 §4.1
  { key: 'as_override', wanted: 'external', label: 'as_override' },
  { key: 'local_as', wanted: 'external', label: 'local_as' },
  { key: 'remove_private_as', wanted: 'external', label: 'remove_private_as' },
];

/** Internal and external neighbors have different keys. */
function checkKind(session: SessionTables): SessionFinding[] {
  const { neighbor, global } = session;
  if (global === undefined) return [];
  const kind = neighborKind(global, remoteAsOf(global, neighbor));
  return KIND_RULES.flatMap(({ key, wanted, label }): SessionFinding[] => {
    const value = heldValue(session, key);
    if (value === undefined || value === false || kind === wanted) return [];
    const message = `invalid ${label} config: ${key} is for ${wanted} neighbors, this one is ${kind}`;
    const hint = `remote_asn is ${neighbor.remote_asn}, [global] asn is ${global.asn}`;
    return [{ ...conflict(key, message, hint), isOfKind: true }];
  });
}

function checkNeeds(session: SessionTables): SessionFinding[] {
  const needs = (key: keyof PeerGroupTable, other: keyof PeerGroupTable): SessionFinding[] => {
    const hasOther = heldValue(session, other);
    if (heldValue(session, key) !== true || (hasOther !== undefined && hasOther !== false)) return [];
    return [conflict(key, `${key} has no effect without ${other}`, `set ${other} too, or leave ${key} out`)];
  };
  return [...needs('per_client_best', 'route_server_client'), ...needs('strict_role', 'role')];
}

function checkAddresses(session: SessionTables): SessionFinding[] {
  const findings: SessionFinding[] = [];
  const localAddress = heldValue(session, 'local_address');
  if (localAddress !== undefined && canonical(localAddress).includes(':') !== isOverIpv6(session.neighbor)) {
    findings.push(
      conflict(
        'local_address',
        'local_address and address are of different families',
        'an IPv4 session needs an IPv4 local address, an IPv6 session an IPv6 one',
      ),
    );
  }
  if (heldValue(session, 'ttl_security') === true && heldValue(session, 'multihop_ttl') !== undefined) {
    findings.push({
      code: 'conflict',
      key: 'multihop_ttl',
      message: 'multihop_ttl and ttl_security are mutually exclusive',
      details: { on: 'key', hint: 'ttl_security is for directly connected neighbors (RFC 5082)' },
    });
  }
  return findings;
}

function checkRestart(session: SessionTables): SessionFinding[] {
  const isOn = heldValue(session, 'graceful_restart') ?? NEIGHBOR_DEFAULTS.graceful_restart;
  if (isOn && heldValue(session, 'gr_restart_time') === 0) {
    return [
      {
        code: 'invalid-value',
        key: 'gr_restart_time',
        message: 'invalid graceful restart config: gr_restart_time must be 1 to 4095',
        details: { hint: 'to switch graceful restart off, set graceful_restart = false' },
      },
    ];
  }
  // RFC 9494 §3.1: the long-lived capability without the other is ignored.
  if (isOn || !heldValue(session, 'llgr_stale_time')) return [];
  return [idle('llgr_stale_time', 'llgr_stale_time has no effect with graceful_restart = false (RFC 9494 §3.1)')];
}

/** RFC 7947 §2.2: a route server leaves the path as it is. */
function checkRouteServer(session: SessionTables): SessionFinding[] {
  if (heldValue(session, 'route_server_client') !== true) return [];
  const findings: SessionFinding[] = [];
  if (heldValue(session, 'as_override') === true) {
    const message = 'as_override and route_server_client are mutually exclusive';
    findings.push(conflict('as_override', message, 'a route server changes no AS_PATH (RFC 7947 §2.2.2)'));
  }
  const localAs = heldValue(session, 'local_as');
  if (localAs !== undefined && localAs.prepend_inbound !== false) {
    const message = `local_as would put ${localAs.asn} into the paths of a route server's client`;
    const hint = `local_as = { asn = ${localAs.asn}, prepend_inbound = false } leaves them as they are (RFC 7947 §2.2.2)`;
    findings.push(conflict('local_as', message, hint));
  }
  if (heldValue(session, 'remove_private_as') !== undefined) {
    const reason = 'remove_private_as has no effect with route_server_client: paths stay as they are (RFC 7947 §2.2.2)';
    findings.push(idle('remove_private_as', reason));
  }
  return findings;
}

function checkFamilies({ neighbor, group }: SessionTables): SessionFinding[] {
  const families = familiesOf(neighbor, group);
  const inactive = families.filter((family) => !ACTIVE_FAMILIES.has(family)).map(formatFamily);
  if (inactive.length === 0) return [];
  if (inactive.length < families.length)
    return [
      { code: 'not-yet-active', key: 'families', message: `not exchanged by this version: ${inactive.join(', ')}` },
    ];
  return [
    {
      code: 'not-supported',
      key: 'families',
      message: `no family of this neighbor is supported yet: ${inactive.join(', ')}`,
      details: { hint: `these are: ${[...ACTIVE_FAMILIES].map(formatFamily).join(', ')}` },
    },
  ];
}
