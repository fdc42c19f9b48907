import {
  type AttrId,
  originValidityOf,
  type PeerIndex,
  pathValidityOf,
  type Rib,
  type RouteRow as RibRow,
  type UpdateGroup,
} from '@bgp/rib';
import {
  afiOf,
  decodeAttributes,
  err,
  type Family,
  ok,
  type PathAttributes,
  parseIpPrefix,
  parseLargeCommunity,
  type Result,
} from '@bgp/wire';
import { decodeFlowSpec, decodeFlowSpecAction } from '@bgp/wire/flowspec';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import type { Peer } from './peer.ts';
import { REFUSAL_NAMES } from './session-refusals.ts';
import type { RoutePage, RouteQuery, RouteRow, SpeakerError } from './status.ts';

/** Rows looked at in one call, whatever the filters leave of them. */
const LOOKS_PER_CALL = 20_000;

export interface RouteSource {
  readonly rib: Rib;
  readonly families: readonly Family[];
  readonly localPeer: PeerIndex;
  peerNamed(name: string): Peer | undefined;
  peerAt(index: PeerIndex): Peer | undefined;
  groupOf(peer: PeerIndex, family: Family): UpdateGroup | undefined;
}

/** A row of the RIB as an object, made on demand. */
export function routeRow(
  source: RouteSource,
  row: RibRow,
  isAdvertised = false,
  decode: (id: AttrId) => PathAttributes = (id) => decodeAttributes(source.rib.canonical(id)),
): RouteRow {
  const isRejected = !isAdvertised && row.effective === 0;
  const attributes = decode(isRejected ? row.received : row.effective);
  const { nextHop, linkLocalNextHop } = attributes;
  const peer = source.peerAt(row.peer);
  const rejectedBy = isRejected
    ? (REFUSAL_NAMES.get(row.rejectedBy) ?? peer?.importPolicy.policy.terms[row.rejectedBy] ?? 'import policy')
    : undefined;
  const route: RouteRow = {
    family: row.family,
    prefix: source.rib.prefixText(row.family, row.prefixId),
    pathId: row.pathId,
    peer: peer?.name ?? 'local',
    nextHop: linkLocalNextHop === undefined ? listOf(nextHop) : [...listOf(nextHop), linkLocalNextHop],
    attributes,
    best: row.best,
    stale: row.stale,
    originValidity: originValidityOf(row.validity),
    aspaState: pathValidityOf(row.validity),
    receivedAtMs: row.arrivedAt * 1000,
  };
  // Nearly every route is this and nothing more: a listing makes millions.
  if (rejectedBy === undefined && !FLOWSPEC_FAMILIES.includes(row.family)) return route;
  return { ...route, ...ruleOf(source.rib, row, attributes), ...(rejectedBy === undefined ? {} : { rejectedBy }) };
}

function listOf(address: string | undefined): readonly string[] {
  return address === undefined ? [] : [address];
}

/** Routes that came together have the same attributes and stand one after the other. Only while the tables do not change. */
function decodeOncePerRun(rib: Rib): (id: AttrId) => PathAttributes {
  let last: { readonly id: AttrId; readonly attributes: PathAttributes } | undefined;
  return (id) => {
    if (last?.id !== id) last = { id, attributes: decodeAttributes(rib.canonical(id)) };
    return last.attributes;
  };
}

/** What a FlowSpec route says besides its text. */
function ruleOf(rib: Rib, row: RibRow, attributes: PathAttributes): Pick<RouteRow, 'rule' | 'actions'> {
  const octets = rib.rule(row.family, row.prefixId);
  if (octets === undefined) return {};
  const rule = decodeFlowSpec(octets, 0, octets.length, row.family);
  const communities = [
    ...(attributes.extendedCommunities ?? []).map((community) => community.octets),
    ...(attributes.ipv6ExtendedCommunities ?? []),
  ];
  const actions = communities.flatMap((community) => {
    const action = decodeFlowSpecAction(community);
    return action.ok && action.value !== undefined ? [action.value] : [];
  });
  return { ...(rule.ok ? { rule: rule.value } : {}), actions };
}

interface Prefix {
  readonly octets: Uint8Array;
  readonly length: number;
}

/** One page of a table. Bounded work: a page may be short, or empty, and still have a cursor to go on with. */
export function listRoutes(source: RouteSource, query: RouteQuery): Result<RoutePage, SpeakerError> {
  const invalid = (message: string) => err({ code: 'query-invalid', message } as const);
  // Rules are no prefixes: who wants them asks for them.
  const prefixFamilies = source.families.filter((family) => !FLOWSPEC_FAMILIES.includes(family));
  const families = query.family === undefined ? prefixFamilies : [query.family];
  if (!families.every((family) => source.families.includes(family)))
    return invalid('There is no table for that family.');
  if (query.table === 'advertised' && query.peer === undefined)
    return invalid('Name the neighbor whose advertised routes you want.');
  const peer = query.peer === undefined ? undefined : source.peerNamed(query.peer);
  const index = query.peer === 'local' ? source.localPeer : peer?.index;
  if (query.peer !== undefined && index === undefined) {
    return err({ code: 'peer-not-found', message: `There is no neighbor ${query.peer}.` });
  }
  let prefix: Prefix | undefined;
  if (query.prefix !== undefined) {
    const parsed = parseIpPrefix(query.prefix);
    if (!parsed.ok) return invalid(`"${query.prefix}" is not a prefix.`);
    prefix = parsed.value;
  }
  const start = parseCursor(query.cursor, families.length);
  if (start === undefined) return invalid('The cursor is not one that a previous page gave.');
  const matches = rowFilter(source.rib, query);
  if (matches === undefined) return invalid('A large community is written as three numbers, a:b:c.');

  const routes: RouteRow[] = [];
  const isAdvertised = query.table === 'advertised';
  const decode = decodeOncePerRun(source.rib);
  const visit = (row: RibRow): boolean => {
    if (query.table === 'best' && index !== undefined && row.peer !== index) return true;
    if (matches(row)) routes.push(routeRow(source, row, isAdvertised, decode));
    return routes.length < query.limit;
  };
  // A page of one prefix ends between two of its paths; of what a neighbor has, only between prefixes.
  const isByPrefix = !isAdvertised && prefix !== undefined && query.longer !== true;
  let { at, cursor, shown } = start;
  const resumed = cursor;
  let looks = LOOKS_PER_CALL;
  while (at < families.length && looks > 0 && routes.length < query.limit) {
    const family = families[at]!; // at is in range
    const isOfFamily = prefix === undefined || (prefix.octets.length === 4) === (afiOf(family) === 1);
    let [of, rows] = [0, 0];
    let stopped = false;
    const counted = (row: RibRow) => {
      looks--;
      rows = row.prefixId === of ? rows + 1 : 1;
      of = row.prefixId;
      if (of === resumed && rows <= shown) return true;
      stopped = !visit(row);
      return !stopped;
    };
    const next = isOfFamily ? scan(source, query, family, index, prefix, cursor, looks, counted) : undefined;
    if (stopped && isByPrefix) {
      cursor = of;
      shown = rows;
    } else if (next === undefined) {
      at++;
      cursor = 0;
      shown = 0;
    } else {
      shown = 0;
      cursor = next;
      if (routes.length < query.limit) break; // the budget of this call is used up
    }
  }
  const total = families.reduce((sum, family) => sum + tableSize(source, query, family, index), 0);
  return ok({
    routes,
    total,
    ...(at < families.length ? { nextCursor: shown > 0 ? `${at}.${cursor}.${shown}` : `${at}.${cursor}` } : {}),
  });
}

function scan(
  { rib, groupOf }: RouteSource,
  query: RouteQuery,
  family: Family,
  index: PeerIndex | undefined,
  prefix: Prefix | undefined,
  cursor: number,
  budget: number,
  visit: (row: RibRow) => boolean,
): number | undefined {
  const inside = prefix === undefined ? () => true : insideOf(prefix, query.longer === true);
  const filtered = (row: RibRow) => (inside(row) ? visit(row) : true);
  if (query.table === 'advertised') {
    const group = index === undefined ? undefined : groupOf(index, family);
    if (group === undefined || index === undefined) return undefined;
    if (prefix === undefined || query.longer === true) return group.scanAdvertised(index, cursor, budget, filtered);
    const only = rib.findPrefix(family, prefix.octets, prefix.length);
    if (only !== 0) group.scanAdvertised(index, only, 1, visit);
    return undefined;
  }
  if (prefix !== undefined && query.longer !== true) {
    rib.scanPrefix(family, prefix.octets, prefix.length, (row) => {
      if (query.table === 'best' ? !row.best : index !== undefined && row.peer !== index) return true;
      return visit(row);
    });
    return undefined;
  }
  if (query.table === 'received') return rib.scanReceived(family, index ?? -1, cursor, budget, filtered);
  if (prefix === undefined) return rib.scanBest(family, cursor, budget, visit);
  return rib.subtree(family, prefix.octets, prefix.length, cursor, budget, visit);
}

function insideOf(prefix: Prefix, longer: boolean): (row: RibRow) => boolean {
  const words = [0, 1, 2, 3].map((word) => {
    const octet = (offset: number) => prefix.octets[word * 4 + offset] ?? 0;
    return ((octet(0) << 24) | (octet(1) << 16) | (octet(2) << 8) | octet(3)) >>> 0;
  });
  const masks = [0, 1, 2, 3].map((word) => {
    const bits = Math.min(32, Math.max(0, prefix.length - word * 32));
    return bits === 0 ? 0 : -1 << (32 - bits);
  });
  return (row) => {
    if (longer ? row.length < prefix.length : row.length !== prefix.length) return false;
    return [row.w0, row.w1, row.w2, row.w3].every((word, at) => ((word ^ (words[at] ?? 0)) & (masks[at] ?? 0)) === 0);
  };
}

/** Undefined: a large community cannot be read. */
function rowFilter(rib: Rib, query: RouteQuery): ((row: RibRow) => boolean) | undefined {
  const { originAs, communities = [] } = query;
  const large = (query.largeCommunities ?? []).map((text) => parseLargeCommunity(text));
  if (large.some((parsed) => !parsed.ok)) return undefined;
  const values = large.flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  if (originAs === undefined && communities.length === 0 && values.length === 0) return () => true;
  return (row) => {
    const view = rib.attributes(row.effective === 0 ? row.received : row.effective);
    if (originAs !== undefined && view.originAs !== originAs) return false;
    if (communities.length > 0 && !communities.some((community) => view.hasCommunity(community))) return false;
    return (
      values.length === 0 ||
      values.some((value) => view.hasLargeCommunity(value.globalAdministrator, value.localData1, value.localData2))
    );
  };
}

function tableSize(source: RouteSource, query: RouteQuery, family: Family, index: PeerIndex | undefined): number {
  const { rib } = source;
  if (query.table === 'best') return rib.bestCount(family);
  if (query.table === 'received') {
    return index === undefined ? rib.status(family).paths : rib.counts(index, family).received;
  }
  return index === undefined ? 0 : (source.groupOf(index, family)?.sentCount(index) ?? 0);
}

interface Place {
  readonly at: number;
  readonly cursor: number;
  /** Rows of the prefix at `cursor` that earlier pages had. */
  readonly shown: number;
}

function parseCursor(text: string | undefined, families: number): Place | undefined {
  if (text === undefined) return { at: 0, cursor: 0, shown: 0 };
  const parts = /^(\d{1,3})\.(\d{1,10})(?:\.(\d{1,10}))?$/.exec(text);
  if (parts === null) return undefined;
  const at = Number(parts[1]);
  return at < families ? { at, cursor: Number(parts[2]), shown: Number(parts[3] ?? 0) } : undefined;
}
