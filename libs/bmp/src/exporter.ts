import { ok, type Result } from '@bgp/wire';
import type { CollectorQueue } from './collector-queue.ts';
import { encodeBmp } from './encode.ts';
import { u16Octets } from './octets.ts';
import { readPerPeerHeader, writePerPeerHeader } from './per-peer-header.ts';
import {
  type BmpEncodeError,
  type BmpMessage,
  PEER_DOWN_REASON,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  type Tlv,
} from './types.ts';

type PeerUp = Extract<BmpMessage, { type: 'peer-up' }>;
type PeerDown = Extract<BmpMessage, { type: 'peer-down' }>;

/**
 * The stream of every collector: Initiation, Peer Up of each peer that is up, then what happens.
 *
 * Peers are told apart by type, distinguisher and address (RFC 7854 §4.2). The exporter remembers the Peer Up of each peer that is up,
 * so that a collector which comes late, or has lost its place, is told of all of them; tables are for the caller to send again, with
 * `offerTo`, to the collectors that `attach` and `resynchronize` were called for. What an UPDATE says is not looked at.
 * @source RFC 7854 §3.3, §4.3, §4.9, §4.10
 */
export class Exporter {
  readonly #initiation: readonly Tlv[];
  readonly #collectors = new Set<CollectorQueue>();
  readonly #up = new Map<string, { readonly header: string; readonly octets: Uint8Array }>();

  /** @param initiation TLVs of the Initiation: sysDescr and sysName are mandatory (RFC 7854 §4.3). */
  constructor(initiation: readonly Tlv[]) {
    this.#initiation = initiation;
  }

  /** A collector's connection stands: its queue begins again with Initiation and Peer Ups. Tables are due next. */
  attach(queue: CollectorQueue): Result<undefined, BmpEncodeError> {
    const octets = encodeBmp({ type: 'initiation', information: this.#initiation });
    if (!octets.ok) return octets;
    queue.open();
    this.#collectors.add(queue);
    queue.offer({ octets: octets.value });
    this.#offerPeersUp(queue);
    return ok(undefined);
  }

  /** The connection is gone. */
  detach(queue: CollectorQueue): void {
    this.#collectors.delete(queue);
    queue.close();
  }

  /**
   * A collector that overflowed goes on: Peer Down for all that it believes up, then Peer Up again. Tables are due next.
   * @param seconds when, since 1970; @param microseconds the rest of it.
   */
  resynchronize(queue: CollectorQueue, seconds: number, microseconds: number): Result<undefined, BmpEncodeError> {
    for (const peer of queue.resynchronize()) {
      const header = headerOf(peer, seconds, microseconds);
      // RFC 7854 §4.9: reason 2 with event 0, "no relevant Event code": the session itself did not end.
      const down: PeerDown = {
        type: 'peer-down',
        peer: header,
        reason: PEER_DOWN_REASON.LOCAL_NO_NOTIFICATION,
        data: u16Octets(0),
      };
      const octets = encodeBmp(down);
      if (!octets.ok) return octets;
      queue.offer({ octets: octets.value, change: { peer, isUp: false } });
    }
    this.#offerPeersUp(queue);
    return ok(undefined);
  }

  /** To every collector. Octets are written once and shared. */
  observe(message: BmpMessage): Result<undefined, BmpEncodeError> {
    const encoded = encodeBmp(message);
    if (!encoded.ok) return encoded;
    const octets = encoded.value;
    if (message.type === 'peer-up') {
      const peer = peerKey(message.peer);
      this.#up.set(identityOf(message.peer), { header: peer, octets });
      for (const queue of this.#collectors) queue.offer({ octets, change: { peer, isUp: true } });
    } else if (message.type === 'peer-down') {
      // AS and BGP Identifier may be told otherwise than at Peer Up; it is the same peer.
      const identity = identityOf(message.peer);
      const peer = this.#up.get(identity)?.header ?? peerKey(message.peer);
      this.#up.delete(identity);
      for (const queue of this.#collectors) queue.offer({ octets, change: { peer, isUp: false } });
    } else for (const queue of this.#collectors) queue.offer({ octets });
    return ok(undefined);
  }

  /** To one collector: the rows of a table that only it is missing. False: the queue did not take it; see its state. */
  offerTo(queue: CollectorQueue, message: Exclude<BmpMessage, PeerUp | PeerDown>): Result<boolean, BmpEncodeError> {
    const octets = encodeBmp(message);
    return octets.ok ? ok(queue.offer({ octets: octets.value })) : octets;
  }

  #offerPeersUp(queue: CollectorQueue): void {
    for (const { header: peer, octets } of this.#up.values()) queue.offer({ octets, change: { peer, isUp: true } });
  }
}

/** RFC 7854 §4.2: what tells peers apart. */
function identityOf({ peerType, distinguisher, address }: PerPeerHeader): string {
  return [peerType, ...distinguisher, ...address].join(' ');
}

/** The header without what is about one message or one table: L and O (RFC 8671 §4) and F (RFC 9069 §4.2), and the time. */
function peerKey(peer: PerPeerHeader): string {
  const flags = peer.peerType === PEER_TYPE.LOC_RIB ? 0 : peer.flags & ~(PEER_FLAG.L | PEER_FLAG.O);
  return writePerPeerHeader({ ...peer, flags, seconds: 0, microseconds: 0 }).join(' ');
}

function headerOf(key: string, seconds: number, microseconds: number): PerPeerHeader {
  return { ...readPerPeerHeader(Uint8Array.from(key.split(' '), Number), 0), seconds, microseconds };
}
