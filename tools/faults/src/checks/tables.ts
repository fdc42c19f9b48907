import type { RouteRow } from '@bgp/speaker';
import { missingChange, passes } from '../plan/policies.ts';
import { labelOf } from '../world/label.ts';
import type { Side, World, WorldNode } from '../world/world.ts';
import { bestOf, sendersOf } from './oracle.ts';
import { asnsOf, FAMILIES, keyOf, rowText, tableOf } from './rows.ts';
import { ScratchRib } from './scratch.ts';
import type { Check } from './types.ts';

const NO_EXPORT = 0xffff_ff01;
const NO_ADVERTISE = 0xffff_ff02;
const NO_EXPORT_SUBCONFED = 0xffff_ff03;
const LLGR_STALE = 0xffff_0006;

/** The incremental tables against the definition of the decision, and against tables made anew. */
export const DECISION: Check = {
  name: 'the best routes are the best of the received ones',
  when: 'always',
  run: (world) => world.nodes.flatMap((node) => (isDeciding(world, node) ? wrongChoices(world, node) : [])),
};

/** RFC 4724 §4.1: after a restart there is no best route until the deferral ends. */
function isDeciding(world: World, { life }: WorldNode): boolean {
  return life !== undefined && world.nowMs > life.defersUntilMs;
}

function wrongChoices(world: World, node: WorldNode): string[] {
  const identifierOf = (name: string) => identifierOfPeer(world, node, name);
  const senderOf = sendersOf(node, identifierOf);
  const scratch = new ScratchRib(node, identifierOf);
  const found: string[] = [];
  for (const family of FAMILIES) {
    const rows = tableOf(node, { table: 'received', family });
    const byPrefix = Map.groupBy(rows, ({ prefix }) => prefix);
    const best = new Map(tableOf(node, { table: 'best', family }).map((row) => [row.prefix, row]));
    for (const [prefix, paths] of byPrefix) {
      const [expected, actual] = [bestOf(node, paths, senderOf), best.get(prefix)];
      if (expected?.peer === actual?.peer && expected?.pathId === actual?.pathId) continue;
      const lines = paths.map((row) => `    ${row.best ? '*' : ' '} ${row.peer}: ${rowText(row)}`);
      found.push(`${labelOf(node)}: ${prefix} from ${actual?.peer}, not from ${expected?.peer}:\n${lines.join('\n')}`);
    }
    for (const prefix of best.keys())
      if (!byPrefix.has(prefix)) found.push(`${labelOf(node)}: best without a path: ${prefix}`);
    for (const row of rows) if (row.rejectedBy === undefined) scratch.add(row, row.peer);
    const real = node.life?.speaker.fingerprint('best', family).join();
    if (found.length === 0 && real !== scratch.best(family)) {
      found.push(`${labelOf(node)}: the fingerprint of the best routes is not that of the same routes put in anew`);
    }
  }
  return found;
}

function identifierOfPeer(world: World, node: WorldNode, name: string): string | undefined {
  // An identifier is known from the first OPEN on; before that there are no routes.
  return world.sides.find((side) => side.self === node && side.name === name)?.other.plan.speaker.routerId;
}

/** What came in is judged by the import chain as it is now. */
export const IMPORT: Check = {
  name: 'the import policy is applied to what is received',
  when: 'always',
  run: (world) =>
    world.nodes.flatMap((node) =>
      tableOf(node, { table: 'received' }).flatMap((row) => {
        const chain = node.peers.get(row.peer)?.importChain;
        // Here a row has its attributes after import; no condition of the policies depends on what another one changes.
        const isAccepted = row.rejectedBy === undefined;
        if ((chain === undefined || passes(chain, row)) !== isAccepted) {
          return [`${labelOf(node)} ${isAccepted ? 'accepts' : 'refuses'} from ${row.peer}: ${rowText(row)}`];
        }
        const problem = chain === undefined || !isAccepted ? undefined : missingChange(chain, row, row);
        return problem === undefined ? [] : [`${labelOf(node)} from ${row.peer} ${problem}: ${rowText(row)}`];
      }),
    ),
};

/** RFC 4271 §9.1.2, RFC 4456 §8: nothing that has been here before. */
export const LOOPS: Check = {
  name: 'no loops',
  when: 'always',
  run: (world) =>
    world.nodes.flatMap((node) => {
      const { asn, routerId, clusterId = routerId } = node.plan.speaker;
      return tableOf(node, { table: 'received' })
        .filter(({ peer }) => peer !== 'local')
        .filter((row) => {
          const path = asnsOf(row);
          const { originatorId, clusterList = [] } = row.attributes;
          return (
            path.includes(asn) ||
            path.some((as, at) => as !== path[at - 1] && path.indexOf(as) < at) ||
            originatorId === routerId ||
            clusterList.includes(clusterId) ||
            new Set(clusterList).size < clusterList.length
          );
        })
        .map((row) => `${labelOf(node)} from ${row.peer}: ${rowText(row)}`);
    }),
};

/** What goes out is what the best routes, the kind of session and the policy say. */
export const EXPORT: Check = {
  name: 'what is advertised follows from the best routes',
  when: 'always',
  run: (world, { quiet }) => quiet.flatMap((side) => (isDeciding(world, side.self) ? wrongExports(world, side) : [])),
};

function wrongExports(world: World, side: Side): string[] {
  const { self, name } = side;
  const found: string[] = [];
  for (const family of world.status(side)?.negotiated?.families ?? []) {
    const best = tableOf(self, { table: 'best', family }).filter((row) => mayGo(world, side, row));
    const sent = new Map(tableOf(self, { table: 'advertised', peer: name, family }).map((row) => [keyOf(row), row]));
    for (const row of best) {
      const actual = sent.get(keyOf({ ...row, pathId: 0 }));
      const problem = actual === undefined ? 'is not sent' : editProblem(side, row, actual);
      if (problem !== undefined) found.push(`${labelOf(side)}: ${problem}: ${rowText(row)}`);
    }
    const due = new Set(best.map(({ prefix }) => prefix));
    for (const row of sent.values()) if (!due.has(row.prefix)) found.push(`${labelOf(side)}: is sent: ${rowText(row)}`);
  }
  return found;
}

/** RFC 4271 §9.2, RFC 1997, RFC 4456 §6, RFC 9494 §4.3, and the chain. */
function mayGo(world: World, { self, name, other, link, at }: Side, row: RouteRow): boolean {
  const config = self.peers.get(name);
  if (config === undefined || row.peer === name) return false;
  const { communities = [] } = row.attributes;
  const isExternal = config.remoteAs !== self.plan.speaker.asn;
  const source = self.peers.get(row.peer);
  const isFromInternal = source !== undefined && source.remoteAs === self.plan.speaker.asn;
  const { gracefulRestart, llgrStaleTime } = other.peers.get(link.ends[at === 0 ? 1 : 0].peer.name) ?? config;
  if (communities.includes(NO_ADVERTISE)) return false;
  if (isExternal) {
    if (communities.includes(NO_EXPORT) || communities.includes(NO_EXPORT_SUBCONFED)) return false;
    if (communities.includes(LLGR_STALE) && !(gracefulRestart && llgrStaleTime > 0)) return false;
  } else if (isFromInternal && source?.routeReflectorClient !== true && !config.routeReflectorClient) {
    return false;
  }
  if (config.exportChain !== undefined && !passes(config.exportChain, row)) return false;
  return isExpressible(world, self, config.routeServerClient || !isExternal, name, row);
}

/** RFC 8950: an IPv4 route with an IPv6 next hop needs a session that can say so. */
function isExpressible(world: World, self: WorldNode, keepsNextHop: boolean, name: string, row: RouteRow): boolean {
  if (!row.prefix.includes('.') || !keepsNextHop || row.nextHop[0]?.includes(':') !== true) return true;
  const families = self.life?.speaker.peer(name)?.negotiated?.families ?? [];
  if (families.length > 1) return true;
  const config = self.peers.get(name);
  // Next hop self makes it an IPv4 one where the session is.
  return config?.nextHopSelf === true && !config.address.includes(':') && world.links.length > 0;
}

function editProblem({ self, name }: Side, best: RouteRow, sent: RouteRow): string | undefined {
  const config = self.peers.get(name);
  const { attributes: before } = best;
  const { asn, routerId, clusterId = routerId } = self.plan.speaker;
  const { attributes } = sent;
  const path = asnsOf(sent).join(' ');
  const oldPath = (before.asPath ?? []).flatMap(({ asns }) => asns).join(' ');
  if (config === undefined) return undefined;
  const problem = missingChange(config.exportChain ?? [], best, sent);
  if (problem !== undefined) return problem;
  if (config.remoteAs === asn) {
    if (path !== oldPath) return `the path became ${path}`;
    if (attributes.localPref === undefined) return 'has no LOCAL_PREF';
    if ((attributes.clusterList?.length ?? 0) > 0 && attributes.clusterList?.[0] !== clusterId)
      return 'has no own cluster';
    return undefined;
  }
  if (
    attributes.localPref !== undefined ||
    attributes.originatorId !== undefined ||
    attributes.clusterList !== undefined
  )
    return 'tells an external neighbor what is internal';
  const expected = config.routeServerClient ? oldPath : `${asn} ${oldPath}`.trim();
  return path === expected ? undefined : `has the path ${path}`;
}
