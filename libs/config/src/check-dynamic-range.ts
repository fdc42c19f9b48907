import { reportFinding } from './check-neighbor.ts';
import { checkReference } from './check-reference.ts';
import { checkSession } from './check-session.ts';
import { neighborKind } from './neighbors.ts';
import { acceptedAses, neighborOf, rangeKinds } from './range-kinds.ts';
import type { Report } from './report.ts';
import type { ValidParts } from './salvage.ts';
import { type DynamicNeighborTable, dynamicNeighbor, type PeerGroupTable } from './schema/neighbor.ts';
import type { SessionFinding } from './session-finding.ts';
import type { ConfigPath } from './toml/path.ts';

/** A range has no addresses of its own, so nothing that the system keeps by address can hold for it. */
const BY_ADDRESS = ['md5_password', 'ttl_security', 'bfd'] as const;

/** One `[[dynamic_neighbors]]` entry, whose values the schema may have refused, with what its group says. */
export function checkDynamicRange(
  row: Readonly<Record<string, unknown>>,
  parts: Pick<ValidParts, 'global' | 'peer_groups'>,
  path: ConfigPath,
  report: Report,
): void {
  const groups = parts.peer_groups;
  checkReference(row.peer_group, Object.keys(groups), 'peer_group', [...path, 'peer_group'], report);
  if (row.remote_asn && Array.isArray(row.remote_asns) && row.remote_asns.length > 0) {
    report.error('conflict', [...path, 'remote_asns'], 'remote_asn and remote_asns are mutually exclusive', {
      hint: 'put all of them into remote_asns',
    });
    return;
  }
  const group =
    typeof row.peer_group === 'string' && Object.hasOwn(groups, row.peer_group) ? groups[row.peer_group] : undefined;
  for (const key of BY_ADDRESS) {
    if (group?.[key] === undefined || group[key] === false) continue;
    report.error(
      'not-supported',
      [...path, 'peer_group'],
      `peer group "${String(row.peer_group)}" sets ${key}, which needs the address of each neighbor`,
      { hint: `use a group without ${key} for the range, or list its neighbors in [[neighbors]]` },
    );
  }
  const parsed = dynamicNeighbor.safeParse(row);
  if (parsed.success && group !== undefined) new RangeCheck(parsed.data, group, parts.global, path, report).run();
}

/** The same checks as for `[[neighbors]]`, on what a neighbor of each accepted AS would be. */
class RangeCheck {
  readonly #table: DynamicNeighborTable;
  readonly #group: PeerGroupTable;
  readonly #global: ValidParts['global'];
  readonly #path: ConfigPath;
  readonly #report: Report;
  /** What many ASes have in common is said once. */
  readonly #said = new Set<string>();

  constructor(
    table: DynamicNeighborTable,
    group: PeerGroupTable,
    global: ValidParts['global'],
    path: ConfigPath,
    report: Report,
  ) {
    this.#table = table;
    this.#group = group;
    this.#global = global;
    this.#path = path;
    this.#report = report;
  }

  run(): void {
    if (this.#global === undefined) return;
    const listed = acceptedAses(this.#table);
    const kinds = rangeKinds(this.#table, this.#group, this.#global);
    for (const remoteAs of listed.length > 0 ? listed : kinds.values()) {
      const neighbor = neighborOf(this.#table, remoteAs);
      if (neighbor === undefined) continue;
      const session = { neighbor, group: this.#group, global: this.#global };
      for (const finding of checkSession(session)) this.#say(finding, remoteAs);
    }
    if (listed.length === 0) this.#checkAnyAs(kinds);
    else this.#checkOneKind(listed, this.#global);
  }

  #say(finding: SessionFinding, remoteAs: number): void {
    const place = this.#placeOf(finding, remoteAs);
    const once = JSON.stringify([place, finding.message]);
    if (!this.#said.has(once)) reportFinding(finding, place, this.#report);
    this.#said.add(once);
  }

  /** All that a range says about sessions is its group, and whom it accepts. */
  #placeOf({ key }: SessionFinding, remoteAs: number): ConfigPath {
    if (key !== 'remote_asn') return [...this.#path, 'peer_group'];
    if (this.#table.remote_asn) return [...this.#path, 'remote_asn'];
    return [...this.#path, 'remote_asns', this.#table.remote_asns?.indexOf(remoteAs) ?? 0];
  }

  #checkAnyAs(kinds: ReturnType<typeof rangeKinds>): void {
    const place = [...this.#path, 'peer_group'];
    const name = this.#table.peer_group;
    if (kinds.size === 0) {
      const message = `peer group "${name}" has values for internal and for external neighbors, so nobody can come`;
      this.#report.error('conflict', place, message, { hint: 'route_reflector_client is for internal neighbors only' });
    } else if (!kinds.has('external')) {
      const reason = 'only neighbors of our own AS are accepted: route_reflector_client is for internal ones';
      this.#report.notice('advice', place, reason);
    }
  }

  /** RFC 5065 §4: members of the confederation know us by another AS than the outside, and our OPEN comes before we know who is there. */
  #checkOneKind(listed: readonly number[], global: NonNullable<ValidParts['global']>): void {
    if (global.confederation_id === undefined) return;
    const kindOf = (remoteAs: number) => neighborKind(global, remoteAs);
    const [first = 0] = listed;
    const other = listed.find((remoteAs) => kindOf(remoteAs) !== kindOf(first));
    if (other === undefined) return;
    const nameOf = (remoteAs: number) => (kindOf(remoteAs) === 'confederation' ? 'a member of it' : kindOf(remoteAs));
    const message = `AS ${first} is ${nameOf(first)} and AS ${other} is ${nameOf(other)}`;
    this.#report.error('conflict', [...this.#path, 'remote_asns'], `invalid range in a confederation: ${message}`, {
      hint: 'make a range of its own for each kind of neighbor',
    });
  }
}
