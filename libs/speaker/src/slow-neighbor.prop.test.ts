import type { PolicySource } from '@bgp/policy';
import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { type Family, IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import { addNode, eventsOf, type Node, prefixes } from './testing/lab.ts';

/** Neighbors that read now and then, while routes, policies and sessions change: each has in the end what we say it has. */
const CENTER = '10.0.0.1';
/** The last ones come from a range. */
const MEMBERS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.1.5', '10.0.1.6'] as const;
const CONFIGURED = 3;
const RANGE = '10.0.1.0/24';
const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST] as const;
const COUNT = 40;
const TABLES: ReadonlyMap<Family, readonly string[]> = new Map([
  [IPV4_UNICAST, prefixes(COUNT)],
  [IPV6_UNICAST, Array.from({ length: COUNT }, (_, at) => `2001:db8:${(at + 16).toString(16)}::/48`)],
]);
/** A few routes fill the socket, and a pass over the tables takes many slices, so that everything can happen meanwhile. */
const SOCKET = { highWaterOctets: 300, minChunkOctets: 100, maxChunkOctets: 400 };
const LONGEST_UPDATE = 120;
const MARKER_OCTETS = 23;
const MARKERS = 100;
/** Longer than a full socket can hold its groups up. */
const PATIENCE_MS = 150;
const PACE = { routesPerRound: 5, rounds: 1, ms: 3 };

const POLICIES: readonly (readonly PolicySource[])[] = [
  [],
  [
    {
      name: 'med',
      defaultAction: 'permit',
      statements: [{ action: 'next', match: { families: [...FAMILIES] }, set: { med: 7 } }],
    },
  ],
  [
    {
      name: 'few',
      defaultAction: 'permit',
      statements: FAMILIES.map((family) => ({
        action: 'deny',
        match: {
          prefixes: TABLES.get(family)!
            .slice(0, COUNT / 2)
            .map((prefix) => ({ prefix })),
        },
      })),
    },
  ],
];

/** What an operator can change of a member while it is connected. */
interface Setting {
  readonly policy: number;
  readonly maxPrefixesOut: number | undefined;
  readonly sendMax: number | undefined;
  readonly perClientBest: boolean;
}
const PLAIN: Setting = { policy: 0, maxPrefixesOut: undefined, sendMax: undefined, perClientBest: false };

type Change = { readonly member: number } & Partial<Setting>;
type Step =
  | {
      readonly do: 'announce' | 'withdraw';
      /** -1: the center itself. */
      readonly by: number;
      readonly family: Family;
      readonly start: number;
      readonly count: number;
      readonly variant: number;
    }
  | {
      readonly do: 'stop-reading' | 'read' | 'leaving' | 'staying' | 'refresh' | 'ask' | 'cut' | 'reset';
      readonly member: number;
    }
  | { readonly do: 'configure'; readonly changes: readonly Change[] }
  | { readonly do: 'wait'; readonly ms: number };

/** To one of them most things happen, so that they happen at the same time. */
const member = fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(MEMBERS.length - 1) });
const policy = fc.nat(POLICIES.length - 1);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ member, policy }) },
  {
    weight: 1,
    arbitrary: fc.record({
      member,
      policy,
      maxPrefixesOut: fc.constantFrom(undefined, undefined, 10),
      sendMax: fc.constantFrom(undefined, 1, 2),
      perClientBest: fc.boolean(),
    }),
  },
);
const one = <T extends Step['do']>(...kinds: T[]) => fc.record({ do: fc.constantFrom(...kinds), member });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('announce' as const, 'announce' as const, 'withdraw' as const),
      by: fc.integer({ min: -1, max: MEMBERS.length - 1 }),
      family: fc.constantFrom(...FAMILIES),
      start: fc.nat(COUNT - 1),
      count: fc.integer({ min: 1, max: COUNT }),
      variant: fc.nat(3),
    }),
  },
  { weight: 5, arbitrary: one('stop-reading', 'read') },
  { weight: 2, arbitrary: one('leaving', 'staying') },
  { weight: 2, arbitrary: one('refresh', 'ask') },
  { weight: 1, arbitrary: one('cut', 'reset') },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 40, 150, 3_000) }) },
);

interface Shape {
  readonly addPath: boolean;
  /** Members are clients of a route server. */
  readonly served: boolean;
  readonly restart: 'none' | 'graceful' | 'long-lived';
}
const shape: fc.Arbitrary<Shape> = fc.record({
  addPath: fc.boolean(),
  served: fc.boolean(),
  restart: fc.constantFrom('none' as const, 'graceful' as const, 'long-lived' as const),
});

function rows({ speaker }: Node, table: 'advertised' | 'received', peer: string): string[] {
  return FAMILIES.flatMap((family) => {
    const page = speaker.listRoutes({ table, peer, family, limit: 10_000 });
    if (!page.ok) throw new Error(page.error.message);
    return page.value.routes.map(
      ({ prefix, pathId, attributes }) => `${prefix} ${pathId} ${JSON.stringify(attributes)}`,
    );
  }).sort();
}

class World {
  readonly network: MemoryNetwork;
  readonly center: Node;
  readonly members: readonly Node[];
  /** Each policy is somebody's, so that who changes goes where others are. */
  readonly settings: Setting[] = [1, 0, 2, 0, 0].map((policy) => ({ ...PLAIN, policy }));
  readonly #shape: Shape;
  readonly #notReading = new Set<string>();
  /** Of these, those whose sockets are full: since when, and what may be in them at most when patience is over. */
  readonly #full = new Map<string, { readonly sinceMs: number; most: number }>();

  constructor(shape: Shape, seed: number) {
    this.#shape = shape;
    this.network = createMemoryNetwork({ seed, ...SOCKET, keepTranscript: false });
    const { peers, dynamicNeighbors } = this.#config();
    this.center = addNode(this.network, {
      address: CENTER,
      asn: 65001,
      pace: PACE,
      peers,
      ...(dynamicNeighbors === undefined ? {} : { dynamicNeighbors }),
    });
    this.members = MEMBERS.map((address, at) =>
      addNode(this.network, {
        address,
        asn: 65002 + at,
        peers: [
          { ...this.#session(CENTER, 65001), localIpv6NextHop: `2001:db8:1::${at + 2}`, enforceFirstAs: !shape.served },
        ],
      }),
    );
    for (const { speaker } of [this.center, ...this.members]) speaker.start();
    for (const family of FAMILIES) {
      const all = { do: 'announce', by: -1, family, start: 0, count: COUNT, variant: 0 } as const;
      this.perform(all);
      this.perform({ ...all, by: 0, count: COUNT / 2, start: COUNT / 4 });
    }
    this.network.runFor(5_000);
  }

  #session(address: string, remoteAs: number): PeerConfig {
    const { addPath, restart } = this.#shape;
    return {
      ...defaultPeerConfig(address, remoteAs),
      families: FAMILIES,
      holdTime: 0,
      gracefulRestart: restart !== 'none',
      grRestartTime: 20,
      grStaleRoutesTime: 30,
      llgrStaleTime: restart === 'long-lived' ? 60 : 0,
      ...(addPath ? { addPath: { receive: true, send: true } } : {}),
    };
  }

  #config(): SpeakerConfig {
    const [last, ...others] = MEMBERS.slice(0, CONFIGURED + 1)
      .map((address, at): PeerConfig => {
        const { policy, maxPrefixesOut, sendMax, perClientBest } = this.settings[at]!;
        const session = this.#session(address, 65002 + at);
        const { addPath } = session;
        return {
          ...session,
          routeServerClient: this.#shape.served,
          localIpv6NextHop: '2001:db8:1::1',
          exportChain: POLICIES[policy]!,
          perClientBest,
          ...(maxPrefixesOut === undefined ? {} : { maxPrefixesOut }),
          ...(addPath === undefined || sendMax === undefined ? {} : { addPath: { ...addPath, sendMax } }),
        };
      })
      .reverse();
    const { name: _name, address: _address, remoteAs: _as, ...external } = last!;
    return {
      asn: 65001,
      routerId: CENTER,
      ebgpRequiresPolicy: false,
      med: 'per-neighbor-as',
      peers: others.reverse(),
      dynamicNeighbors: [{ prefix: RANGE, peerGroup: 'range', remoteAses: [], templates: { external } }],
    };
  }

  perform(step: Step): void {
    const { center, network } = this;
    if (step.do === 'wait') {
      for (let left = step.ms; left > 0; left -= PACE.ms) {
        network.runFor(Math.min(left, PACE.ms));
        this.expectBounded();
      }
      return;
    }
    if (step.do === 'configure') {
      for (const { member, ...change } of step.changes) {
        this.settings[member] = { ...this.settings[member]!, ...change };
        if (member >= CONFIGURED) this.settings.fill(this.settings[member]!, CONFIGURED); // of one range
      }
      const done = center.speaker.reconfigure(this.#config());
      if (!done.ok) throw new Error(done.error.message);
      for (const { effect } of done.value.peers) expect(effect).toBe('live');
      return;
    }
    if ('by' in step) return this.#inject(step.by < 0 ? center : this.members[step.by]!, step);
    const { address, speaker } = this.members[step.member]!;
    switch (step.do) {
      case 'stop-reading':
        this.#notReading.add(address);
        return network.block(CENTER, address);
      case 'read':
        this.#notReading.delete(address);
        return network.unblock(CENTER, address);
      case 'cut':
        network.cut(CENTER, address);
        return;
      case 'ask': // while there is no session, it cannot
        speaker.resetPeer(CENTER, 'refresh-in');
        return;
      case 'leaving':
      case 'staying': // one from a range may not be there
        center.speaker.setGracefulShutdown(address, step.do === 'leaving');
        return;
      case 'refresh': {
        const full = this.#full.get(address);
        if (full !== undefined) full.most += FAMILIES.length * MARKER_OCTETS;
        center.speaker.resetPeer(address, 'soft-out');
        return;
      }
      case 'reset':
        center.speaker.resetPeer(address, 'hard');
    }
  }

  #inject(
    { speaker }: Node,
    { do: what, family, start, count, variant }: Extract<Step, { readonly by: number }>,
  ): void {
    for (const [at, prefix] of TABLES.get(family)!
      .slice(start, start + count)
      .entries()) {
      if (what === 'withdraw') speaker.withdrawInjected(family, prefix, 0);
      else {
        const nextHop = [family === IPV4_UNICAST ? '192.0.2.1' : '2001:db8:2::1'];
        // Few in one message.
        const attributes = { origin: 0, asPath: [], med: variant, communities: [at % 20] };
        speaker.inject({ family, prefix, nextHop, attributes, pathId: 0 });
      }
    }
  }

  /**
   * Nobody's memory is a table: above the mark there is no more than one round of one group has for a member, each path in a message of
   * its own, and a few markers.
   */
  expectBounded(): void {
    const paths = PACE.routesPerRound * (this.#shape.addPath ? MEMBERS.length + 1 : 1);
    const most = SOCKET.highWaterOctets + paths * LONGEST_UPDATE + MARKERS;
    const nowMs = this.network.clock.nowMs();
    for (const { address } of this.members) {
      const queued = this.center.speaker.peer(address)?.queuedOctets ?? 0;
      expect(queued, address).toBeLessThan(most);
      const full = this.#full.get(address);
      if (queued <= SOCKET.highWaterOctets || !this.#notReading.has(address)) this.#full.delete(address);
      else if (full === undefined || queued < full.most) this.#full.set(address, { sinceMs: nowMs, most: queued });
      else if (nowMs <= full.sinceMs + PATIENCE_MS) full.most = queued;
      else expect(queued, `written to ${address} although it does not read`).toBeLessThanOrEqual(full.most);
    }
  }

  /** Everybody reads again, and whatever has to be said is said. */
  settle(): void {
    for (const address of MEMBERS) this.network.unblock(CENTER, address);
    this.#notReading.clear();
    this.network.runFor(100_000);
    // Without a hold time only an operator notices that the other end is gone, and had no way to say so.
    for (const { address, speaker } of this.members) {
      const isHalfOpen = this.center.speaker.peer(address)?.state !== 'Established' && isEstablished(speaker);
      if (isHalfOpen) speaker.resetPeer(CENTER, 'hard');
    }
    this.network.runFor(300_000);
  }

  expectInStep(): void {
    for (const node of this.members) {
      expect(this.center.speaker.peer(node.address)?.state, node.address).toBe('Established');
      const told = rows(this.center, 'advertised', node.address);
      expect(rows(node, 'received', CENTER), node.address).toEqual(told);
      expect(
        eventsOf(node, 'route-refresh').map(({ phase }) => phase),
        node.address,
      ).not.toContain('timed-out');
    }
  }
}

const isEstablished = (speaker: Node['speaker']) => speaker.peer(CENTER)?.state === 'Established';

it.each([0, 1, 2])('a full socket gets nothing of another export policy, whoever else has it: %i', (policy) => {
  const world = new World({ addPath: false, served: false, restart: 'none' }, 1);
  for (const before of [1, 2]) {
    const announce = { do: 'announce', by: -1, family: IPV4_UNICAST, start: 0, count: COUNT } as const;
    world.perform({ do: 'configure', changes: [{ member: 1, policy: (policy + before) % POLICIES.length }] });
    world.perform({ do: 'wait', ms: 3_000 });
    world.perform({ do: 'stop-reading', member: 1 });
    world.perform({ ...announce, start: COUNT - 10, variant: before });
    for (const by of [2, 3]) world.perform({ ...announce, by, variant: before });
    world.perform({ do: 'wait', ms: 3_000 });
    world.perform({ do: 'configure', changes: [{ member: 1, policy }] });
    world.perform({ do: 'wait', ms: 3_000 });
    world.settle();
    world.expectInStep();
  }
});

describe('neighbors that read now and then, while routes, policies and sessions change', () => {
  test.prop([shape, fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat()], { numRuns: 200 })(
    'have in the end what we say they have, and what a new session gives them',
    (shape, steps, seed) => {
      const world = new World(shape, seed);
      for (const each of steps) world.perform(each);
      world.settle();
      world.expectInStep();
      const told = world.members.map(({ address }) => rows(world.center, 'advertised', address));
      for (const { address } of world.members) world.center.speaker.resetPeer(address, 'hard');
      world.settle();
      world.expectInStep();
      for (const [at, { address }] of world.members.entries()) {
        // Path identifiers, and which prefixes have a place under a limit, are a matter of who came first.
        if (world.settings[at]!.maxPrefixesOut !== undefined) continue;
        const plain = (lines: readonly string[]) => lines.map((line) => line.replace(/ \d+ /, ' ')).sort();
        expect(plain(rows(world.center, 'advertised', address)), address).toEqual(plain(told[at]!));
      }
    },
  );
});
