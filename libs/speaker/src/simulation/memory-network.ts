import type { SpeakerEvent } from '../events.ts';
import type {
  DiscoveryHandlers,
  Ports,
  SliceSize,
  SocketAddress,
  TcpHandle,
  TcpHandlers,
  TcpPort,
  TcpSecurity,
  TcpTarget,
} from '../ports.ts';
import { type LinkShape, MemoryEndpoint } from './memory-connection.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface MemoryNetworkOptions extends Partial<LinkShape> {
  readonly seed?: number;
  /** Mean life of a connection before it is reset; absent: connections last. */
  readonly meanCutMs?: number;
  readonly startWallMs?: number;
  /** Absent: yes. Without it, a long run holds no more than what is in flight. */
  readonly keepTranscript?: boolean;
}

export interface MemoryHost {
  readonly addresses: readonly string[];
  readonly ports: Ports;
  /** Everything observed, in order. */
  readonly events: readonly SpeakerEvent[];
}

/** One end of a link; its address is known on that link only, so that every link may have a fe80::1. */
export interface HostInterface {
  readonly name: string;
  readonly linkLocal: string;
  /** Interfaces with the same link are connected. */
  readonly link: string;
}

export interface HostOptions {
  /** Canonical; the first of a family is the source of connections to that family. */
  readonly addresses: readonly string[];
  /** For link-local sessions. */
  readonly interfaces?: readonly HostInterface[];
  /** 179 unless told. */
  readonly listenPort?: number;
  /** A machine that takes `ms` for every slice of this size; absent: everything is done in no time. */
  readonly pace?: SliceSize & { readonly ms: number };
  /** Called as well as recorded. */
  readonly observe?: (event: SpeakerEvent) => void;
}

/** Octets that one end delivered to the other at one moment. */
export interface TranscriptEntry {
  readonly atMs: number;
  /** `address:port`. */
  readonly from: string;
  readonly to: string;
  readonly octets: Uint8Array;
}

const DEFAULT_SHAPE: LinkShape = {
  minLatencyMs: 1,
  maxLatencyMs: 1,
  minChunkOctets: 65_536,
  maxChunkOctets: 65_536,
  highWaterOctets: 262_144,
};
const CONNECT_TIMEOUT_MS = 75_000;
const DEFAULT_TTL = 64;

/** A network in memory under virtual time. Equal options and equal use give equal runs, octet for octet. */
export function createMemoryNetwork(options: MemoryNetworkOptions = {}): MemoryNetwork {
  return new MemoryNetwork(options);
}

export class MemoryNetwork {
  readonly clock: VirtualClock;
  /** What was delivered, in order, since the start. */
  readonly transcript: TranscriptEntry[] = [];
  readonly #random: SeededRandom;
  readonly #shape: LinkShape;
  readonly #meanCutMs: number | undefined;
  readonly #hosts: Host[] = [];
  readonly #connections = new Set<MemoryEndpoint>();
  /** `from to`. */
  readonly #blocked = new Set<string>();
  /** Addresses of machines without power. */
  readonly #down = new Set<string>();
  /** By pair of addresses, where it is not the network's own. */
  readonly #shapes = new Map<string, LinkShape>();
  /** By name. */
  readonly #downLinks = new Set<string>();
  readonly #watches = new Set<Watch>();
  readonly #keepsTranscript: boolean;
  #nextPort = 49_152;

  constructor(options: MemoryNetworkOptions) {
    const { seed = 1, meanCutMs, startWallMs, keepTranscript = true, ...shape } = options;
    this.clock = new VirtualClock(startWallMs);
    this.#random = new SeededRandom(seed);
    this.#shape = { ...DEFAULT_SHAPE, ...shape };
    this.#meanCutMs = meanCutMs;
    this.#keepsTranscript = keepTranscript;
  }

  /** A machine on the network; `ports` are what a Speaker is made with. */
  addHost(options: HostOptions): MemoryHost {
    const host = new Host(this, options, this.#random.fork());
    this.#hosts.push(host);
    for (const address of options.addresses) this.#down.delete(address);
    for (const end of this.#connections) if (options.addresses.includes(end.remote.address)) end.transfer();
    return host;
  }

  runFor(durationMs: number): void {
    this.clock.runFor(durationMs);
  }

  /** True if `done` came to hold within `limitMs`. */
  runUntil(done: () => boolean, limitMs?: number): boolean {
    return this.clock.runUntil(done, limitMs);
  }

  /** Resets every open connection between two addresses. The number of connections cut. */
  cut(a: string, b: string): number {
    const ends = this.#endsBetween(a, b);
    for (const end of ends) end.close({ code: 'reset', detail: 'connection reset by peer' });
    return ends.length / 2;
  }

  /** From now on nothing passes between two addresses, and nobody is told: what is sent waits, connects time out. */
  block(a: string, b: string): void {
    this.blockOneWay(a, b);
    this.blockOneWay(b, a);
  }

  unblock(a: string, b: string): void {
    this.#blocked.delete(`${a} ${b}`);
    this.#blocked.delete(`${b} ${a}`);
    for (const end of this.#endsBetween(a, b)) end.transfer();
  }

  /**
   * Half a link: nothing passes from one address to the other, while the way back works. TCP goes on sending what was lost, so it
   * arrives after `unblock`; until then no connection between the two can be made from either side.
   */
  blockOneWay(from: string, to: string): void {
    this.#blocked.add(`${from} ${to}`);
  }

  /** How octets travel between two addresses from now on; what is left out, or everything, as in the rest of the network. */
  reshape(a: string, b: string, shape: Partial<LinkShape> = {}): void {
    this.#shapes.set(pairKey(a, b), { ...this.#shape, ...shape });
    for (const end of this.#endsBetween(a, b)) end.shape = this.#shapeBetween(a, b);
  }

  /**
   * The end of a program on a host: its timers never run again and nobody listens. `process`: the system resets its connections;
   * `power`: nobody is told, and whoever sends learns it when the address is up again. `addHost` puts another in its place.
   */
  crash(host: MemoryHost, what: 'process' | 'power'): void {
    const at = this.#hosts.findIndex((known) => known === host);
    const gone = this.#hosts[at];
    if (gone === undefined) throw new Error(`there is no host ${host.addresses.join(' ')}`);
    this.#hosts.splice(at, 1);
    gone.isAlive = false;
    if (what === 'power') for (const address of gone.addresses) this.#down.add(address);
    for (const end of this.#connections) {
      if (end.isClosed || !gone.addresses.includes(end.local.address)) continue;
      end.handlers = undefined;
      if (what === 'process') end.destroy();
      else end.vanish();
    }
  }

  /** A link without a carrier: what is sent on it waits, connections to be made fail, and who looks there is told. */
  linkDown(link: string): void {
    this.#downLinks.add(link);
    for (const { on, interface: own } of [...this.#watches]) if (own.link === link) on.lost(`${own.name} is down`);
  }

  linkUp(link: string): void {
    this.#downLinks.delete(link);
    for (const end of this.#connections) end.transfer();
    for (const watch of this.#watches) if (watch.interface.link === link) this.#advertise(watch);
  }

  /** Used by hosts. Those who look are those who are found, as with routers that advertise themselves. */
  watch(host: Host, name: string, on: DiscoveryHandlers): () => void {
    const own = host.interfaces.find((one) => one.name === name);
    if (own === undefined) return this.clock.after(0, () => on.trouble(`there is no interface ${name}`));
    const watch = { host, interface: own, on };
    this.#watches.add(watch);
    this.#advertise(watch);
    return () => this.#watches.delete(watch);
  }

  #advertise(watch: Watch): void {
    const { link } = watch.interface;
    this.clock.after(1, () => {
      for (const other of [...this.#watches]) {
        if (other === watch || other.interface.link !== link) continue;
        if (this.#downLinks.has(link) || !this.#watches.has(watch)) return;
        if (!watch.host.isAlive || !other.host.isAlive) continue;
        watch.on.found(other.interface.linkLocal);
        other.on.found(watch.interface.linkLocal);
      }
    });
  }

  /** Used by hosts. */
  connect(from: Host, to: TcpTarget, on: TcpHandlers): TcpHandle {
    const isIpv6 = to.address.includes(':');
    const own = from.interfaces.find(({ name }) => name === to.interface);
    const source =
      to.interface === undefined
        ? (to.localAddress ?? from.addresses.find((address) => address.includes(':') === isIpv6))
        : own?.linkLocal;
    const scope = to.interface === undefined ? {} : { interface: to.interface };
    const local = { address: source ?? '', port: to.localPort ?? this.#nextPort++, ...scope };
    const remote = { address: to.address, port: to.port, ...scope };
    const near = this.#endpoint(local, remote, own?.link);
    near.handlers = on;
    const { minLatencyMs, maxLatencyMs } = near.shape;
    this.clock.after(this.#random.between(minLatencyMs, maxLatencyMs), () => this.#arrive(near, to, own?.link));
    return near;
  }

  #arrive(near: MemoryEndpoint, to: TcpTarget, link: string | undefined): void {
    if (near.isClosed) return;
    const { local, remote } = near;
    const at = (one: HostInterface) => one.link === link && one.linkLocal === remote.address;
    const target = this.#hosts.find((host) =>
      remote.interface === undefined ? host.addresses.includes(remote.address) : host.interfaces.some(at),
    );
    const scope = remote.interface === undefined ? undefined : target?.interfaces.find(at)?.name;
    const isCut = link !== undefined && this.#downLinks.has(link);
    if ((target === undefined && !this.#down.has(remote.address)) || local.address === '' || isCut) {
      near.close({ code: 'unreachable', detail: `no route to ${remote.address}` });
    } else if (
      target === undefined ||
      this.#blocked.has(`${local.address} ${remote.address}`) ||
      this.#blocked.has(`${remote.address} ${local.address}`) ||
      !target.admits(local.address, scope, to.security)
    ) {
      // A segment that is lost, or that TCP's own checks refuse, gets no answer.
      const timeout = { code: 'timeout', detail: `connect to ${remote.address} timed out` } as const;
      this.clock.after(CONNECT_TIMEOUT_MS, () => near.close(timeout));
    } else if (!target.listensOn(remote.port)) {
      near.close({ code: 'refused', detail: `connection to ${remote.address}:${remote.port} refused` });
    } else {
      this.#establish(near, target, scope, link);
    }
  }

  /** `scope`: what the target calls the link. */
  #establish(near: MemoryEndpoint, target: Host, scope: string | undefined, link: string | undefined): void {
    const asSeen = ({ address, port }: SocketAddress) =>
      scope === undefined ? { address, port } : { address, port, interface: scope };
    const far = this.#endpoint(asSeen(near.remote), asSeen(near.local), link);
    near.peer = far;
    far.peer = near;
    this.#scheduleCut(near, far);
    near.handlers?.onOpen(near.local, near.remote);
    const accepted = target.decide(far.local, far.remote);
    if (accepted === undefined) {
      far.destroy();
      return;
    }
    far.handlers = accepted.handlers;
    accepted.adopt(far);
    near.transfer(); // what was written during onOpen
  }

  #scheduleCut(near: MemoryEndpoint, far: MemoryEndpoint): void {
    if (this.#meanCutMs === undefined) return;
    // Exponential: the past of a connection says nothing about its future.
    const lifeMs = Math.ceil(-Math.log(1 - this.#random.next()) * this.#meanCutMs);
    this.clock.after(lifeMs, () => {
      for (const end of [near, far]) end.close({ code: 'reset', detail: 'connection reset by peer' });
    });
  }

  #endpoint(local: SocketAddress, remote: SocketAddress, link: string | undefined): MemoryEndpoint {
    const shape = this.#shapeBetween(local.address, remote.address);
    const way = `${local.address} ${remote.address}`;
    const isBlocked = () =>
      this.#blocked.has(way) ||
      this.#down.has(local.address) ||
      this.#down.has(remote.address) ||
      (link !== undefined && this.#downLinks.has(link));
    const endpoint = new MemoryEndpoint(this.clock, this.#random.fork(), shape, isBlocked, local, remote);
    const [from, to] = [textOf(local), textOf(remote)];
    if (this.#keepsTranscript)
      endpoint.onDeliver = (chunk) => {
        this.transcript.push({ atMs: this.clock.nowMs(), from, to, octets: chunk.slice() });
      };
    for (const other of this.#connections) {
      // One that is closed and whose other end does not know yet is still there for it.
      if (other.isClosed && (other.peer?.isClosed ?? true)) this.#connections.delete(other);
    }
    this.#connections.add(endpoint);
    return endpoint;
  }

  #shapeBetween(a: string, b: string): LinkShape {
    return this.#shapes.get(pairKey(a, b)) ?? this.#shape;
  }

  #endsBetween(a: string, b: string): MemoryEndpoint[] {
    const key = pairKey(a, b);
    return [...this.#connections].filter(
      (end) => !end.isClosed && end.peer !== undefined && pairKey(end.local.address, end.remote.address) === key,
    );
  }
}

/** A host that looks for its neighbor on one of its interfaces. */
interface Watch {
  readonly host: Host;
  readonly interface: HostInterface;
  readonly on: DiscoveryHandlers;
}

class Host implements MemoryHost, TcpPort {
  readonly addresses: readonly string[];
  readonly interfaces: readonly HostInterface[];
  readonly ports: Ports;
  readonly events: SpeakerEvent[] = [];
  isAlive = true;
  readonly #network: MemoryNetwork;
  readonly #listenPort: number;
  readonly #security = new Map<string, TcpSecurity>();
  #decide: Parameters<TcpPort['accept']>[0] | undefined;

  constructor(network: MemoryNetwork, options: HostOptions, random: SeededRandom) {
    this.#network = network;
    this.addresses = options.addresses;
    this.interfaces = options.interfaces ?? [];
    this.#listenPort = options.listenPort ?? 179;
    this.ports = {
      clock: {
        nowMs: () => network.clock.nowMs(),
        wallMs: () => network.clock.wallMs(),
        after: (delayMs, run) => network.clock.after(delayMs, () => this.isAlive && run()),
        soon: (slice) => {
          const run = () => this.isAlive && slice();
          if (options.pace === undefined) network.clock.soon(run);
          else network.clock.after(options.pace.ms, run);
        },
      },
      ...(options.pace === undefined ? {} : { slice: options.pace }),
      tcp: this,
      discovery: { watch: (link, on) => network.watch(this, link, on) },
      random: () => random.next(),
      observe: (event) => {
        this.events.push(event);
        options.observe?.(event);
      },
    };
  }

  connect(to: TcpTarget, on: TcpHandlers): TcpHandle {
    return this.#network.connect(this, to, on);
  }

  accept(decide: Parameters<TcpPort['accept']>[0]): void {
    this.#decide = decide;
  }

  secure(address: string, security: TcpSecurity | undefined, link?: string): void {
    const key = `${address}%${link ?? ''}`;
    if (security === undefined) this.#security.delete(key);
    else this.#security.set(key, security);
  }

  listensOn(port: number): boolean {
    return this.#decide !== undefined && port === this.#listenPort;
  }

  decide(local: SocketAddress, remote: SocketAddress): ReturnType<Parameters<TcpPort['accept']>[0]> {
    return this.#decide?.(local, remote);
  }

  /** RFC 2385: both sides have the same key or none; RFC 5082 §3: what arrives has a TTL that is high enough. */
  admits(source: string, link: string | undefined, offered: TcpSecurity): boolean {
    const wanted = this.#security.get(`${source}%${link ?? ''}`);
    if (wanted?.md5Password !== offered.md5Password) return false;
    const forth = (offered.ttl ?? DEFAULT_TTL) >= (wanted?.minTtl ?? 0);
    const back = (wanted?.ttl ?? DEFAULT_TTL) >= (offered.minTtl ?? 0);
    return forth && back;
  }
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function textOf({ address, port }: SocketAddress): string {
  return `${address}:${port}`;
}
