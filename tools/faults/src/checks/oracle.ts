import type { RouteRow } from '@bgp/speaker';
import { parseIpAddress, parseIpv4 } from '@bgp/wire';
import { kindOf } from '../plan/kind.ts';
import type { World, WorldNode } from '../world/world.ts';
import { asnsOf } from './rows.ts';

const LLGR_STALE = 0xffff_0006;

/** What the decision must know of a path's sender. */
export interface Sender {
  readonly isExternal: boolean;
  readonly identifier: number;
  readonly address: Uint8Array;
}

/**
 * The decision process in the words of RFC 4271 §9.1.2.2, RFC 4456 §9 and RFC 9494 §4.3: written a second time, slowly, from listings.
 */
export function bestOf(
  node: WorldNode,
  rows: readonly RouteRow[],
  senderOf: (peer: string) => Sender,
): RouteRow | undefined {
  const alwaysMed = node.plan.speaker.med === 'always-compare';
  let left = rows.filter(({ rejectedBy }) => rejectedBy === undefined);
  const keepLowest = (rank: (row: RouteRow) => number) => {
    if (left.length <= 1) return;
    const lowest = Math.min(...left.map(rank));
    left = left.filter((row) => rank(row) === lowest);
  };
  keepLowest(({ attributes }) => (attributes.communities?.includes(LLGR_STALE) === true ? 1 : 0));
  keepLowest(({ attributes }) => -(attributes.localPref ?? 100));
  keepLowest(({ attributes }) =>
    (attributes.asPath ?? []).reduce((sum, { type, asns }) => {
      if (type === 'sequence') return sum + asns.length;
      return type === 'set' ? sum + 1 : sum; // RFC 5065 §5.3: confederation segments do not count
    }, 0),
  );
  keepLowest(({ attributes }) => attributes.origin ?? 2);
  const before = left;
  const med = ({ attributes }: RouteRow) => attributes.med ?? 0;
  left = before.filter(
    (row) => !before.some((other) => med(other) < med(row) && (alwaysMed || neighborAs(other) === neighborAs(row))),
  );
  keepLowest(({ peer }) => (senderOf(peer).isExternal ? 0 : 1));
  // (e): all interior costs are equal here.
  keepLowest(({ peer, attributes }) => {
    const { originatorId } = attributes;
    return originatorId === undefined ? senderOf(peer).identifier : ipv4Number(originatorId);
  });
  keepLowest(({ attributes }) => attributes.clusterList?.length ?? 0);
  if (left.length > 1)
    left = left.toSorted(
      (a, b) => compareOctets(senderOf(a.peer).address, senderOf(b.peer).address) || a.pathId - b.pathId,
    );
  return left[0];
}

/** The leftmost AS of the path, if it stands in a sequence. */
function neighborAs(row: RouteRow): number {
  return row.attributes.asPath?.[0]?.type === 'sequence' ? (asnsOf(row)[0] ?? 0) : 0;
}

/** What is known of the neighbors of a node. An identifier is known from the first OPEN on; before that there are no routes. */
export function senderOfIn(world: World, node: WorldNode): (peer: string) => Sender {
  const own = ipv4Number(node.plan.speaker.routerId);
  const known = new Map<string, Sender>();
  const senderOf = (peer: string): Sender => {
    const config = node.peers.get(peer);
    if (config === undefined) return { isExternal: false, identifier: own, address: new Uint8Array(4) };
    const address = parseIpAddress(config.name);
    if (!address.ok) throw new Error(`not an address: ${config.name}`);
    return {
      isExternal: kindOf(node.plan.speaker, config) === 'external',
      identifier: ipv4Number(identifierOfPeer(world, node, peer) ?? '0.0.0.0'),
      address: address.value,
    };
  };
  return (peer) => {
    const sender = known.get(peer) ?? senderOf(peer);
    known.set(peer, sender);
    return sender;
  };
}

export function identifierOfPeer(world: World, node: WorldNode, name: string): string | undefined {
  return world.sides.find((side) => side.self === node && side.name === name)?.other.plan.speaker.routerId;
}

export function ipv4Number(text: string): number {
  const parsed = parseIpv4(text);
  if (!parsed.ok) throw new Error(`not an IPv4 address: ${text}`);
  return parsed.value;
}

/** Shorter first: an IPv4 address before an IPv6 one. */
function compareOctets(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (const [at, octet] of a.entries()) if (octet !== b[at]) return octet - (b[at] ?? 0);
  return 0;
}
