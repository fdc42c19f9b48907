import {
  type DynamicRange,
  type InjectedRoute,
  type InjectedRule,
  type PeerConfig,
  type PeerStatus,
  type RouteRow,
  Speaker,
  type SpeakerEvent,
} from '@bgp/speaker';
import { createMemoryNetwork, type LinkShape, type MemoryHost, type MemoryNetwork } from '@bgp/testkit';
import type { Family } from '@bgp/wire';
import { type FlowSpecAction, type FlowSpecRule, formatFlowSpec } from '@bgp/wire/flowspec';
import type { LinkPlan, NetworkPlan, NodePlan } from '../plan/types.ts';
import { Explanations } from './explanations.ts';

const CEASE = 6;
const HARD_RESET = 9;

/** A speaker of the network, over all its lives. */
export interface WorldNode {
  readonly plan: NodePlan;
  /** Undefined: it is down. */
  life: Life | undefined;
  downAtMs: number;
  /** What its configuration file would say now; by neighbor name. */
  readonly peers: Map<string, PeerConfig>;
  /** What it announces of its own, by family and prefix. */
  readonly injected: Map<string, InjectedRoute>;
  /** By text. */
  readonly rules: Map<string, InjectedRule>;
}

export interface Life {
  readonly host: MemoryHost;
  readonly speaker: Speaker;
  /** Clock time until which it may hold its routes back (RFC 4724 §4.1). */
  readonly defersUntilMs: number;
  readonly sessions: Map<string, SessionRecord>;
  /** Tables read at the instant of a check. */
  listed: { readonly atMs: number; readonly tables: Map<string, readonly RouteRow[]> };
}

/** What was observed of one neighbor in this life. */
export interface SessionRecord {
  upAtMs: number;
  downAtMs: number | undefined;
  /** A Hard Reset went over the session (RFC 8538 §3.1). */
  hardReset: boolean;
  /** Whether the end was one after which no route of the neighbor may be kept. */
  endedForGood: boolean;
  readonly endOfRibSent: Set<Family>;
  readonly endOfRibReceived: Set<Family>;
}

/** One direction of a link: `self` as it sees `peer`. */
export interface Side {
  readonly link: LinkPlan;
  readonly at: 0 | 1;
  readonly self: WorldNode;
  readonly other: WorldNode;
  /** The name of `other` at `self`. */
  readonly name: string;
  /** `self` has no configuration for `other`, only a range. */
  readonly isDynamic: boolean;
  /** The name of `self` at `other`. */
  readonly nameThere: string;
}

/** A range that holds one neighbor only: each of them has drawn its own settings. */
function rangeOf({ name, address: _address, remoteAs, ...template }: PeerConfig): DynamicRange {
  const prefix = `${name}/${name.includes(':') ? 128 : 32}`;
  const templates = { internal: template, confederation: template, external: template };
  // Every other one takes whoever comes.
  return { prefix, peerGroup: 'spokes', remoteAses: remoteAs % 2 === 0 ? [remoteAs] : [], templates };
}

/** The network while it runs: speakers under virtual time, what was done to them, and what they said. */
export class World {
  readonly network: MemoryNetwork;
  readonly nodes: readonly WorldNode[];
  readonly links: readonly LinkPlan[];
  readonly sides: readonly Side[];
  readonly explanations: Explanations;
  /** Directions in which nothing arrives, by index in `sides` of the sender, and since when. */
  readonly #silentSince = new Map<number, number>();
  /** Links that are slower than the others. */
  readonly slow = new Set<number>();
  /** The one session that is to end soon (RFC 8326). More than one could make paths that prefer each other for ever (RFC 4264). */
  leaving: Side | undefined;
  /** What nobody can explain, in order. */
  readonly surprises: string[] = [];
  #serial = 0;

  constructor(plan: NetworkPlan, seed: number) {
    this.network = createMemoryNetwork({
      seed,
      keepTranscript: false,
      minLatencyMs: 1,
      maxLatencyMs: 40,
      minChunkOctets: 1,
      maxChunkOctets: 700,
    });
    this.links = plan.links;
    this.explanations = new Explanations(() => this.nowMs);
    this.nodes = plan.nodes.map((node) => ({
      plan: node,
      life: undefined,
      downAtMs: 0,
      peers: new Map(
        plan.links.flatMap(({ ends }) =>
          ends.filter((end) => end.node === node.id).map(({ peer }) => [peer.name, peer] as const),
        ),
      ),
      injected: new Map(),
      rules: new Map(),
    }));
    this.sides = plan.links.flatMap((link) => ([0, 1] as const).map((at) => this.#side(link, at)));
  }

  get nowMs(): number {
    return this.network.clock.nowMs();
  }

  /** Starts a node's program. `isRestart`: it follows one that said that it would be back. */
  boot(node: WorldNode, isRestart: boolean): void {
    const { plan } = node;
    const sessions = new Map<string, SessionRecord>();
    const host = this.network.addHost({
      addresses: [plan.ipv4, plan.ipv6],
      observe: (event) => this.#observe(node, sessions, event),
    });
    const ranges = this.sides
      .filter((side) => side.self === node && side.isDynamic)
      .map(({ link, at }) => link.ends[at].peer);
    const peers = [...node.peers.values()].filter(({ name }) => !ranges.some((range) => range.name === name));
    const deferralMs = isRestart ? Math.max(0, ...peers.map(({ grRestartTime }) => grRestartTime)) * 1000 : 0;
    const speaker = new Speaker(
      {
        ...plan.speaker,
        peers,
        dynamicNeighbors: ranges.map(rangeOf),
        ...(isRestart ? { restarting: { untilMs: this.network.clock.wallMs() + deferralMs } } : {}),
      },
      host.ports,
    );
    node.life = {
      host,
      speaker,
      defersUntilMs: this.nowMs + deferralMs,
      sessions,
      listed: { atMs: -1, tables: new Map() },
    };
    speaker.start();
    for (const route of node.injected.values()) this.#inject(node, route);
    for (const rule of node.rules.values()) speaker.injectRule(rule);
  }

  crash(node: WorldNode, what: 'process' | 'power'): void {
    if (node.life === undefined) return;
    this.network.crash(node.life.host, what);
    node.life = undefined;
    node.downAtMs = this.nowMs;
    if (this.leaving?.self === node) this.leaving = undefined; // what an operator has said dies with the process
  }

  inject(node: WorldNode, route: Omit<InjectedRoute, 'pathId'>): void {
    const attributes = { ...route.attributes, largeCommunities: [this.#mark(node)] };
    const marked = { ...route, pathId: 0, attributes };
    node.injected.set(`${route.family} ${route.prefix}`, marked);
    this.#inject(node, marked);
  }

  withdraw(node: WorldNode, family: Family, prefix: string): boolean {
    if (!node.injected.delete(`${family} ${prefix}`)) return false;
    node.life?.speaker.withdrawInjected(family, prefix, 0);
    return true;
  }

  injectRule(node: WorldNode, rule: FlowSpecRule, actions: readonly FlowSpecAction[]): void {
    const marked = { rule, actions, attributes: { origin: 0, asPath: [], largeCommunities: [this.#mark(node)] } };
    node.rules.set(formatFlowSpec(rule), marked);
    const done = node.life?.speaker.injectRule(marked);
    if (done?.ok === false) throw new Error(`n${node.plan.id} refuses ${formatFlowSpec(rule)}: ${done.error.message}`);
  }

  withdrawRule(node: WorldNode, text: string): void {
    const known = node.rules.get(text);
    if (known === undefined) return;
    node.rules.delete(text);
    node.life?.speaker.withdrawInjectedRule(known.rule);
  }

  /** Who made a route and when: one that outlives its maker is known by it wherever it turns up. */
  #mark(node: WorldNode) {
    return { globalAdministrator: node.plan.id, localData1: ++this.#serial, localData2: 0 };
  }

  #inject(node: WorldNode, route: InjectedRoute): void {
    const done = node.life?.speaker.inject(route);
    if (done?.ok === false) throw new Error(`n${node.plan.id} refuses ${route.prefix}: ${done.error.message}`);
  }

  /** Of the session's own side, if both the node and the neighbor exist. */
  status(side: Side): PeerStatus | undefined {
    return side.self.life?.speaker.peer(side.name);
  }

  session(side: Side): SessionRecord | undefined {
    return side.self.life?.sessions.get(side.name);
  }

  reverse(side: Side): Side {
    return this.sides[side.link.id * 2 + (1 - side.at)]!; // two for each link, in order
  }

  sidesOf(link: LinkPlan): readonly [Side, Side] {
    return [this.sides[link.id * 2]!, this.sides[link.id * 2 + 1]!];
  }

  addressesOf(link: LinkPlan): readonly [string, string] {
    // Each end names the other by its address.
    return [link.ends[1].peer.name, link.ends[0].peer.name];
  }

  isBlocked(link: LinkPlan): boolean {
    return this.#silentSince.has(link.id * 2) || this.#silentSince.has(link.id * 2 + 1);
  }

  /** How long nothing can have come from this side, in milliseconds; undefined: something can. */
  silenceOf(side: Side): number | undefined {
    const blockedAt = this.#silentSince.get(side.link.id * 2 + side.at);
    const downAt = side.self.life === undefined ? side.self.downAtMs : undefined;
    if (blockedAt === undefined && downAt === undefined) return undefined;
    return this.nowMs - Math.min(blockedAt ?? this.nowMs, downAt ?? this.nowMs);
  }

  /** `from` absent: in both directions. */
  block(link: LinkPlan, from?: 0 | 1): void {
    const [a, b] = this.addressesOf(link);
    if (from !== 1) this.network.blockOneWay(a, b);
    if (from !== 0) this.network.blockOneWay(b, a);
    for (const at of [0, 1]) {
      const way = link.id * 2 + at;
      if (from === undefined || from === at) this.#silentSince.set(way, this.#silentSince.get(way) ?? this.nowMs);
    }
    this.explanations.trouble(link.id, Number.POSITIVE_INFINITY);
  }

  unblock(link: LinkPlan, explainedMs: number): void {
    this.network.unblock(...this.addressesOf(link));
    for (const at of [0, 1]) this.#silentSince.delete(link.id * 2 + at);
    this.explanations.troubleEnds(link.id, explainedMs);
  }

  /** `shape` absent: as fast as the others again. */
  reshape(link: LinkPlan, shape?: Partial<LinkShape>): void {
    this.network.reshape(...this.addressesOf(link), shape);
    if (shape === undefined) this.slow.delete(link.id);
    else this.slow.add(link.id);
  }

  #side(link: LinkPlan, at: 0 | 1): Side {
    const [self, other] = [link.ends[at], link.ends[at === 0 ? 1 : 0]];
    return {
      link,
      at,
      self: this.nodes[self.node]!,
      other: this.nodes[other.node]!,
      name: self.peer.name,
      isDynamic: self.isDynamic,
      nameThere: other.peer.name,
    };
  }

  #observe(node: WorldNode, sessions: Map<string, SessionRecord>, event: SpeakerEvent): void {
    if (!('peer' in event)) return;
    const { peer } = event;
    const record = sessions.get(peer);
    if (event.type === 'session-up') {
      sessions.set(peer, {
        upAtMs: this.nowMs,
        downAtMs: undefined,
        hardReset: false,
        endedForGood: false,
        endOfRibSent: new Set(),
        endOfRibReceived: new Set(),
      });
    } else if (event.type === 'session-down' && record !== undefined) {
      record.downAtMs = this.nowMs;
      record.endedForGood = event.reason === 'admin' || record.hardReset;
    } else if (event.type === 'notification' && event.code === CEASE && event.subcode === HARD_RESET) {
      if (record !== undefined) record.hardReset = true;
    } else if (event.type === 'end-of-rib') {
      (event.direction === 'sent' ? record?.endOfRibSent : record?.endOfRibReceived)?.add(event.family);
    }
    const link = this.sides.find((side) => side.self === node && side.name === peer)?.link;
    const isUp = record !== undefined && (record.downAtMs ?? this.nowMs) === this.nowMs;
    const surprise = link === undefined ? undefined : this.explanations.judge(link.id, event, isUp);
    if (surprise !== undefined) this.surprises.push(`n${node.plan.id} about ${peer}: ${surprise}`);
  }
}
