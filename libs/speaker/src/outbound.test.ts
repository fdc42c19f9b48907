import { type PeerIndex, Rib, type UpdateGroup, type UpdateGroupSpec } from '@bgp/rib';
import { encodeAttributes, type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { Outbound } from './outbound.ts';
import { VirtualClock } from './simulation/index.ts';

/*
 * Two families and one neighbor whose socket can be full. The invariant is the one that keeps memory bounded: octets that were
 * refused are queued, so after a refusal nothing more may be written until the socket has drained.
 */

const MANY = 50;

function groupSpec(family: Family): UpdateGroupSpec {
  return {
    family,
    kind: 'internal',
    filterKey: 'all',
    filter: { readsPrefix: false, readsSource: false, evaluate: () => ({ accept: true, by: 0 }) },
    egressKey: 'internal',
    egress: () => ({}),
    routeReflectorClient: false,
    routeServerClient: false,
    fourOctetAs: true,
    maxMessageOctets: 4096,
    extendedNextHop: false,
    addPathSendMax: 0,
    perMemberBest: false,
    maxPrefixes: 0,
    onlyMember: -1,
    longLivedStale: false,
  };
}

class Bench {
  readonly clock = new VirtualClock();
  readonly outbound = new Outbound(this.clock, () => {});
  isFull = false;
  writesWhileFull = 0;
  readonly #rib = new Rib({
    localAs: 65_001,
    routerId: 0x0a00_0001,
    clusterId: 0x0a00_0001,
    med: 'per-neighbor-as',
    families: [IPV4_UNICAST, IPV6_UNICAST],
  });
  readonly #local = this.#peer(1, 'local');
  readonly peer = this.#peer(2, 'internal');
  readonly groups: readonly UpdateGroup[] = [IPV4_UNICAST, IPV6_UNICAST].map((family) =>
    this.#rib.group(groupSpec(family)),
  );

  constructor() {
    for (const group of this.groups) {
      this.outbound.join(group, {
        index: this.peer,
        writeUpdates: () => {
          if (this.isFull) this.writesWhileFull++;
          return !this.isFull;
        },
        tableSent() {},
        slow() {},
      });
    }
    this.untilDone();
  }

  #peer(number: number, kind: 'local' | 'internal'): PeerIndex {
    return this.#rib.addPeer({
      name: `10.0.0.${number}`,
      kind,
      as: 65_001,
      bgpIdentifier: 0x0a00_0000 + number,
      address: Uint8Array.of(10, 0, 0, number),
      routeReflectorClient: false,
      routeServerClient: false,
    });
  }

  /** Each with attributes of its own: a message each. */
  change(family: Family, count: number, med: number): void {
    const isIpv4 = family === IPV4_UNICAST;
    for (let at = 0; at < count; at++) {
      const nextHop = isIpv4 ? '192.0.2.1' : '2001:db8::1';
      const encoded = encodeAttributes({ origin: 0, asPath: [], localPref: 100, nextHop, med: med * MANY + at });
      if (!encoded.ok) throw new Error(encoded.error.code);
      const address = isIpv4
        ? Uint8Array.of(198, 51, at, 0)
        : Uint8Array.of(0x20, 1, 0xd, 0xb8, at, ...new Array<number>(11).fill(0));
      this.#rib.inject(this.#local, family, address, isIpv4 ? 24 : 40, 0, encoded.value, 0);
    }
    while (!this.#rib.decide(1_000));
  }

  untilDone(): void {
    for (let turn = 0; turn < 10 * MANY; turn++) if (this.outbound.drain(1_000)) return;
    throw new Error('there is no end to it');
  }
}

it('a member that is full again while one of its groups catches up hears nothing of the other, which follows already', () => {
  const bench = new Bench();
  bench.isFull = true;
  bench.change(IPV6_UNICAST, 1, 1);
  bench.outbound.drain(1_000);
  bench.clock.runFor(1_000); // patience is over
  bench.change(IPV6_UNICAST, MANY, 2);
  bench.isFull = false;
  bench.outbound.drained(bench.peer);
  // One route a turn: IPv4, where nothing has changed, follows at once, and IPv6 is far from it.
  bench.outbound.drain(1);
  expect(bench.groups.map((group) => group.isFollowing(bench.peer))).toEqual([true, false]);

  bench.isFull = true;
  bench.writesWhileFull = 0;
  for (let turn = 0; turn < 20; turn++) {
    bench.change(IPV4_UNICAST, 1, turn);
    bench.outbound.drain(1);
  }
  expect(bench.writesWhileFull).toBe(1);

  bench.isFull = false;
  bench.outbound.drained(bench.peer);
  bench.untilDone();
  expect(bench.groups.every((group) => group.isFollowing(bench.peer))).toBe(true);
});
