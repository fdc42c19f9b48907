import type { RouteRow } from '@bgp/speaker';
import { kindOf } from '../plan/kind.ts';
import { missingChange, passes } from '../plan/policies.ts';
import { labelOf } from '../world/label.ts';
import type { Side, World, WorldNode } from '../world/world.ts';
import { bestOf, identifierOfPeer, senderOfIn } from './oracle.ts';
import { asnsOf, FAMILIES, rowText, tableOf } from './rows.ts';
import { ScratchRib } from './scratch.ts';
import type { Check } from './types.ts';

export const GRACEFUL_SHUTDOWN = 0xffff_0000; // RFC 8326

/** The incremental tables against the definition of the decision, and against tables made anew. */
export const DECISION: Check = {
  name: 'the best routes are the best of the received ones',
  when: 'always',
  run: (world) => world.nodes.flatMap((node) => (isDeciding(world, node) ? wrongChoices(world, node) : [])),
};

/** RFC 4724 §4.1: after a restart there is no best route until the deferral ends. */
export function isDeciding(world: World, { life }: WorldNode): boolean {
  return life !== undefined && world.nowMs > life.defersUntilMs;
}

function wrongChoices(world: World, node: WorldNode): string[] {
  const identifierOf = (name: string) => identifierOfPeer(world, node, name);
  const senderOf = senderOfIn(world, node);
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

/** What came in is judged by the session and the import chain as they are now. */
export const IMPORT: Check = {
  name: 'the import policy is applied to what is received',
  when: 'always',
  run: (world) =>
    world.nodes.flatMap((node) =>
      tableOf(node, { table: 'received' }).flatMap((row) => {
        const side = world.sides.find(({ self, name }) => self === node && name === row.peer);
        const problem = side === undefined ? undefined : importProblem(world, side, row);
        return problem === undefined ? [] : [`${labelOf(node)} ${problem} from ${row.peer}: ${rowText(row)}`];
      }),
    ),
};

/** Here a row that was accepted has its attributes after import; no condition of the policies depends on what another one changes. */
function importProblem(world: World, side: Side, row: RouteRow): string | undefined {
  const { self, name } = side;
  const config = self.peers.get(name);
  if (config === undefined) return undefined;
  const { importChain = [], role, remoteAs } = config;
  const { otc, localPref, communities = [] } = row.attributes;
  const isAccepted = row.rejectedBy === undefined;
  if (row.rule !== undefined) {
    if (config.flowSpecValidation && !isAccepted) return undefined; // see FEASIBLE
    if (passes(importChain, row) !== isAccepted) return isAccepted ? 'accepts' : 'refuses';
    return isAccepted ? missingChange(importChain, row, row) : undefined;
  }
  // RFC 9234 §5: what a customer may not pass on, and what a peer may only have from its own customers.
  const isLeak =
    otc !== undefined && (role === 'provider' || role === 'route-server' || (role === 'peer' && otc !== remoteAs));
  if ((!isLeak && passes(importChain, row)) !== isAccepted) return isAccepted ? 'accepts' : 'refuses';
  if (!isAccepted) return undefined;
  const isMarked = role === 'customer' || role === 'peer' || role === 'route-server-client';
  if (isMarked && otc === undefined) return 'does not mark with OTC what comes';
  if (world.leaving === side && kindOf(self.plan.speaker, config) === 'external') {
    const isLast = localPref === 0 && communities.includes(GRACEFUL_SHUTDOWN);
    if (!isLast && !row.stale) return 'does not make the last resort what comes over a session that is to end';
  }
  return missingChange(importChain, row, row);
}

/** RFC 4271 §9.1.2, RFC 4456 §8, RFC 5065 §4: nothing that has been here before. */
export const LOOPS: Check = {
  name: 'no loops',
  when: 'always',
  run: (world) =>
    world.nodes.flatMap((node) =>
      tableOf(node, { table: 'received' })
        .filter(({ peer }) => peer !== 'local')
        .filter((row) => isLoop(node, row))
        .map((row) => `${labelOf(node)} from ${row.peer}: ${rowText(row)}`),
    ),
};

function isLoop(node: WorldNode, row: RouteRow): boolean {
  const { asn, routerId, clusterId = routerId, confederation } = node.plan.speaker;
  const config = node.peers.get(row.peer);
  const path = asnsOf(row);
  const { originatorId, clusterList = [] } = row.attributes;
  const own = path.filter((as) => as === asn || as === confederation?.id).length;
  // An AS that stands in for another one (as-override), or that may come back (allow-own-as), repeats for good reasons.
  const repeats = node.plan.sharesPaths ? false : path.some((as, at) => as !== path[at - 1] && path.indexOf(as) < at);
  return (
    own > (config?.allowOwnAs ?? 0) ||
    repeats ||
    originatorId === routerId ||
    clusterList.includes(clusterId) ||
    new Set(clusterList).size < clusterList.length
  );
}
