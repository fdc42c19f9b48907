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
const NO_EXPORT = 0xffffff01;
const PREFIXES = ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24', '192.0.2.0/24', '198.51.100.0/25', '0.0.0.0/0'];
const PEERS = [
  { name: 'a', kind: 'external', as: 65001, isClient: false },
  { name: 'b', kind: 'external', as: 65002, isClient: false },
  { name: 'c', kind: 'internal', as: LOCAL_AS, isClient: true },
  { name: 'd', kind: 'internal', as: LOCAL_AS, isClient: false },
  { name: 'e', kind: 'internal', as: LOCAL_AS, isClient: true },
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
    ...(choice === 4 ? { communities: [NO_EXPORT] } : {}),
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
/** What an operator can change while a member is connected. */
interface Setting {
  readonly variant: number;
  readonly addPathSendMax: number;
  readonly perMemberBest: boolean;
  readonly maxPrefixes: number;
}
const SETTINGS = 9;
/** Of these: without a limit. */
const UNLIMITED = 6;
const LIMIT = 2;

/** What stays the same as long as the sessions are there. */
interface Shape {
  readonly addPath: boolean;
  /** The external peers are clients of a route server. */
  readonly routeServer: boolean;
  /** The peers know long-lived stale routes. */
  readonly longLived: boolean;
}
const PLAIN: Shape = { addPath: false, routeServer: false, longLived: false };

function settingOf(choice: number, { addPath }: Shape): Setting {
  const more = choice % UNLIMITED >= EXPORTS.length;
  return {
    variant: choice % EXPORTS.length,
    addPathSendMax: addPath ? (more ? Number.POSITIVE_INFINITY : 2) : 0,
    perMemberBest: !addPath && more,
    maxPrefixes: choice < UNLIMITED ? 0 : LIMIT,
  };
}

type Op =
  | {
      readonly type: 'announce';
      readonly peer: PeerName;
      readonly prefix: number;
      readonly choice: number;
      readonly id: number;
    }
  | { readonly type: 'announce-all'; readonly peer: PeerName; readonly choice: number }
  | { readonly type: 'withdraw'; readonly peer: PeerName; readonly prefix: number; readonly id: number }
  | { readonly type: 'retain' | 'long-lived' | 'outlive' | 'sweep' | 'begin-refresh'; readonly peer: PeerName }
  | { readonly type: 'down' | 'block' | 'unblock' | 'rejoin' | 'refresh' | 'watch'; readonly peer: PeerName }
  | { readonly type: 'switch'; readonly peer: PeerName; readonly to: number }
  | { readonly type: 'filter'; readonly peer: PeerName; readonly filter: number }
  | { readonly type: 'work'; readonly budget: number; readonly heldUpBy?: PeerName | undefined };

const peerName = fc.constantFrom(...PEERS.map(({ name }) => name));
/** To one of them most things happen, so that they happen at the same time. */
const memberName = fc.oneof({ weight: 2, arbitrary: fc.constant('a' as const) }, { weight: 1, arbitrary: peerName });
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
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('announce-all' as const), peer: peerName, choice: fc.nat(6) }),
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
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('block' as const, 'unblock' as const), peer: memberName }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('rejoin' as const, 'refresh' as const, 'refresh' as const),
      peer: memberName,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('watch' as const), peer: memberName }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('switch' as const), peer: memberName, to: fc.nat(SETTINGS - 1) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('work' as const),
      budget: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
      heldUpBy: fc.option(memberName, { freq: 3, nil: undefined }),
    }),
  },
);
const shape: fc.Arbitrary<Shape> = fc.record({
  addPath: fc.boolean(),
  routeServer: fc.boolean(),
  longLived: fc.boolean(),
});

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
  /** What somebody holds who came later: what the group said that the member had been told, and then what it was told. */
  readonly watched = new Map<PeerName, Map<string, PathAttributes>>();
  readonly announced = new Map<PeerName, Map<string, Announced>>();
  readonly filters = new Map<PeerName, RouteFilter>();
  readonly ended = new Set<PeerName>();
  readonly settings = new Map<PeerName, number>();
  /** Every group that a member has not left: two while it moves. */
  readonly memberOf = new Map<PeerName, Set<UpdateGroup>>();
  /** Detached; of these, those whose sockets are full. */
  readonly detached = new Set<PeerName>();
  readonly blocked = new Set<PeerName>();
  /** Since the beginning of a refresh that has not ended yet: what the member was told. */
  readonly refreshed = new Map<PeerName, Set<string>>();
  readonly refreshLater = new Set<PeerName>();
  /** Who has nothing that a limit did not allow. */
  readonly limited = new Set<PeerName>();
  jobs: Job[] = [];
  readonly #view = new UpdateView();

  readonly shape: Shape;

  constructor(shape: Shape = PLAIN) {
    this.shape = shape;
    for (const [position, { name, kind, as, isClient }] of PEERS.entries()) {
      const address = Uint8Array.of(10, 0, 0, 10 + position);
      const index = this.rib.addPeer({
        name,
        kind,
        as,
        bgpIdentifier: 100 - position,
        address,
        routeReflectorClient: isClient,
        routeServerClient: this.isServed(name),
      });
      this.index.set(name, index);
      this.announced.set(name, new Map());
      this.filters.set(name, EVERYTHING);
      this.settings.set(name, kind === 'external' ? 0 : 1);
      this.join(name);
    }
  }

  isServed(peer: PeerName): boolean {
    return this.shape.routeServer && kindOf(peer) === 'external';
  }

  setting(peer: PeerName): Setting {
    return settingOf(this.settings.get(peer)!, this.shape);
  }

  get ctx(): CodecContext {
    return this.shape.addPath ? { ...CTX, addPath: WITH_ADD_PATH } : CTX;
  }

  /** `prefix|path id`. */
  key(prefix: number, id: number): string {
    return `${PREFIXES[prefix]!}|${this.shape.addPath ? id : 0}`;
  }

  spec(peer: PeerName): UpdateGroupSpec {
    const { variant, ...setting } = this.setting(peer);
    const { kind, isClient } = PEERS.find(({ name }) => name === peer)!;
    return {
      family: IPV4_UNICAST,
      kind,
      filterKey: EXPORTS[variant]!.key,
      filter: EXPORTS[variant]!.filter,
      egressKey: kind,
      egress: () => (kind === 'external' ? EXTERNAL_EDIT : undefined),
      routeReflectorClient: isClient,
      routeServerClient: this.isServed(peer),
      fourOctetAs: true,
      maxMessageOctets: 4096,
      extendedNextHop: false,
      ...setting,
      onlyMember: setting.maxPrefixes > 0 ? this.index.get(peer)! : -1,
      longLivedStale: this.shape.longLived,
    };
  }

  join(peer: PeerName): void {
    const group = this.rib.group(this.spec(peer));
    this.memberOf.set(peer, new Set([group]));
    this.groups.set(peer, group);
    this.held.set(peer, new Map());
    for (const known of [this.ended, this.detached, this.blocked, this.refreshLater, this.limited]) known.delete(peer);
    this.refreshed.delete(peer);
    this.watched.delete(peer);
    if (this.setting(peer).maxPrefixes > 0) this.limited.add(peer);
    group.join(this.index.get(peer)!);
  }

  send(peer: PeerName, announce: PathAttributes | undefined, key: string): void {
    const [prefix = '', id] = key.split('|');
    const route = this.shape.addPath ? { prefix, pathId: Number(id) } : { prefix };
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

  /** Octets on their way to members, as a speaker hands them over. */
  sink = (group: UpdateGroup) => (out: GroupOutput) => {
    for (const [name, index] of this.index) {
      if (!this.memberOf.get(name)!.has(group)) continue;
      if (out.only < 0 ? !group.isFollowing(index) : out.only !== index) continue;
      if (out.except === index || out.knower === index) continue;
      this.told(name, group, out);
    }
  };

  told(name: PeerName, group: UpdateGroup, { octets, ends }: GroupOutput): void {
    expect(this.blocked.has(name), `something for ${name}, whose socket is full`).toBe(false);
    const watched = this.watched.get(name);
    const tables = [this.held.get(name)!, ...(watched === undefined ? [] : [watched])];
    const framer = new MessageFramer(4096);
    if (octets.length > 0) framer.push(octets);
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
      const message = decodeMessage(next.value, { ...this.ctx, peerKind: group.spec.kind });
      if (!message.ok || message.value.type !== 'UPDATE')
        throw new Error('the group sent something else than an UPDATE');
      const { withdrawn, announced, attributes } = message.value;
      for (const { nlri } of withdrawn)
        for (const { prefix, pathId = 0 } of nlri) for (const held of tables) held.delete(`${prefix}|${pathId}`);
      for (const { nlri } of announced) {
        for (const { prefix, pathId = 0 } of nlri) {
          for (const held of tables) held.set(`${prefix}|${pathId}`, attributes);
          this.refreshed.get(name)?.add(`${prefix}|${pathId}`);
        }
      }
    }
    const prefixes = new Set([...this.held.get(name)!.keys()].map((key) => key.split('|')[0]));
    if (this.limited.has(name)) expect(prefixes.size, `prefixes of ${name}`).toBeLessThanOrEqual(LIMIT);
    if (ends === 'initial') {
      expect(this.ended.has(name), `a second End-of-RIB to ${name}`).toBe(false);
      this.ended.add(name);
      if (this.refreshLater.delete(name)) this.refresh(name);
    } else if (ends === 'refresh') {
      // RFC 7313 §4: what was not announced since the beginning is gone.
      const refreshed = this.refreshed.get(name);
      expect(refreshed, `an end of refresh to ${name} without a beginning`).toBeDefined();
      expect([...refreshed!], `refreshed for ${name}`).toEqual(expect.arrayContaining([...tables[0]!.keys()]));
      this.refreshed.delete(name);
    }
  }

  refresh(name: PeerName): void {
    if (!this.groups.get(name)!.refresh(this.index.get(name)!)) {
      this.refreshLater.add(name);
      return;
    }
    expect(this.ended.has(name), `a refresh of ${name} before End-of-RIB`).toBe(true); // RFC 7313 §4
    this.refreshed.set(name, new Set());
  }

  watch(name: PeerName): void {
    const watched = new Map<string, PathAttributes>();
    this.groups.get(name)!.scanTold(this.index.get(name)!, 0, 1000, (prefix, pathId, attributes) => {
      const text = this.rib.prefixText(IPV4_UNICAST, prefix);
      watched.set(`${text}|${pathId}`, decodeAttributes(this.rib.canonical(attributes)));
      return true;
    });
    this.watched.set(name, watched);
  }

  /** As much as a speaker does in one turn. `heldUpBy`: its groups wait for it. */
  work(budget: number, heldUpBy?: PeerName): boolean {
    if (this.jobs[0]?.run(budget) === true) this.jobs.shift();
    let done = this.rib.decide(budget) && this.jobs.length === 0;
    for (const group of new Set([...this.memberOf.values()].flatMap((groups) => [...groups]))) {
      if (heldUpBy !== undefined && this.memberOf.get(heldUpBy)!.has(group)) continue;
      done = group.drain(budget, this.sink(group)) && done;
    }
    for (const [name, groups] of this.memberOf) {
      if (
        this.setting(name).maxPrefixes > 0 &&
        [...groups].every((group) => group.isFollowing(this.index.get(name)!))
      ) {
        this.limited.add(name);
      }
    }
    for (const name of this.detached) {
      if (this.blocked.has(name)) continue;
      done = false;
      const areCaughtUp = [...this.memberOf.get(name)!].map((group) =>
        group.resync(this.index.get(name)!, budget, this.sink(group)),
      );
      if (!areCaughtUp.includes(false)) this.detached.delete(name);
    }
    return done;
  }

  settle(): void {
    this.blocked.clear();
    for (let i = 0; !this.work(100); i++) if (i > 1000) throw new Error('never settles');
    for (const [name, group] of this.groups) {
      expect(group.isFollowing(this.index.get(name)!), `${name} is in step`).toBe(true);
      expect([...this.memberOf.get(name)!]).toEqual([group]);
    }
  }

  detach(peer: PeerName): void {
    for (const group of this.memberOf.get(peer)!) group.detach(this.index.get(peer)!);
    this.detached.add(peer);
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
      case 'announce-all':
        for (const prefix of PREFIXES.keys()) this.apply({ ...op, type: 'announce', prefix, id: 0 });
        break;
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
      case 'block':
        this.blocked.add(op.peer);
        this.detach(op.peer);
        break;
      case 'unblock':
        this.blocked.delete(op.peer);
        break;
      case 'rejoin':
        for (const group of this.memberOf.get(op.peer)!) group.leave(this.index.get(op.peer)!);
        this.join(op.peer);
        break;
      case 'switch': {
        const index = this.index.get(op.peer)!;
        const from = this.groups.get(op.peer)!;
        const before = this.settings.get(op.peer)!;
        this.settings.set(op.peer, op.to);
        const to = this.rib.group(this.spec(op.peer));
        const memberOf = this.memberOf.get(op.peer)!;
        if (memberOf.has(to)) {
          this.settings.set(op.peer, before);
          break; // there already, or still on its way out of that one
        }
        const done = () => {
          from.leave(index);
          memberOf.delete(from);
        };
        if (this.setting(op.peer).maxPrefixes === 0) this.limited.delete(op.peer);
        to.join(index, { from, done });
        memberOf.add(to);
        this.groups.set(op.peer, to);
        if (this.blocked.has(op.peer)) this.detach(op.peer);
        break;
      }
      case 'watch':
        this.watch(op.peer);
        break;
      case 'refresh':
        this.refresh(op.peer);
        break;
      case 'work':
        this.work(op.budget, op.heldUpBy);
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
    const { kind, isClient } = PEERS.find((peer) => peer.name === name)!;
    const sender = PEERS.find((peer) => peer.name === route.peer)!;
    if (route.peer === name) return undefined;
    if (kind === 'internal' && sender.kind === 'internal' && !isClient && !sender.isClient) return undefined;
    const variant = EXPORTS[this.setting(name).variant]!;
    if (variant.filter === DENY_SLASH_24 && prefix.endsWith('/24')) return undefined;
    const communities = route.attributes.communities ?? [];
    const isBetweenClients = this.isServed(name) && this.isServed(route.peer);
    if (kind === 'external' && communities.includes(NO_EXPORT) && !isBetweenClients) return undefined;
    if (kind === 'external' && communities.includes(LLGR_STALE) && !this.shape.longLived) return undefined;
    const med = variant.filter === MED_5 ? { med: 5 } : {};
    const { localPref: _stripped, ...rest } = { ...route.attributes, ...med };
    const asns = [LOCAL_AS, ...route.attributes.asPath![0]!.asns];
    return kind === 'external'
      ? { ...rest, asPath: [{ type: 'sequence', asns }], nextHop: '10.0.0.1' }
      : { ...route.attributes, ...med };
  }
}

function kindOf(peer: PeerName): 'external' | 'internal' {
  return PEERS.find(({ name }) => name === peer)!.kind;
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
  for (const { name } of PEERS) expectHeld(world, name);
  // Nobody validates here.
  const paths = PEERS.reduce(
    (sum, { name }) => sum + world.rib.counts(world.index.get(name)!, IPV4_UNICAST).received,
    0,
  );
  expect(world.rib.validityCounts(IPV4_UNICAST)).toEqual({
    origin: { valid: 0, 'not-found': paths, invalid: 0 },
    path: { valid: 0, unknown: paths, invalid: 0 },
  });
}

/** What the member was told is what it is to have, and what its group says that it has. */
function expectHeld(world: World, name: PeerName): void {
  const { addPathSendMax, perMemberBest, maxPrefixes } = world.setting(name);
  const most = Math.max(addPathSendMax, 1);
  const isBestOnly = addPathSendMax === 0 && !perMemberBest;
  const held = world.held.get(name)!;
  let available = 0;
  let advertised = 0;
  for (const prefix of PREFIXES) {
    const paths = [...held].flatMap(([key, value]) => (key.startsWith(`${prefix}|`) ? [value] : []));
    const ranked = world.ranked(prefix);
    const expected = (isBestOnly ? ranked.slice(0, 1) : ranked)
      .flatMap((route) => world.exported(name, prefix, route) ?? [])
      .slice(0, most);
    available += Number(expected.length > 0);
    advertised += Number(paths.length > 0);
    const isHeldBack = maxPrefixes > 0 && paths.length === 0;
    expect(sorted(paths), `${prefix} held by ${name}`).toEqual(isHeldBack ? [] : sorted(expected));
  }
  expect(advertised, `prefixes held by ${name}`).toBe(maxPrefixes > 0 ? Math.min(available, maxPrefixes) : available);
  const group = world.groups.get(name)!;
  const index = world.index.get(name)!;
  expect(group.sentCount(index)).toBe(held.size);
  const listed: string[] = [];
  group.scanAdvertised(index, 0, 1000, (row) => {
    listed.push(`${formatIpv4Prefix(row.w0, row.length)}|${row.pathId}`);
    return true;
  });
  expect(listed.sort()).toEqual([...held.keys()].sort());
  const watched = world.watched.get(name);
  if (watched !== undefined) {
    expect(Object.fromEntries(watched), `held by who watches ${name}`).toEqual(Object.fromEntries(held));
  }
  expect(world.ended.has(name), `End-of-RIB to ${name}`).toBe(true);
  expect(world.refreshed.has(name) || world.refreshLater.has(name), `a refresh of ${name} has no end`).toBe(false);
}

function sorted(list: readonly PathAttributes[]): string[] {
  return list.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
}

describe('incremental equals from scratch', () => {
  it('for a member that goes on to a third group before it has arrived in the second', () => {
    const world = new World();
    world.apply({ type: 'announce', peer: 'a', prefix: 0, choice: 0, id: 0 });
    world.apply({ type: 'work', budget: 1 });
    world.apply({ type: 'down', peer: 'a' });
    world.apply({ type: 'switch', peer: 'd', to: 2 });
    world.apply({ type: 'switch', peer: 'd', to: 0 });
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
    world.apply({ type: 'switch', peer: 'b', to: 1 });
    announce(1);
    from.drain(100, world.sink(from));
    from.resync(index, 100, world.sink(from));
    announce(0);
    const to = world.groups.get('b')!;
    to.drain(100, world.sink(to)); // before the group that it leaves
    expectFromScratch(world);
  });

  it('for a member that arrives in its next group with more changes behind it than one drain can tell', () => {
    const world = new World();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    world.settle();
    world.apply({ type: 'switch', peer: 'a', to: 2 });
    while (world.groups.get('a')!.fingerprint().join() === '0,0') world.work(6);
    for (let told = 0; told < 3; told++) world.work(1);
    world.apply({ type: 'announce-all', peer: 'b', choice: 1 });
    for (let turns = 0; turns < 100; turns++) world.work(1);
    expectFromScratch(world);
  });

  it.each([0, 4, 8])('for a refresh after %i turns of a move that began in the middle of a refresh', (turns) => {
    const world = new World();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    world.settle();
    world.apply({ type: 'refresh', peer: 'a' });
    world.work(2);
    world.apply({ type: 'switch', peer: 'a', to: 1 });
    for (let turn = 0; turn < turns; turn++) world.work(1);
    world.apply({ type: 'refresh', peer: 'a' });
    expectFromScratch(world);
  });

  it('for a refresh in the middle of a move that began in the middle of the first table', () => {
    const world = new World();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    while (!world.rib.decide(100));
    world.work(2);
    world.apply({ type: 'switch', peer: 'a', to: 1 });
    world.apply({ type: 'refresh', peer: 'a' });
    expectFromScratch(world);
  });

  it.each([0, 2, 4])('for somebody who comes to watch a member after %i turns of its move', (turns) => {
    const world = new World();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    world.settle();
    world.apply({ type: 'switch', peer: 'a', to: 1 });
    for (let turn = 0; turn < turns; turn++) world.work(2);
    world.watch('a');
    expectFromScratch(world);
  });

  it('for a member with a limit that catches up: nothing new before something old has gone', () => {
    const world = new World();
    world.apply({ type: 'switch', peer: 'a', to: 7 });
    world.settle();
    const set = (type: 'announce' | 'withdraw', prefix: number) => {
      world.apply({ type, peer: 'b', prefix, choice: 0, id: 0 });
    };
    for (const prefix of [5, 4, 3]) {
      set('announce', prefix);
      world.settle();
    }
    set('withdraw', 5);
    world.settle();
    set('announce', 2); // waits, under the identifier that 5 had
    world.settle();
    world.apply({ type: 'block', peer: 'a' });
    set('withdraw', 3);
    for (let turns = 0; turns < 9; turns++) world.work(1);
    world.apply({ type: 'unblock', peer: 'a' });
    for (let turns = 0; turns < 9; turns++) world.work(1);
    expectFromScratch(world);
  });

  it('for a member with a limit that changes groups: nothing new before something old has gone', () => {
    const world = new World();
    world.apply({ type: 'switch', peer: 'a', to: 6 });
    world.settle();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    world.apply({ type: 'withdraw', peer: 'b', prefix: 0, id: 0 });
    world.apply({ type: 'withdraw', peer: 'b', prefix: 1, id: 0 });
    world.settle();
    world.apply({ type: 'announce', peer: 'b', prefix: 0, choice: 0, id: 0 });
    world.settle();
    world.apply({ type: 'switch', peer: 'a', to: 7 }); // has the /24, which is before what it has to give up
    for (let turns = 0; turns < 30; turns++) world.work(1);
    expectFromScratch(world);
  });

  it('for a refresh in the middle of a move that another one follows', () => {
    const world = new World();
    world.apply({ type: 'announce-all', peer: 'b', choice: 0 });
    world.settle();
    world.apply({ type: 'switch', peer: 'a', to: 1 });
    world.apply({ type: 'refresh', peer: 'a' });
    world.apply({ type: 'switch', peer: 'a', to: 4 });
    expectFromScratch(world);
  });

  it('best paths and what every member holds', () => {
    fc.assert(
      fc.property(shape, fc.array(op, { minLength: 1, maxLength: 100 }), (shape, ops) => {
        const world = new World(shape);
        for (const each of ops) world.apply(each);
        expectFromScratch(world);
      }),
      { numRuns: 1500 },
    );
  });

  it('a path keeps its identifier, whatever its rank (RFC 7911)', () => {
    const world = new World({ ...PLAIN, addPath: true });
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
      // Path identifiers, which are part of it, are given out in order of arrival.
      fc.property(shape, fc.array(op, { minLength: 1, maxLength: 40 }), (any, ops) => {
        const shape = { ...any, addPath: false };
        const world = new World(shape);
        for (const each of ops) world.apply(each);
        world.settle();
        const fresh = new World(shape);
        for (const [peer, to] of world.settings) {
          fresh.apply({ type: 'switch', peer, to });
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
          if (world.setting(name).maxPrefixes > 0) continue; // which ones have a place is a matter of who came first
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
