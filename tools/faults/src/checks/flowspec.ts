import type { RouteRow } from '@bgp/speaker';
import { IPV4_UNICAST, IPV6_UNICAST, parseIpPrefix } from '@bgp/wire';
import { destinationOf } from '../plan/destination.ts';
import { passes } from '../plan/policies.ts';
import { labelOf } from '../world/label.ts';
import type { Side, World } from '../world/world.ts';
import { asnsOf, rowText, tableOf } from './rows.ts';
import type { Check } from './types.ts';

/** RFC 8955 §6, from listings. At rest only: findings follow the routes with a delay. */
export const FEASIBLE: Check = {
  name: 'flow specifications are used when they are feasible',
  when: 'settled',
  run: (world) =>
    world.sides
      .filter(({ self, name }) => self.peers.get(name)?.flowSpecValidation === true)
      .filter(({ self }) => self.plan.speaker.confederation === undefined) // whose "neighboring AS" RFC 8955 does not define
      .flatMap((side) => misjudged(world, side)),
};

function misjudged(world: World, side: Side): string[] {
  const { self, name } = side;
  const chain = self.peers.get(name)?.importChain ?? [];
  return tableOf(self, { table: 'received', peer: name })
    .filter(({ rule }) => rule !== undefined)
    .filter((row) => (isFeasible(side, row) && passes(chain, row)) !== (row.rejectedBy === undefined))
    .map((row) => `${labelOf(self)} ${row.rejectedBy ?? 'accepts'} from ${name}: ${rowText(row)} at ${world.nowMs}`);
}

function isFeasible({ self, name }: Side, row: RouteRow): boolean {
  const destination = destinationOf(row);
  if (destination === undefined) return false; // (a)
  const family = destination.includes(':') ? IPV6_UNICAST : IPV4_UNICAST;
  const best = tableOf(self, { table: 'best', family });
  const covering = best.filter(({ prefix }) => isInside(destination, prefix));
  const match = covering.toSorted((a, b) => lengthOf(b.prefix) - lengthOf(a.prefix))[0];
  const isExternal = self.peers.get(name)?.remoteAs !== self.plan.speaker.asn;
  const isOwn = !isExternal && asnsOf(row).length === 0; // RFC 9117 §4.1 (b.2): our own AS has made it
  if (match === undefined) return isOwn;
  const inside = best.filter(({ prefix }) => prefix !== destination && isInside(prefix, destination));
  if (inside.some((other) => asnsOf(other)[0] !== asnsOf(match)[0])) return false; // (c)
  if (isOwn) return true;
  const [originator, expected] = [row.attributes.originatorId, match.attributes.originatorId];
  const isSameSender =
    originator === undefined && expected === undefined ? match.peer === name : originator === expected;
  return isSameSender && (!isExternal || asnsOf(match)[0] === asnsOf(row)[0]); // (b.1)
}

function lengthOf(prefix: string): number {
  return Number(prefix.split('/')[1]);
}

/** `inner` is `outer` or lies in it. */
function isInside(inner: string, outer: string): boolean {
  if (lengthOf(inner) < lengthOf(outer) || inner.includes(':') !== outer.includes(':')) return false;
  const [a, b] = [parseIpPrefix(`${inner.split('/')[0]}/${lengthOf(outer)}`), parseIpPrefix(outer)];
  return a.ok && b.ok && a.value.octets.join() === b.value.octets.join();
}
