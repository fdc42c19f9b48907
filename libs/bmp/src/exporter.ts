import { ok, type Result } from '@bgp/wire';
import type { CollectorQueue } from './collector-queue.ts';
import { encodeBmp } from './encode.ts';
import { concat, readU16, u16Octets } from './octets.ts';
import { readPerPeerHeader, type TableKind, tableOf, writePerPeerHeader } from './per-peer-header.ts';
import {
  type BmpEncodeError,
  type BmpMessage,
  INFORMATION_TLV,
  MIRRORING_TLV,
  PEER_DOWN_REASON,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  type Tlv,
} from './types.ts';

type PeerUp = Extract<BmpMessage, { type: 'peer-up' }>;
type PeerDown = Extract<BmpMessage, { type: 'peer-down' }>;

/** What one collector is to hear of. Peer Ups, Peer Downs and statistics come with the tables of the peer. */
export interface CollectorWants {
  readonly tables: ReadonlySet<TableKind>;
  /** RFC 7854 §4.7; `errors`: messages whose routes were taken as withdrawn. */
  readonly mirroring: 'none' | 'errors' | 'all';
}

/** All tables that RFC 7854, RFC 8671 and RFC 9069 know. */
export const ALL_TABLES: ReadonlySet<TableKind> = new Set<TableKind>([
  'adj-rib-in-pre',
  'adj-rib-in-post',
  'adj-rib-out-pre',
  'adj-rib-out-post',
  'loc-rib',
]);
const TABLES_ONLY: CollectorWants = { tables: ALL_TABLES, mirroring: 'none' };

/** RFC 7854 §4.7: codes of the Information TLV. */
export const MIRRORING_CODE = { ERRORED_PDU: 0, MESSAGES_LOST: 1 } as const;

interface UpPeer {
  /** Names the per-peer header; see `peerKey`. */
  readonly header: string;
  /** Of the Peer Up. */
  readonly octets: Uint8Array;
  /** VRF/Table Name TLVs, which its Peer Down must repeat (RFC 9069 §5.3). */
  readonly names: Uint8Array;
}

/**
 * The stream of every collector: Initiation, Peer Up of each peer that is up, then what happens.
 *
 * Peers are told apart by type, distinguisher and address (RFC 7854 §4.2). The exporter remembers the Peer Up of each peer that is up,
 * so that a collector which comes late, or has lost its place, is told of all of them; tables are for the caller to send again, with
 * `offerTo`, to the collectors that `attach` and `resynchronize` were called for. A collector hears of the tables that it wants, and of the
 * peers that have such tables. What an UPDATE says is not looked at.
 * @source RFC 7854 §3.3, §4.3, §4.9, §4.10
 */
export class Exporter {
  readonly #initiation: readonly Tlv[];
  readonly #collectors = new Map<CollectorQueue, CollectorWants>();
  readonly #up = new Map<string, UpPeer>();

  /** @param initiation TLVs of the Initiation: sysDescr and sysName are mandatory (RFC 7854 §4.3). */
  constructor(initiation: readonly Tlv[]) {
    this.#initiation = initiation;
  }

  /** A collector's connection stands: its queue begins again with Initiation and Peer Ups. Tables are due next. */
  attach(queue: CollectorQueue, wants: CollectorWants = TABLES_ONLY): Result<undefined, BmpEncodeError> {
    const octets = this.#initiationOctets();
    if (!octets.ok) return octets;
    queue.open();
    this.#collectors.set(queue, wants);
    queue.offer({ octets: octets.value, isReplay: true });
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
    const names = new Map([...this.#up.values()].map((up) => [up.header, up.names]));
    const initiation = this.#initiationOctets();
    if (!initiation.ok) return initiation;
    const believed = queue.resynchronize();
    // The backlog that was dropped began with it.
    if (!queue.hasBegun) queue.offer({ octets: initiation.value, isReplay: true });
    for (const peer of believed) {
      const octets = encodeBmp(downAgain(headerOf(peer, seconds, microseconds), names.get(peer)));
      if (!octets.ok) return octets;
      queue.offer({ octets: octets.value, change: { peer, isUp: false }, isReplay: true });
    }
    this.#offerPeersUp(queue);
    if (this.#collectors.get(queue)?.mirroring !== 'all') return ok(undefined);
    // RFC 7854 §4.7: who counts on every message is told that some are missing.
    for (const { header } of this.#up.values()) {
      const peer = headerOf(header, seconds, microseconds);
      if (peer.peerType === PEER_TYPE.LOC_RIB) continue;
      const lost = { type: MIRRORING_TLV.INFORMATION, value: u16Octets(MIRRORING_CODE.MESSAGES_LOST) };
      const octets = encodeBmp({ type: 'route-mirroring', peer, information: [lost] });
      if (!octets.ok) return octets;
      queue.offer({ octets: octets.value, isReplay: true });
    }
    return ok(undefined);
  }

  /** To every collector that wants it. Octets are written once and shared. */
  observe(message: BmpMessage): Result<undefined, BmpEncodeError> {
    const isPeerChange = message.type === 'peer-up' || message.type === 'peer-down';
    if (this.#collectors.size === 0 && !isPeerChange) return ok(undefined);
    const encoded = encodeBmp(message);
    if (!encoded.ok) return encoded;
    const octets = encoded.value;
    let change: { readonly peer: string; readonly isUp: boolean } | undefined;
    if (message.type === 'peer-up') {
      const peer = peerKey(message.peer);
      const names = namesOf(message.information);
      this.#up.set(identityOf(message.peer), { header: peer, octets, names });
      change = { peer, isUp: true };
    } else if (message.type === 'peer-down') {
      // AS and BGP Identifier may be told otherwise than at Peer Up; it is the same peer.
      const identity = identityOf(message.peer);
      const peer = this.#up.get(identity)?.header ?? peerKey(message.peer);
      this.#up.delete(identity);
      change = { peer, isUp: false };
    }
    for (const [queue, wants] of this.#collectors) {
      if (isFor(wants, message)) queue.offer({ octets, ...(change === undefined ? {} : { change }) });
    }
    return ok(undefined);
  }

  /** To one collector: the rows of a table that only it is missing. False: the queue did not take it; see its state. */
  offerTo(queue: CollectorQueue, message: Exclude<BmpMessage, PeerUp | PeerDown>): Result<boolean, BmpEncodeError> {
    const octets = encodeBmp(message);
    return octets.ok ? ok(queue.offer({ octets: octets.value, isReplay: true })) : octets;
  }

  #initiationOctets(): Result<Uint8Array, BmpEncodeError> {
    return encodeBmp({ type: 'initiation', information: this.#initiation });
  }

  #offerPeersUp(queue: CollectorQueue): void {
    const wants = this.#collectors.get(queue) ?? TABLES_ONLY;
    for (const { header: peer, octets } of this.#up.values()) {
      if (hearsOf(wants, headerOf(peer, 0, 0).peerType))
        queue.offer({ octets, change: { peer, isUp: true }, isReplay: true });
    }
  }
}

function isFor(wants: CollectorWants, message: BmpMessage): boolean {
  if (message.type === 'route-monitoring') return wants.tables.has(tableOf(message.peer));
  if (message.type === 'route-mirroring')
    return wants.mirroring === 'all' || (wants.mirroring === 'errors' && isErrored(message.information));
  return !('peer' in message) || hearsOf(wants, message.peer.peerType);
}

function isErrored(information: readonly Tlv[]): boolean {
  return information.some(
    ({ type, value }) =>
      type === MIRRORING_TLV.INFORMATION && value.length === 2 && readU16(value, 0) === MIRRORING_CODE.ERRORED_PDU,
  );
}

/** RFC 9069 §4.1: the Loc-RIB is a peer of its own, and it has one table; everything else belongs to the other peers. */
function hearsOf({ tables, mirroring }: CollectorWants, peerType: number): boolean {
  if (peerType === PEER_TYPE.LOC_RIB) return tables.has('loc-rib');
  return tables.size > (tables.has('loc-rib') ? 1 : 0) || mirroring !== 'none';
}

/** For a collector that lost its place, though nothing happened to the peer. */
function downAgain(peer: PerPeerHeader, names: Uint8Array | undefined): PeerDown {
  // RFC 9069 §5.3: a Loc-RIB goes down with reason 6 and its name.
  if (peer.peerType === PEER_TYPE.LOC_RIB)
    return { type: 'peer-down', peer, reason: PEER_DOWN_REASON.LOCAL_TLV, data: names ?? new Uint8Array(0) };
  // RFC 7854 §4.9: reason 2 with event 0, "no relevant Event code": the session itself did not end.
  return { type: 'peer-down', peer, reason: PEER_DOWN_REASON.LOCAL_NO_NOTIFICATION, data: u16Octets(0) };
}

function namesOf(information: readonly Tlv[]): Uint8Array {
  const names = information.filter(({ type }) => type === INFORMATION_TLV.VRF_NAME);
  return concat(names.flatMap(({ type, value }) => [u16Octets(type), u16Octets(value.length), value]));
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
