import type { OriginValidity, PathValidity } from '@bgp/rib';
import type { Asn, AsPath, Family, IpPrefix } from '@bgp/wire';
import type { SpeakerEvent } from './events.ts';
import type { LocalRole } from './local-role.ts';

/** Everything the speaker needs from the world. Declared here, implemented by adapters and by the simulator. */
export interface Ports {
  readonly clock: ClockPort;
  readonly tcp: TcpPort;
  /** For neighbors that are configured by interface alone; without it they stay down and say so. */
  readonly discovery?: DiscoveryPort;
  /** Octets of a session's randomness are never needed; jitter comes from here so that runs repeat. 0 ≤ x < 1. */
  readonly random: () => number;
  /** The only way out for logs, metrics and streams. Must not throw. */
  readonly observe: (event: SpeakerEvent) => void;
  /** How much is done between two turns of sockets and timers; absent: what takes a machine a few milliseconds. */
  readonly slice?: SliceSize;
  /** What RPKI knows; absent: nothing, ever. Tell `Speaker.validationChanged` when it knows something else. */
  readonly validation?: ValidationPort;
}

/** One slice of work: so many rounds over so many routes each, if time allows. */
export interface SliceSize {
  readonly routesPerRound: number;
  readonly rounds: number;
}

/** The data of RPKI as it is now. */
export interface ValidationPort {
  /** False: every origin is `not-found`, and nothing is asked. */
  readonly hasVrps: boolean;
  /** False: every path is `unknown`, and nothing is asked. */
  readonly hasAspas: boolean;
  /** RFC 6811 §2. The prefix in words, as in `RouteCursor`; `originAs` -1: none. */
  originState(
    family: Family,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    originAs: number,
  ): OriginValidity;
  /** Draft-ietf-sidrops-aspa-verification §5, for a path received from an external neighbor; `role` is ours on the session. */
  aspaState(asPath: AsPath, role: LocalRole, neighborAs: Asn): PathValidity;
}

/** What another state of the data may judge otherwise. */
export interface ValidationChange {
  /** Blocks whose routes may have another origin validity, down to a length. */
  readonly prefixes: readonly { readonly prefix: IpPrefix; readonly maxLength: number }[] | 'all';
  /** ASes with other providers. */
  readonly customers: readonly Asn[] | 'all';
}

export interface ClockPort {
  /** Monotonic milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Unix time in milliseconds, for people. */
  wallMs(): number;
  /** Runs once after the delay; the returned function cancels. Delays up to 2^31 s must work. */
  after(delayMs: number, run: () => void): () => void;
  /** Runs `slice` when sockets and timers have had their turn. */
  soon(slice: () => void): void;
}

export interface SocketAddress {
  /** Canonical text, without zone. */
  readonly address: string;
  readonly port: number;
  /** Of a link-local address (fe80::/10), always: it means nothing without its interface (RFC 4007 §6). */
  readonly interface?: string;
}

export interface TcpTarget {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Interface name for link-local peers. */
  readonly interface?: string;
  readonly security: TcpSecurity;
}

/** What a neighbor's connections must have, in both directions. */
export interface TcpSecurity {
  /** IP TTL or hop limit of what we send; absent: the system's default. */
  readonly ttl?: number;
  /** RFC 5082: refuse what arrives with a smaller TTL. */
  readonly minTtl?: number;
  /** RFC 2385 key. */
  readonly md5Password?: string;
  /** RFC 5925; never together with the one above. */
  readonly tcpAo?: TcpAoKey;
}

/** RFC 5925 §3.1: one master key tuple. */
export interface TcpAoKey {
  /** 1 to 80 octets of UTF-8. */
  readonly key: string;
  readonly sendId: number;
  readonly recvId: number;
  readonly algorithm: 'hmac(sha1)' | 'hmac(sha256)' | 'cmac(aes128)';
}

export interface TcpHandlers {
  onOpen(local: SocketAddress, remote: SocketAddress): void;
  /** The chunk belongs to the receiver until it returns; views into it must not be kept. */
  onData(chunk: Uint8Array): void;
  /** The queue fell below the low-water mark after `write` had said false. */
  onDrain(): void;
  /** Exactly once, also for a connection that never opened. */
  onClose(reason: TcpCloseReason): void;
}

export interface TcpCloseReason {
  readonly code:
    | 'refused'
    | 'unreachable'
    | 'timeout'
    | 'reset'
    | 'closed-by-peer'
    | 'closed-by-us'
    | 'option-refused'
    | 'other';
  /** One sentence for people, e.g. the system's error text. */
  readonly detail: string;
}

export interface TcpHandle {
  /** Queues the octets, which must not change afterwards. False: the queue is above the high-water mark, wait for onDrain. */
  write(octets: Uint8Array): boolean;
  /** Octets accepted by `write` that the kernel has not taken yet. */
  queuedOctets(): number;
  /** Stops and restarts onData. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then FIN; closes hard after a few seconds if the peer does not read. */
  end(): void;
  /** Drops the connection now. */
  destroy(): void;
}

export interface TcpPort {
  connect(to: TcpTarget, on: TcpHandlers): TcpHandle;
  /**
   * Says who may come in. `decide` runs once per accepted connection; `undefined` closes it. The handlers' `onOpen` has
   * been implied by then; `adopt` gets the handle.
   */
  accept(decide: (local: SocketAddress, remote: SocketAddress) => AcceptedConnection | undefined): void;
  /**
   * Tells the listener which security a neighbor's inbound connections need; `undefined` forgets it. `link`: interface of a link-local
   * neighbor.
   */
  secure(address: string, security: TcpSecurity | undefined, link?: string): void;
}

export interface AcceptedConnection {
  readonly handlers: TcpHandlers;
  adopt(handle: TcpHandle): void;
}

/** Who is at the other end of a link. */
export interface DiscoveryPort {
  /** Looks until the returned function ends it. No handler runs before `watch` has returned. */
  watch(link: string, on: DiscoveryHandlers): () => void;
}

export interface DiscoveryHandlers {
  /** A router, at this link-local address (canonical text, without zone): the first one, or another than before. */
  found(address: string): void;
  /** The link is down or gone, and with it who was there. */
  lost(detail: string): void;
  /** One sentence: why nobody can be found, or who it is is in doubt. It goes on looking. */
  trouble(detail: string): void;
}
