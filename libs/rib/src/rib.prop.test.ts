import {
  type CodecContext,
  decodeAttributes,
  decodeMessage,
  encodeUpdate,
  formatIpv4Prefix,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  MessageFramer,
  type PathAttributes,
  UpdateView,
} from '@bgp/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rib } from './rib.ts';
import type { GroupOutput, Job, PeerIndex, RouteFilter, UpdateGroup, UpdateGroupSpec } from './types.ts';

/**
 * The RIB against a model that has no incremental state at all: it keeps what each peer has announced and works out everything
 * else from that. What members of update groups hold is rebuilt from the octets they were given.
 */
const CTX: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const WITH_ADD_PATH = new Map([[IPV4_UNICAST, { receive: true, send: true }]]);
const LOCAL_AS = 65000;
const LLGR_STALE = 0xffff0006;
const NO_LLGR = 0xffff0007;
const PREFIXES = ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '192.0.2.0/24', '198.51.100.0/25', '0.0.0.0/0'];
const PEERS = [
  { name: 'a', kind: 'external', as: 65001 },
  { name: 'b', kind: 'external', as: 65002 },
  { name: 'c', kind: 'internal', as: LOCAL_AS },
  { name: 'd', kind: 'internal', as: LOCAL_AS },
] as const;
type PeerName = (typeof PEERS)[number]['name'];

interface Announced {
  readonly attributes: PathAttributes;
  /** Announced before the session ended or the refresh began. */
  isOld: boolean;
  isStale: boolean;
  isLongLived: boolean;
}

const attributesOf = (peer: PeerName, choice: number): PathAttributes => {
  const kind = PEERS.find(({ name }) => name === peer)!;
  const firstAs = kind.kind === 'external' ? [kind.as] : [];
  return {
    origin: choice % 3,
    asPath: [{ type: 'sequence', asns: [...firstAs, 64500 + (choice % 2), ...(choice === 5 ? [LOCAL_AS] : [])] }],
    nextHop: `192.0.2.${1 + (choice % 4)}`,
    ...(kind.kind === 'internal' ? { localPref: choice === 3 ? 200 : 100 } : {}),
    ...(choice === 2 ? { med: 10 } : {}),
    ...(choice === 4 ? { communities: [0xffffff01] } : {}),
    ...(choice === 6 ? { communities: [NO_LLGR] } : {}),
  };
};

const DENY_SLASH_24: RouteFilter = {
  readsPrefix: true,
  readsSource: false,
  evaluate: (route) => (route.length === 24 ? DENIED : ACCEPTED),
};
const DENIED = { accept: false, by: 7 } as const;
const ACCEPTED = { accept: true, by: 0 } as const;
const RAISE: RouteFilter = { readsPrefix: false, readsSource: false, evaluate: () => RAISED };
const RAISED = { accept: true, by: 1, edit: { localPref: 300 } } as const;
const EVERYTHING: RouteFilter = { readsPrefix: false, readsSource: false, evaluate: () => ACCEPTED };

const EXTERNAL_EDIT = { localPref: null, prepend: [{ as: LOCAL_AS, count: 1 }], nextHop: Uint8Array.of(10, 0, 0, 1) };
const MED_5: RouteFilter = { readsPrefix: false, readsSource: false, evaluate: () => WITH_MED_5 };
const WITH_MED_5 = { accept: true, by: 2, edit: { med: 5 } } as const;
/** Export policies that a member can be switched between while it is connected. */
const EXPORTS: readonly { readonly key: string; readonly filter: RouteFilter }[] = [
  { key: 'deny-24', filter: DENY_SLASH_24 },
  { key: 'all', filter: EVERYTHING },
  { key: 'med-5', filter: MED_5 },
];
/** How many paths members get, and whether it is the best one that each of them may have. */
interface Mode {
  readonly addPathSendMax: number;
  readonly perMemberBest: boolean;
}
const BEST_ONLY: Mode = { addPathSendMax: 0, perMemberBest: false };

const spec = (kind: 'external' | 'internal', variant: number, mode: Mode): UpdateGroupSpec => ({
  family: IPV4_UNICAST,
  kind,
  filterKey: EXPORTS[variant]!.key,
  filter: EXPORTS[variant]!.filter,
  egressKey: kind,
  egress: () => (kind === 'external' ? EXTERNAL_EDIT : undefined),
  routeReflectorClient: false,
  routeServerClient: false,
  fourOctetAs: true,
  maxMessageOctets: 4096,
  extendedNextHop: false,
  ...mode,
  maxPrefixes: 0,
  onlyMember: -1,
  longLivedStale: false,
});

type Op =
  | {
      readonly type: 'announce';
      readonly peer: PeerName;
      readonly prefix: number;
      readonly choice: number;
      readonly id: number;
    }
  | { readonly type: 'withdraw'; readonly peer: PeerName; readonly prefix: number; readonly id: number }
  | { readonly type: 'retain' | 'long-lived' | 'outlive' | 'sweep' | 'begin-refresh'; readonly peer: PeerName }
  | { readonly type: 'down' | 'detach' | 'resync' | 'rejoin' | 'refresh' | 'switch'; readonly peer: PeerName }
  | { readonly type: 'filter'; readonly peer: PeerName; readonly filter: number }
  | { readonly type: 'work'; readonly budget: number };

const peerName = fc.constantFrom(...PEERS.map(({ name }) => name));
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('announce' as const),
      peer: peerName,
      prefix: fc.nat(5),
      choice: fc.nat(6),
      id: fc.nat(2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('withdraw' as const), peer: peerName, prefix: fc.nat(5), id: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('down' as const), peer: peerName }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'retain' as const,
        'long-lived' as const,
        'outlive' as const,
        'outlive' as const,
        'sweep' as const,
        'begin-refresh' as const,
      ),
      peer: peerName,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('filter' as const), peer: peerName, filter: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('detach' as const, 'resync' as const), peer: peerName }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('rejoin' as const, 'refresh' as const, 'switch' as const),
      peer: peerName,
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('work' as const), budget: fc.integer({ min: 1, max: 6 }) }) },
);

class World {
  readonly rib = new Rib({
    localAs: LOCAL_AS,
    routerId: 0x0a000001,
    clusterId: 0x0a000001,
    med: 'per-neighbor-as',
    families: [IPV4_UNICAST],
  });
  readonly index = new Map<PeerName, PeerIndex>();
  readonly groups = new Map<PeerName, UpdateGroup>();
  readonly held = new Map<PeerName, Map<string, PathAttributes>>();
  readonly announced = new Map<PeerName, Map<string, Announced>>();
  readonly filters = new Map<PeerName, RouteFilter>();
  readonly ended = new Set<PeerName>();
  readonly variants = new Map<PeerName, number>();
  /** Every group that a member has not left: two while it moves. */
  readonly memberOf = new Map<PeerName, Set<UpdateGroup>>();
  jobs: Job[] = [];
  readonly #view = new UpdateView();

  readonly mode: Mode;

  constructor(mode: Mode = BEST_ONLY) {
    this.mode = mode;
    for (const [position, { name, kind, as }] of PEERS.entries()) {
      const address = Uint8Array.of(10, 0, 0, 10 + position);
      const index = this.rib.addPeer({
        name,
        kind,
        as,
        bgpIdentifier: 100 - position,
        address,
        routeReflectorClient: false,
        routeServerClient: false,
      });
      this.index.set(name, index);
      this.announced.set(name, new Map());
      this.filters.set(name, EVERYTHING);
      this.join(name);
    }
  }

  get ctx(): CodecContext {
    return this.mode.addPathSendMax > 0 ? { ...CTX, addPath: WITH_ADD_PATH } : CTX;
  }

  /** `prefix|path id`. */
  key(prefix: number, id: number): string {
    return `${PREFIXES[prefix]!}|${this.mode.addPathSendMax > 0 ? id : 0}`;
  }

  join(peer: PeerName): void {
    const kind = PEERS.find(({ name }) => name === peer)!.kind;
    const variant = this.variants.get(peer) ?? (kind === 'external' ? 0 : 1);
    this.variants.set(peer, variant);
    const group = this.rib.group(spec(kind, variant, this.mode));
    this.memberOf.set(peer, new Set([group]));
    group.join(this.index.get(peer)!);
    this.groups.set(peer, group);
    this.held.set(peer, new Map());
    this.ended.delete(peer);
  }

  send(peer: PeerName, announce: PathAttributes | undefined, key: string): void {
    const [prefix = '', id] = key.split('|');
    const route = this.mode.addPathSendMax > 0 ? { prefix, pathId: Number(id) } : { prefix };
    const nlri = [{ family: IPV4_UNICAST, nlri: [route] }];
    const update = {
      type: 'UPDATE',
      withdrawn: announce === undefined ? nlri : [],
      announced: announce === undefined ? [] : nlri,
      attributes: announce ?? {},
      errors: [],
    } as const;
    const external = PEERS.find(({ name }) => name === peer)!.kind;
    const ctx: CodecContext = { ...this.ctx, peerKind: external };
    const frame = encodeUpdate(update, ctx);
    if (!frame.ok) throw new Error(frame.error.code);
    expect(this.#view.parse(frame.value, ctx)).toBe(true);
    this.rib.receive(this.index.get(peer)!, this.#view, ctx, 1);
  }

  sink = (group: UpdateGroup) => (out: GroupOutput) => {
    const framer = new MessageFramer(4096);
    if (out.octets.length > 0) framer.push(out.octets);
    for (const [name, index] of this.index) {
      if (!this.memberOf.get(name)!.has(group) || !group.members.includes(index)) continue;
      if (
        out.only >= 0 ? out.only !== index : out.except === index || out.knower === index || !group.isFollowing(index)
      )
        continue;
      if (out.ends === 'initial') this.ended.add(name);
    }
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
      const message = decodeMessage(next.value, { ...this.ctx, peerKind: group.spec.kind });
      if (!message.ok || message.value.type !== 'UPDATE')
        throw new Error('the group sent something else than an UPDATE');
      const update = message.value;
      for (const [name, index] of this.index) {
        if (!this.memberOf.get(name)!.has(group) || !group.members.includes(index)) continue;
        if (
          out.only >= 0 ? out.only !== index : out.except === index || out.knower === index || !group.isFollowing(index)
        )
          continue;
        const held = this.held.get(name)!;
        for (const { nlri } of update.withdrawn)
          for (const { prefix, pathId = 0 } of nlri) held.delete(`${prefix}|${pathId}`);
        for (const { nlri } of update.announced)
          for (const { prefix, pathId = 0 } of nlri) held.set(`${prefix}|${pathId}`, update.attributes);
      }
    }
  };

  work(budget: number): boolean {
    if (this.jobs[0]?.run(budget) === true) this.jobs.shift();
    let done = this.rib.decide(budget) && this.jobs.length === 0;
    for (const group of new Set([...this.memberOf.values()].flatMap((groups) => [...groups])))
      done = group.drain(budget, this.sink(group)) && done;
    return done;
  }

  settle(): void {
    for (const [name, group] of this.groups) {
      const index = this.index.get(name)!;
      for (let i = 0; !group.isFollowing(index); i++) {
        for (const each of [...this.memberOf.get(name)!]) each.resync(index, 100, this.sink(each));
        this.work(100);
        if (i > 1000) throw new Error('never catches up');
      }
    }
    for (let i = 0; !this.work(100); i++) if (i > 1000) throw new Error('never settles');
  }

  apply(op: Op): void {
    switch (op.type) {
      case 'announce': {
        const attributes = attributesOf(op.peer, op.choice);
        const prefix = this.key(op.prefix, op.id);
        this.send(op.peer, attributes, prefix);
        // RFC 4271 §9.1.2: our own AS in the path makes it a withdrawal.
        if (op.choice === 5) this.announced.get(op.peer)!.delete(prefix);
        else {
          const fresh = { attributes, isOld: false, isStale: false, isLongLived: false };
          this.announced.get(op.peer)!.set(prefix, fresh);
        }
        break;
      }
      case 'retain': {
        const routes = this.announced.get(op.peer)!;
        for (const [prefix, route] of routes) {
          if (route.isStale) routes.delete(prefix);
          route.isOld = route.isStale = true;
        }
        this.jobs.push(this.rib.retainPeer(this.index.get(op.peer)!, [IPV4_UNICAST], false));
        break;
      }
      case 'outlive': // what happens to a neighbor that stays away
        this.apply({ type: 'retain', peer: op.peer });
        this.apply({ type: 'long-lived', peer: op.peer });
        break;
      case 'long-lived': {
        const routes = this.announced.get(op.peer)!;
        for (const [prefix, route] of routes) {
          if (!route.isStale) continue;
          route.isLongLived = true;
          if (route.attributes.communities?.includes(NO_LLGR)) routes.delete(prefix);
        }
        this.jobs.push(this.rib.makeLongLived(this.index.get(op.peer)!, [IPV4_UNICAST]));
        break;
      }
      case 'sweep': {
        const routes = this.announced.get(op.peer)!;
        for (const [prefix, { isOld }] of routes) if (isOld) routes.delete(prefix);
        this.jobs.push(this.rib.sweepStale(this.index.get(op.peer)!, [IPV4_UNICAST]));
        break;
      }
      case 'begin-refresh':
        for (const route of this.announced.get(op.peer)!.values()) route.isOld = true;
        expect(this.rib.beginRefresh(this.index.get(op.peer)!, IPV4_UNICAST)).toBe(true);
        break;
      case 'withdraw':
        this.send(op.peer, undefined, this.key(op.prefix, op.id));
        this.announced.get(op.peer)!.delete(this.key(op.prefix, op.id));
        break;
      case 'down':
        this.announced.get(op.peer)!.clear();
        this.jobs.push(this.rib.peerDown(this.index.get(op.peer)!));
        break;
      case 'filter': {
        const filter = [EVERYTHING, DENY_SLASH_24, RAISE][op.filter]!;
        this.filters.set(op.peer, filter);
        this.jobs.push(this.rib.setImportFilter(this.index.get(op.peer)!, filter));
        break;
      }
      case 'detach': // of a socket that is full, whatever is to be written to it
        for (const group of this.memberOf.get(op.peer)!) group.detach(this.index.get(op.peer)!);
        break;
      case 'resync':
        for (const group of [...this.memberOf.get(op.peer)!]) {
          group.resync(this.index.get(op.peer)!, 2, this.sink(group));
        }
        break;
      case 'rejoin':
        for (const group of this.memberOf.get(op.peer)!) group.leave(this.index.get(op.peer)!);
        this.join(op.peer);
        break;
      case 'switch': {
        const index = this.index.get(op.peer)!;
        const from = this.groups.get(op.peer)!;
        const variant = (this.variants.get(op.peer)! + 1) % EXPORTS.length;
        const to = this.rib.group(spec(PEERS.find(({ name }) => name === op.peer)!.kind, variant, this.mode));
        const memberOf = this.memberOf.get(op.peer)!;
        if (memberOf.has(to)) break; // still on its way out of that one
        this.variants.set(op.peer, variant);
        const done = () => {
          from.leave(index);
          memberOf.delete(from);
        };
        to.join(index, { from, done });
        memberOf.add(to);
        this.groups.set(op.peer, to);
        break;
      }
      case 'refresh':
        this.groups.get(op.peer)!.refresh(this.index.get(op.peer)!);
        break;
      case 'work':
        this.work(op.budget);
    }
  }

  /** From scratch: the usable paths of a prefix, best first by the rules that these attributes can reach. */
  ranked(prefix: string): { readonly peer: PeerName; readonly attributes: PathAttributes }[] {
    let candidates = PEERS.flatMap(({ name, kind }, position) =>
      [0, 1, 2].flatMap((id) => {
        const announced = this.announced.get(name)!.get(`${prefix}|${id}`);
        if (announced === undefined) return [];
        const filter = this.filters.get(name)!;
        if (filter === DENY_SLASH_24 && prefix.endsWith('/24')) return [];
        const judged = filter === RAISE ? { ...announced.attributes, localPref: 300 } : announced.attributes;
        const { isLongLived } = announced;
        const attributes = isLongLived
          ? { ...judged, communities: [...(judged.communities ?? []), LLGR_STALE] }
          : judged;
        return [{ peer: name, kind, position, id, attributes, isLongLived }];
      }),
    );
    const order: typeof candidates = [];
    while (candidates.length > 0) {
      const best = bestOf(candidates);
      order.push(best);
      candidates = candidates.filter((candidate) => candidate !== best);
    }
    return order;
  }

  model(prefix: string): { readonly peer: PeerName; readonly attributes: PathAttributes } | undefined {
    return this.ranked(prefix)[0];
  }

  /** What the group's rules make of a path for this member; undefined: it must not have it. */
  exported(
    name: PeerName,
    prefix: string,
    route: { readonly peer: PeerName; readonly attributes: PathAttributes },
  ): PathAttributes | undefined {
    const { kind } = PEERS.find((peer) => peer.name === name)!;
    const sender = PEERS.find((peer) => peer.name === route.peer)!;
    if (route.peer === name || (kind === 'internal' && sender.kind === 'internal')) return undefined;
    const variant = EXPORTS[this.variants.get(name)!]!;
    if (variant.filter === DENY_SLASH_24 && prefix.endsWith('/24')) return undefined;
    const communities = route.attributes.communities ?? [];
    if (kind === 'external' && communities.some((community) => community !== NO_LLGR)) return undefined;
    const med = variant.filter === MED_5 ? { med: 5 } : {};
    const { localPref: _stripped, ...rest } = { ...route.attributes, ...med };
    const asns = [LOCAL_AS, ...route.attributes.asPath![0]!.asns];
    return kind === 'external'
      ? { ...rest, asPath: [{ type: 'sequence', asns }], nextHop: '10.0.0.1' }
      : { ...route.attributes, ...med };
  }
}

interface Candidate {
  readonly kind: string;
  readonly position: number;
  readonly id: number;
  readonly attributes: PathAttributes;
  readonly isLongLived: boolean;
}

function bestOf<T extends Candidate>(candidates: readonly T[]): T {
  let left = candidates;
  const lowest = (rank: (candidate: T) => number) => {
    const least = Math.min(...left.map(rank));
    left = left.filter((candidate) => rank(candidate) === least);
  };
  lowest(({ isLongLived }) => (isLongLived ? 1 : 0));
  lowest(({ attributes }) => -(attributes.localPref ?? 100));
  lowest(({ attributes }) => attributes.asPath![0]!.asns.length);
  lowest(({ attributes }) => attributes.origin!);
  const neighbor = ({ attributes }: T) => attributes.asPath![0]!.asns[0];
  left = left.filter((candidate) => {
    const med = candidate.attributes.med ?? 0;
    return !left.some((other) => neighbor(other) === neighbor(candidate) && (other.attributes.med ?? 0) < med);
  });
  lowest(({ kind }) => (kind === 'external' ? 0 : 1));
  lowest(({ position }) => 100 - position); // BGP identifiers fall with the position
  lowest(({ id }) => id);
  return left[0]!;
}

/** Best paths and what every member holds, when all work is done. */
function expectFromScratch(world: World): void {
  world.settle();

  const best = new Map<string, { peer: string; attributes: PathAttributes }>();
  world.rib.scanBest(IPV4_UNICAST, 0, 1000, (row) => {
    const attributes = decodeAttributes(world.rib.canonical(row.effective));
    best.set(formatIpv4Prefix(row.w0, row.length), { peer: world.rib.peer(row.peer).name, attributes });
    return true;
  });
  for (const prefix of PREFIXES) {
    const expected = world.model(prefix);
    expect(best.get(prefix), prefix).toEqual(
      expected === undefined ? undefined : { peer: expected.peer, attributes: expected.attributes },
    );
  }
  for (const { name } of PEERS) {
    const expected = new Map<string, PathAttributes>();
    for (const prefix of PREFIXES) {
      const route = world.model(prefix);
      const attributes = route === undefined ? undefined : world.exported(name, prefix, route);
      if (attributes !== undefined) expected.set(`${prefix}|0`, attributes);
    }
    expect(Object.fromEntries(world.held.get(name)!), `held by ${name}`).toEqual(Object.fromEntries(expected));
    expect(world.groups.get(name)!.sentCount(world.index.get(name)!)).toBe(expected.size);
    expect(world.ended.has(name), `End-of-RIB to ${name}`).toBe(true);
  }
}

describe('incremental equals from scratch', () => {
  it('for a member that goes on to a third group before it has arrived in the second', () => {
    const world = new World();
    world.apply({ type: 'announce', peer: 'a', prefix: 0, choice: 0, id: 0 });
    world.apply({ type: 'work', budget: 1 });
    world.apply({ type: 'down', peer: 'a' });
    world.apply({ type: 'switch', peer: 'd' });
    world.apply({ type: 'switch', peer: 'd' });
    world.apply({ type: 'retain', peer: 'a' });
    expectFromScratch(world);
  });

  it('for a member whose socket drains while it is on its way to another group', () => {
    const world = new World();
    const index = world.index.get('b')!;
    const announce = (choice: number) => {
      world.apply({ type: 'announce', peer: 'a', prefix: 0, choice, id: 0 });
      while (!world.rib.decide(100));
    };
    announce(0);
    world.settle();
    const from = world.groups.get('b')!;
    world.apply({ type: 'switch', peer: 'b' });
    announce(1);
    from.drain(100, world.sink(from));
    from.resync(index, 100, world.sink(from));
    announce(0);
    const to = world.groups.get('b')!;
    to.drain(100, world.sink(to)); // before the group that it leaves
    expectFromScratch(world);
  });

  it('best paths and what every member holds', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 60 }), (ops) => {
        const world = new World();
        for (const each of ops) world.apply(each);
        expectFromScratch(world);
      }),
      { numRuns: 600 },
    );
  });

  it.each<[string, Mode]>([
    ['ADD-PATH, all paths', { addPathSendMax: Number.POSITIVE_INFINITY, perMemberBest: false }],
    ['ADD-PATH, two paths', { addPathSendMax: 2, perMemberBest: false }],
    ['the best path that each member may have', { addPathSendMax: 0, perMemberBest: true }],
  ])('what every member holds: %s', (_name, mode) => {
    const most = mode.perMemberBest ? 1 : mode.addPathSendMax;
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 60 }), (ops) => {
        const world = new World(mode);
        for (const each of ops) world.apply(each);
        world.settle();
        for (const { name } of PEERS) {
          const index = world.index.get(name)!;
          let count = 0;
          for (const prefix of PREFIXES) {
            const expected = world
              .ranked(prefix)
              .flatMap((route) => world.exported(name, prefix, route) ?? [])
              .slice(0, most);
            const held = [...world.held.get(name)!].flatMap(([key, value]) =>
              key.startsWith(`${prefix}|`) ? [value] : [],
            );
            const sorted = (list: readonly PathAttributes[]) =>
              list.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
            expect(sorted(held), `${prefix} held by ${name}`).toEqual(sorted(expected));
            count += held.length;
          }
          expect(world.groups.get(name)!.sentCount(index)).toBe(count);
          const listed: string[] = [];
          world.groups.get(name)!.scanAdvertised(index, 0, 1000, (row) => {
            listed.push(`${formatIpv4Prefix(row.w0, row.length)}|${row.pathId}`);
            return true;
          });
          expect(listed.sort()).toEqual([...world.held.get(name)!.keys()].sort());
          expect(world.ended.has(name), `End-of-RIB to ${name}`).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('a path keeps its identifier, whatever its rank (RFC 7911)', () => {
    const world = new World({ addPathSendMax: 2, perMemberBest: false });
    const idsOf = () => {
      const ids = new Map<string, string>();
      for (const [key, { asPath }] of world.held.get('d')!) ids.set(`${asPath![0]!.asns[0]}`, key);
      return Object.fromEntries(ids);
    };
    world.apply({ type: 'announce', peer: 'a', prefix: 0, choice: 0, id: 0 });
    world.apply({ type: 'announce', peer: 'b', prefix: 0, choice: 2, id: 0 });
    world.settle();
    const before = idsOf();
    expect(Object.keys(before)).toHaveLength(2);
    world.apply({ type: 'announce', peer: 'a', prefix: 0, choice: 1, id: 0 }); // ORIGIN EGP: now the worse one
    world.settle();
    expect(idsOf()).toEqual(before);
  });

  it('fingerprints equal those of a RIB that was told only the final state', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 40 }), (ops) => {
        const world = new World();
        for (const each of ops) world.apply(each);
        world.settle();
        const fresh = new World();
        for (const { name } of PEERS) {
          while (fresh.variants.get(name) !== world.variants.get(name)) fresh.apply({ type: 'switch', peer: name });
          fresh.settle();
        }
        for (const [peer, filter] of world.filters) {
          fresh.filters.set(peer, filter);
          fresh.rib.setImportFilter(fresh.index.get(peer)!, filter);
        }
        for (const [peer, routes] of world.announced) {
          const send = (wanted: boolean) => {
            for (const [prefix, { attributes, isLongLived }] of routes) {
              if (isLongLived === wanted) fresh.send(peer, attributes, prefix);
            }
          };
          send(true);
          fresh.apply({ type: 'outlive', peer });
          send(false);
        }
        fresh.settle();
        expect(world.rib.fingerprint('best', IPV4_UNICAST)).toEqual(fresh.rib.fingerprint('best', IPV4_UNICAST));
        for (const { name } of PEERS) {
          const of = ({ rib, index }: World) => rib.fingerprint('received', IPV4_UNICAST, index.get(name)!);
          expect(of(world)).toEqual(of(fresh));
          expect(world.groups.get(name)!.fingerprint()).toEqual(fresh.groups.get(name)!.fingerprint());
        }
        expect(world.rib.status(IPV4_UNICAST)).toMatchObject({
          prefixes: fresh.rib.status(IPV4_UNICAST).prefixes,
          paths: fresh.rib.status(IPV4_UNICAST).paths,
        });
      }),
      { numRuns: 200 },
    );
  });
});

it('announce and withdraw for ever needs no more memory than once', () => {
  const world = new World();
  const cycle = () => {
    for (const peer of ['a', 'b', 'c'] as const) {
      for (let prefix = 0; prefix < 6; prefix++)
        world.apply({ type: 'announce', peer, prefix, choice: prefix % 5, id: 0 });
    }
    world.work(1000);
    for (const peer of ['a', 'b', 'c'] as const) {
      for (let prefix = 0; prefix < 6; prefix++) world.apply({ type: 'withdraw', peer, prefix, id: 0 });
    }
    world.settle();
  };
  cycle();
  const { octets } = world.rib.status(IPV4_UNICAST);
  for (let i = 0; i < 200; i++) cycle();
  expect(world.rib.status(IPV4_UNICAST)).toMatchObject({ prefixes: 0, paths: 0, octets });
});
