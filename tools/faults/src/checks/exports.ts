import type { PeerConfig, RouteRow } from '@bgp/speaker';
import { IPV6_UNICAST } from '@bgp/wire';
import { type Kind, kindOf } from '../plan/kind.ts';
import { missingChange, passes } from '../plan/policies.ts';
import { labelOf } from '../world/label.ts';
import type { Side, World } from '../world/world.ts';
import { bestOf, type Sender, senderOfIn } from './oracle.ts';
import { asnsOf, rowText, tableOf } from './rows.ts';
import { GRACEFUL_SHUTDOWN, isDeciding } from './tables.ts';
import type { Check } from './types.ts';

const NO_EXPORT = 0xffff_ff01;
const NO_ADVERTISE = 0xffff_ff02;
const NO_EXPORT_SUBCONFED = 0xffff_ff03;
const LLGR_STALE = 0xffff_0006;

/** What goes out is what the received routes, the kind of session and the policy say. */
export const EXPORT: Check = {
  name: 'what is advertised follows from the best routes',
  when: 'always',
  run: (world, { quiet }) => quiet.flatMap((side) => (isDeciding(world, side.self) ? wrongExports(world, side) : [])),
};

function wrongExports(world: World, side: Side): string[] {
  const { self, name } = side;
  const config = self.peers.get(name);
  const negotiated = world.status(side)?.negotiated;
  if (config === undefined || negotiated === undefined) return [];
  const senderOf = senderOfIn(world, self);
  const found: string[] = [];
  for (const family of negotiated.families) {
    const received = tableOf(self, { table: 'received', family });
    const sent = tableOf(self, { table: 'advertised', peer: name, family });
    const ids = new Set(sent.map(({ prefix, pathId }) => `${prefix} ${pathId}`));
    if (ids.size < sent.length) found.push(`${labelOf(side)}: a path identifier is given twice`);
    const most =
      negotiated.addPath.get(family)?.send === true ? (config.addPath?.sendMax ?? Number.POSITIVE_INFINITY) : 1;
    const hasIds = most > 1 || negotiated.addPath.get(family)?.send === true;
    const paths = Map.groupBy(received, ({ prefix }) => prefix);
    const due = new Set(
      [...paths].flatMap(([, rows]) => dueOf(world, side, rows, config, hasIds ? most : 0, senderOf)),
    );
    const limit = config.maxPrefixesOut;
    const sentPrefixes = new Set(sent.map(({ prefix }) => prefix));
    const left = new Set(sent);
    const duePrefixes = new Set([...due].map(({ prefix }) => prefix)).size;
    if (limit !== undefined && sentPrefixes.size !== Math.min(limit, duePrefixes)) {
      found.push(`${labelOf(side)}: ${sentPrefixes.size} prefixes sent, ${duePrefixes} due, the limit is ${limit}`);
    }
    for (const row of due) {
      // Which of them a limit lets through is a matter of time.
      if (limit !== undefined && duePrefixes > limit && !sentPrefixes.has(row.prefix)) continue;
      const candidates = [...left].filter(({ prefix, peer }) => prefix === row.prefix && peer === row.peer);
      const match = candidates.find((other) => editProblem(world, side, row, other) === undefined);
      if (match !== undefined) left.delete(match);
      else {
        const [other] = candidates;
        const problem = other === undefined ? 'is not sent' : editProblem(world, side, row, other);
        found.push(`${labelOf(side)}: ${problem}: ${rowText(row)} from ${row.peer}`);
      }
    }
    if (found.length === 0)
      for (const row of left) found.push(`${labelOf(side)}: is sent: ${rowText(row)} from ${row.peer}`);
    if (sentPrefixes.size > (limit ?? Number.POSITIVE_INFINITY)) {
      found.push(`${labelOf(side)}: ${sentPrefixes.size} prefixes sent, limit ${limit}`);
    }
  }
  return found;
}

/** The paths of one prefix that the neighbor is to have. `most` 0: a session without path identifiers. */
function dueOf(
  world: World,
  side: Side,
  rows: readonly RouteRow[],
  config: PeerConfig,
  most: number,
  senderOf: (peer: string) => Sender,
): RouteRow[] {
  if (most === 0 && !config.perClientBest) {
    const best = bestOf(side.self, rows, senderOf);
    return best !== undefined && mayGo(side, world, best) ? [best] : [];
  }
  // RFC 7911 §2, RFC 7947 §2.3.2: of what this neighbor may have, the best, then the best of the rest.
  let left = rows.filter((row) => row.rejectedBy === undefined && mayGo(side, world, row));
  const due: RouteRow[] = [];
  while (left.length > 0 && due.length < Math.max(1, most)) {
    const best = bestOf(side.self, left, senderOf);
    if (best === undefined) break;
    due.push(best);
    left = left.filter((row) => row !== best);
  }
  return due;
}

/** RFC 4271 §9.2, RFC 1997, RFC 4456 §6, RFC 9494 §4.3, RFC 9234 §5, and the chain. */
function mayGo(side: Side, world: World, row: RouteRow): boolean {
  const { self, name, other, nameThere } = side;
  const config = self.peers.get(name);
  if (config === undefined || row.peer === name) return false;
  const { communities = [], otc } = row.attributes;
  const kind = kindOf(self.plan.speaker, config);
  const source = self.peers.get(row.peer);
  if (communities.includes(NO_ADVERTISE)) return false;
  // RFC 7947 §2.2.4: between clients of a route server, the last two are not the server's business.
  const isPassedOn = config.routeServerClient && source?.routeServerClient === true;
  if (kind !== 'internal' && communities.includes(NO_EXPORT_SUBCONFED) && !isPassedOn) return false;
  if (kind === 'external') {
    if (communities.includes(NO_EXPORT) && !isPassedOn) return false;
    const { gracefulRestart, llgrStaleTime } = other.peers.get(nameThere) ?? config;
    if (communities.includes(LLGR_STALE) && !(gracefulRestart && llgrStaleTime > 0)) return false;
    if (
      otc !== undefined &&
      row.rule === undefined &&
      (config.role === 'customer' || config.role === 'peer' || config.role === 'route-server-client')
    ) {
      return false;
    }
  } else if (kind === 'internal' && source !== undefined && kindOf(self.plan.speaker, source) === 'internal') {
    if (!source.routeReflectorClient && !config.routeReflectorClient) return false;
  }
  if (config.exportChain !== undefined && !passes(config.exportChain, row)) return false;
  return isExpressible(world, side, kind, config, row, source);
}

/** RFC 8950: an IPv4 route with an IPv6 next hop needs a session that can say so. */
function isExpressible(
  world: World,
  side: Side,
  kind: Kind,
  config: PeerConfig,
  row: RouteRow,
  source: PeerConfig | undefined,
): boolean {
  if (row.prefix.includes(':') || row.nextHop[0]?.includes(':') !== true) return true;
  if (world.status(side)?.negotiated?.families.includes(IPV6_UNICAST) === true) return true;
  if (kind === 'external') return !config.routeServerClient;
  // Next hop self makes it an IPv4 one where the session is; for internal neighbors, of what came from outside.
  const isFromInside = source === undefined || kindOf(side.self.plan.speaker, source) === 'internal';
  return config.nextHopSelf && source !== undefined && (kind === 'confederation' || !isFromInside);
}

/** What is wrong about the row that is sent for a path. */
function editProblem(world: World, { self, name, link, at }: Side, best: RouteRow, sent: RouteRow): string | undefined {
  const config = self.peers.get(name);
  if (config === undefined) return undefined;
  const { asn, routerId, clusterId = routerId, confederation } = self.plan.speaker;
  const { attributes } = sent;
  if (JSON.stringify(attributes.largeCommunities) !== JSON.stringify(best.attributes.largeCommunities))
    return 'is not sent';
  const isLeaving = world.leaving === world.sides[link.id * 2 + at];
  const [mustLeave, leaves] = [best, sent].map(
    (row) => row.attributes.communities?.includes(GRACEFUL_SHUTDOWN) === true,
  );
  if ((isLeaving || mustLeave) !== leaves) return leaves ? 'says GRACEFUL_SHUTDOWN' : 'does not say GRACEFUL_SHUTDOWN';
  const problem = missingChange(config.exportChain ?? [], best, sent);
  if (problem !== undefined) return problem;
  const kind = kindOf(self.plan.speaker, config);
  const path = asnsOf(sent).join(' ');
  if (kind !== 'external') {
    const oldPath = asnsOf(best).join(' ');
    const expected = kind === 'confederation' ? `${asn} ${oldPath}`.trim() : oldPath;
    if (path !== expected) return `has the path ${path}`;
    if (attributes.localPref === undefined) return 'has no LOCAL_PREF';
    const { clusterList = [] } = attributes;
    return kind === 'internal' && clusterList.length > 0 && clusterList[0] !== clusterId
      ? 'has no own cluster'
      : undefined;
  }
  const { localPref, originatorId, clusterList, asPath = [], otc } = attributes;
  if (localPref !== undefined || originatorId !== undefined || clusterList !== undefined)
    return 'tells what is internal';
  if (asPath.some(({ type }) => type.startsWith('confed'))) return 'tells the confederation';
  const outside = (best.attributes.asPath ?? [])
    .filter(({ type }) => !type.startsWith('confed'))
    .flatMap(({ asns }) => asns);
  const shown = config.asOverride
    ? outside.map((as) => (as === config.remoteAs ? (confederation?.id ?? asn) : as))
    : outside;
  const expected = config.routeServerClient ? shown : [confederation?.id ?? asn, ...shown];
  if (path !== expected.join(' ')) return `has the path ${path}, not ${expected.join(' ')}`;
  const marks =
    sent.rule === undefined && // RFC 9234 §5: unicast only
    (config.role === 'provider' || config.role === 'peer' || config.role === 'route-server');
  const expectedOtc = best.attributes.otc ?? (marks ? (confederation?.id ?? asn) : undefined);
  return otc === expectedOtc ? undefined : `has OTC ${otc}, not ${expectedOtc}`;
}
