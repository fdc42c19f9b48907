import {
  type Bgp4mpSession,
  encodeBgp4mpMessage,
  encodeStateChange,
  formatMrtEncodeError,
  type MrtEncodeError,
  updateFamilies,
} from '@bgp/mrt';
import type { TapMessage, TapSession } from '@bgp/speaker';
import { AS_TRANS, decodeMessage, err, type Family, INITIAL_CONTEXT, type Result } from '@bgp/wire';

type Written = Result<Uint8Array, string>;

/** RFC 6396 §4.4.1. */
const STATE = { IDLE: 1, OPEN_CONFIRM: 5, ESTABLISHED: 6 } as const;

/** One session as records name it. */
export class SessionRecords {
  readonly #session: TapSession;
  readonly #about: Omit<Bgp4mpSession, 'timestamp'>;
  /** Families whose routes come with path identifiers. */
  readonly #withPathIds: ReadonlySet<Family>;

  constructor(session: TapSession) {
    this.#session = session;
    const { remoteAs, remote, local, sentOpen, codec } = session;
    this.#about = {
      peerAs: remoteAs,
      localAs: localAsOf(sentOpen),
      peerAddress: withoutZone(remote.address),
      localAddress: withoutZone(local.address),
    };
    this.#withPathIds = new Set([...codec.addPath].flatMap(([family, { receive }]) => (receive ? [family] : [])));
  }

  /** RFC 6396 §4.4.5; only what leads to Established and away from it. */
  stateChange(isUp: boolean, atMs: number): Written {
    const oldState = isUp ? STATE.OPEN_CONFIRM : STATE.ESTABLISHED;
    const newState = isUp ? STATE.ESTABLISHED : STATE.IDLE;
    return written(encodeStateChange({ ...this.#about, ...timeOf(atMs), oldState, newState }));
  }

  /** RFC 6396 §4.4.3, §4.4.2; RFC 8050 §3. */
  update({ octets, atMs }: Pick<TapMessage, 'octets' | 'atMs'>): Written {
    const { fourOctetAs } = this.#session;
    const { peerAs, localAs } = this.#about;
    const ases = fourOctetAs ? {} : { peerAs: inTwoOctets(peerAs), localAs: inTwoOctets(localAs) };
    const about = { ...this.#about, ...ases, ...timeOf(atMs) };
    return written(encodeBgp4mpMessage({ ...about, message: octets, fourOctetAs, addPath: this.#hasPathIds(octets) }));
  }

  /** A subtype is of the whole message. Nobody is known to mix routes with and without path identifiers in one. */
  #hasPathIds(update: Uint8Array): boolean {
    if (this.#withPathIds.size === 0) return false;
    for (const family of updateFamilies(update)) if (this.#withPathIds.has(family)) return true;
    return false;
  }
}

/** What our OPEN said: another AS than that of the configuration on some sessions. */
function localAsOf(sentOpen: Uint8Array): number {
  const open = decodeMessage(sentOpen, INITIAL_CONTEXT);
  if (!open.ok || open.value.type !== 'OPEN') return 0; // it is our own message
  for (const capability of open.value.capabilities) if (capability.type === 'four-octet-as') return capability.as;
  return open.value.myAs;
}

function inTwoOctets(as: number): number {
  return as > 0xffff ? AS_TRANS : as;
}

/** MRT has no room for the link that a link-local address is on; `interfaceIndex` is one of a router that is long gone when a file is read. */
function withoutZone(address: string): string {
  return address.split('%', 1)[0] ?? address;
}

function timeOf(atMs: number): { readonly timestamp: number; readonly microseconds: number } {
  const milliseconds = Math.floor(atMs);
  return { timestamp: Math.floor(milliseconds / 1000), microseconds: (milliseconds % 1000) * 1000 };
}

function written(encoded: Result<Uint8Array, MrtEncodeError>): Written {
  return encoded.ok ? encoded : err(formatMrtEncodeError(encoded.error));
}
