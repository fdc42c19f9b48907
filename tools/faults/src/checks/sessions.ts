import type { RouteRow } from '@bgp/speaker';
import { labelOf } from '../world/label.ts';
import type { Side, World, WorldNode } from '../world/world.ts';
import { asnsOf, FAMILIES, keyOf, rowText, tableOf } from './rows.ts';
import { ScratchRib } from './scratch.ts';
import type { Check } from './types.ts';

/** What one end says that it has told is what the other end has. */
export const AGREEMENT: Check = {
  name: 'what is advertised is what the neighbor has',
  when: 'always',
  run: (world, { quiet }) => {
    const scratches = new Map<WorldNode, ScratchRib>();
    return quiet.flatMap((side) => {
      let scratch = scratches.get(side.other);
      if (scratch === undefined) {
        scratch = new ScratchRib(side.other, () => undefined);
        scratches.set(side.other, scratch);
      }
      return disagreements(world, side, scratch);
    });
  },
};

function disagreements(world: World, side: Side, scratch: ScratchRib): string[] {
  const { self, other, name, nameThere } = side;
  const found: string[] = [];
  for (const family of world.status(side)?.negotiated?.families ?? []) {
    const sent = tableOf(self, { table: 'advertised', peer: name, family });
    const expected = sent.filter((row) => !isRefused(row, side));
    const received = tableOf(other, { table: 'received', peer: nameThere, family });
    const [a, b] = [expected, received].map((rows) => new Map(rows.map((row) => [keyOf(row), row])));
    for (const [key, row] of a!) if (!b!.has(key)) found.push(`${labelOf(side)}: not received: ${rowText(row)}`);
    for (const [key, row] of b!) {
      if (!a!.has(key)) found.push(`${labelOf(side)}: never withdrawn: ${rowText(row)}`);
      if (row.stale) found.push(`${labelOf(side)}: still stale after End-of-RIB: ${rowText(row)}`);
    }
    if (found.length > 0) continue;
    for (const row of expected) scratch.add(row, nameThere);
    const real = other.life?.speaker.fingerprint('received', family, nameThere)?.join();
    if (real === scratch.received(family, nameThere)) continue;
    const lines = received.map((row) => `    sent ${rowText(a!.get(keyOf(row))!)}\n    has  ${rowText(row)}`); // the keys are equal
    found.push(`${labelOf(side)}: other attributes than sent (policy may explain some):\n${lines.join('\n')}`);
  }
  return found;
}

/** What a receiver must not take: loops by AS_PATH (RFC 4271 §9.1.2), ORIGINATOR_ID and CLUSTER_LIST (RFC 4456 §8). */
function isRefused(row: RouteRow, { other, nameThere }: Side): boolean {
  const { asn, routerId, clusterId = routerId, confederation } = other.plan.speaker;
  const { originatorId, clusterList = [] } = row.attributes;
  const own = asnsOf(row).filter((as) => as === asn || as === confederation?.id).length;
  const allowed = other.peers.get(nameThere)?.allowOwnAs ?? 0;
  return own > allowed || originatorId === routerId || clusterList.includes(clusterId);
}

/** RFC 4724 §4.2, RFC 9494 §4.2: nothing outlives its session by more than was agreed. */
export const LIFETIME: Check = {
  name: 'no route outlives its session beyond its timers',
  when: 'always',
  run: (world) => world.sides.flatMap((side) => survivors(world, side)),
};

function survivors(world: World, side: Side): string[] {
  const status = world.status(side);
  const session = world.session(side);
  if (status === undefined) return [];
  const counts = status.prefixes.reduce(
    (sum, { received, stale }) => ({ received: sum.received + received, stale: sum.stale + stale }),
    { received: 0, stale: 0 },
  );
  const where = `${labelOf(side)} (${status.state})`;
  const listed = FAMILIES.flatMap((family) => tableOf(side.self, { table: 'received', peer: side.name, family }));
  const found: string[] = [];
  if (listed.length !== counts.received)
    found.push(`${where}: ${counts.received} routes counted, ${listed.length} listed`);
  const stale = listed.filter((row) => row.stale).length;
  if (stale !== counts.stale) found.push(`${where}: ${counts.stale} stale routes counted, ${stale} listed`);
  const config = side.self.peers.get(side.name);
  const remote = side.link.ends[1 - side.at]!.peer;
  if (config === undefined) return found;
  if (status.state !== 'Established') {
    if (counts.received > counts.stale)
      found.push(`${where}: ${counts.received - counts.stale} routes without a session`);
    if (session === undefined || session.endedForGood || !config.gracefulRestart || !remote.gracefulRestart) {
      if (counts.received > 0) found.push(`${where}: ${counts.received} routes kept although nothing allows it`);
    }
  }
  if (counts.stale === 0 || session === undefined) return found;
  const longLived = Math.min(config.llgrStaleTime, remote.llgrStaleTime);
  const sinceMs = world.nowMs - (session.downAtMs ?? session.upAtMs);
  const allowed =
    session.downAtMs === undefined ? Math.max(config.grStaleRoutesTime, longLived) : remote.grRestartTime + longLived;
  // A second for routes that wait to be read: the sweep waits for them.
  if (sinceMs > (allowed + 1) * 1000) {
    found.push(`${where}: ${counts.stale} stale routes after ${sinceMs / 1000} s of ${allowed} s`);
  }
  return found;
}

/** RFC 4271 §6.5: a session over which nothing arrives ends when the hold time is over. */
export const SILENCE: Check = {
  name: 'a silent neighbor is given up',
  when: 'always',
  run: (world) =>
    world.sides.flatMap((side) => {
      const silentMs = world.silenceOf(world.reverse(side));
      const status = world.status(side);
      const holdTime = status?.negotiated?.holdTime ?? 0;
      if (silentMs === undefined || status?.state !== 'Established' || silentMs <= holdTime * 1000 + 1) return [];
      return [`${labelOf(side)}: Established after ${silentMs / 1000} s of silence, hold time ${holdTime} s`];
    }),
};
