import { decodeUtf8, err, type IpAddress, ok, type Result, type WireErrorCode } from '@bgp/wire';
import { type TableKind, tableOf, usesTwoOctetAs } from '../per-peer-header.ts';
import {
  type BmpMessage,
  INFORMATION_TLV,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  TERMINATION_TLV,
  type Tlv,
} from '../types.ts';
import { AttributeSets } from './attribute-sets.ts';
import type { MonitoredTable } from './monitored-table.ts';
import { sessionContext, updateContext } from './session-context.ts';
import { MonitoredPeer } from './station-peer.ts';
import { UpdateApplier } from './update-applier.ts';

/** What a message said that cannot be right. The stream goes on after all of them but `too-many-routes`. */
export type StationError =
  /** RFC 7854 §4.3: Initiation comes first. */
  | { readonly code: 'initiation-missing' }
  /** RFC 7854 §4.5: nothing follows Termination. */
  | { readonly code: 'terminated' }
  | { readonly code: 'peer-not-up'; readonly peer: IpAddress | 'loc-rib' }
  | { readonly code: 'open-invalid'; readonly which: 'sent' | 'received'; readonly error: string }
  /** Its routes count as withdrawn; a message that cannot be read at all is left out. */
  | { readonly code: 'update-invalid'; readonly error: WireErrorCode }
  | { readonly code: 'too-many-routes'; readonly max: number };

/** What the station has seen since it was made. */
export interface StationCounters {
  readonly messages: Readonly<Record<BmpMessage['type'], number>>;
  readonly errors: number;
}

const DEFAULT_MAX_ROUTES = 20_000_000;

/**
 * A router's tables, rebuilt from its BMP stream: one `Station` per connection.
 *
 * Peers are told apart by type, distinguisher and address. Each has up to four tables: Adj-RIB-In before and after policy (RFC 7854 §5),
 * Adj-RIB-Out before and after policy (RFC 8671 §5); the Loc-RIB is a peer of its own (RFC 9069). UPDATEs are read as the OPENs in Peer Up
 * settled it (ADD-PATH) and the A flag says (AS numbers of two octets). Peer Down withdraws everything (RFC 7854 §4.9).
 * @source RFC 7854 §3.3, §4, §5
 */
export class Station {
  readonly #maxRoutes: number;
  readonly #sets = new AttributeSets();
  readonly #applier = new UpdateApplier();
  readonly #peers = new Map<string, MonitoredPeer>();
  readonly #messages: Record<BmpMessage['type'], number> = {
    'route-monitoring': 0,
    'statistics-report': 0,
    'peer-down': 0,
    'peer-up': 0,
    initiation: 0,
    termination: 0,
    'route-mirroring': 0,
    unknown: 0,
  };
  #errors = 0;
  #routes = 0;
  /** TLVs of the Initiation; undefined before it. */
  initiation: readonly Tlv[] | undefined;
  /** TLVs of the Termination; undefined before it. */
  termination: readonly Tlv[] | undefined;

  /** `maxRoutes`: over all tables, so that no router can use up the memory. */
  constructor(options: { readonly maxRoutes?: number } = {}) {
    this.#maxRoutes = options.maxRoutes ?? DEFAULT_MAX_ROUTES;
  }

  get counters(): StationCounters {
    return { messages: { ...this.#messages }, errors: this.#errors };
  }

  /** Of all tables. */
  get routeCount(): number {
    return this.#routes;
  }

  /** Distinct attribute sets in them. */
  get attributeSetCount(): number {
    return this.#sets.size;
  }

  get sysName(): string | undefined {
    return textOf(this.initiation, INFORMATION_TLV.SYS_NAME);
  }

  get sysDescr(): string | undefined {
    return textOf(this.initiation, INFORMATION_TLV.SYS_DESCR);
  }

  /** RFC 7854 §4.5; undefined before Termination, or when it gives none. */
  get terminationReason(): number | undefined {
    const value = this.termination?.find(({ type }) => type === TERMINATION_TLV.REASON)?.value;
    return value?.length === 2 ? value[0]! * 256 + value[1]! : undefined;
  }

  /** All peers that were ever up on this connection, the Loc-RIB among them. */
  peers(): readonly MonitoredPeer[] {
    return [...this.#peers.values()];
  }

  /** Of the global instance, by address. */
  peer(address: IpAddress): MonitoredPeer | undefined {
    return this.peers().find(({ id }) => id.peerType === PEER_TYPE.GLOBAL && id.address === address);
  }

  table(address: IpAddress, kind: Exclude<TableKind, 'loc-rib'>): MonitoredTable | undefined {
    return this.peer(address)?.tables.get(kind);
  }

  /** RFC 9069: of the global instance. */
  locRib(): MonitoredTable | undefined {
    const peer = this.peers().find(
      ({ id }) => id.peerType === PEER_TYPE.LOC_RIB && id.distinguisher === GLOBAL_INSTANCE,
    );
    return peer?.tables.get('loc-rib');
  }

  /**
   * Applies one message, as `decodeBmp` gives it; what is kept is copied. Never throws.
   * @returns what was wrong with it; the rest of it counts all the same.
   */
  apply(message: BmpMessage): Result<void, StationError> {
    this.#messages[message.type]++;
    const error = this.#apply(message);
    if (error === undefined) return ok(undefined);
    this.#errors++;
    return err(error);
  }

  #apply(message: BmpMessage): StationError | undefined {
    if (this.termination !== undefined) return { code: 'terminated' };
    if (message.type === 'initiation') {
      this.initiation = copyTlvs(message.information);
      return undefined;
    }
    if (this.initiation === undefined) return { code: 'initiation-missing' };
    switch (message.type) {
      case 'termination':
        this.termination = copyTlvs(message.information);
        return undefined;
      case 'peer-up':
        return this.#peerUp(message);
      case 'peer-down':
        return this.#peerDown(message);
      case 'route-monitoring':
        return this.#update(message.peer, message.update);
      case 'statistics-report':
        return this.#withPeer(message.peer, (peer) => {
          peer.statistics = message.statistics.map((statistic) =>
            statistic.form === 'raw' ? { ...statistic, value: statistic.value.slice() } : statistic,
          );
          return undefined;
        });
      case 'route-mirroring': // verbatim duplicates say nothing about tables (RFC 7854 §6)
      case 'unknown':
        return undefined;
    }
  }

  #peerUp(message: Extract<BmpMessage, { type: 'peer-up' }>): StationError | undefined {
    const { peer: header } = message;
    const key = identityOf(header);
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      peer = new MonitoredPeer(header, this.#sets);
      this.#peers.set(key, peer);
    }
    // A Peer Up without a Peer Down before it: another session all the same, and nothing of the old one holds.
    this.#routes -= peer.clear();
    peer.session = undefined;
    const session = sessionContext(message.sentOpen, message.receivedOpen, header.peerType === PEER_TYPE.LOC_RIB);
    if (!session.ok) return { code: 'open-invalid', which: session.error.which, error: session.error.code };
    peer.session = session.value;
    peer.as = header.as;
    peer.bgpId = header.bgpId;
    peer.localPort = message.localPort;
    peer.remotePort = message.remotePort;
    peer.information = copyTlvs(message.information);
    return undefined;
  }

  #peerDown(message: Extract<BmpMessage, { type: 'peer-down' }>): StationError | undefined {
    return this.#withPeer(message.peer, (peer) => {
      this.#routes -= peer.clear();
      peer.session = undefined;
      peer.downReason = message.reason;
      return undefined;
    });
  }

  #update(header: PerPeerHeader, update: Uint8Array): StationError | undefined {
    return this.#withPeer(header, (peer, session) => {
      const isAdjRibOut = header.peerType !== PEER_TYPE.LOC_RIB && (header.flags & PEER_FLAG.O) !== 0;
      const ctx = updateContext(session, isAdjRibOut, usesTwoOctetAs(header));
      const table = peer.table(tableOf(header));
      const applied = this.#applier.apply(table, update, ctx, this.#maxRoutes - this.#routes);
      this.#routes += applied.added - applied.removed;
      if (applied.isFull) return { code: 'too-many-routes', max: this.#maxRoutes };
      if (applied.ignoredFamily !== 0) peer.ignoredFamilies.add(applied.ignoredFamily);
      const [first] = applied.errors;
      return first === undefined ? undefined : { code: 'update-invalid', error: first.code };
    });
  }

  #withPeer(
    header: PerPeerHeader,
    act: (peer: MonitoredPeer, session: NonNullable<MonitoredPeer['session']>) => StationError | undefined,
  ): StationError | undefined {
    const peer = this.#peers.get(identityOf(header));
    if (peer?.session === undefined) {
      const { address } = peer?.id ?? new MonitoredPeer(header, this.#sets).id;
      return { code: 'peer-not-up', peer: address ?? 'loc-rib' };
    }
    return act(peer, peer.session);
  }
}

const GLOBAL_INSTANCE = '0000000000000000';

/** RFC 7854 §4.2, RFC 9069 §6.1.1: what tells peers apart. */
function identityOf({ peerType, distinguisher, address, bgpId }: PerPeerHeader): string {
  const own = peerType === PEER_TYPE.LOC_RIB ? [bgpId] : [...address];
  return [peerType, ...distinguisher, ...own].join(' ');
}

function copyTlvs(tlvs: readonly Tlv[]): Tlv[] {
  return tlvs.map(({ type, value }) => ({ type, value: value.slice() }));
}

function textOf(tlvs: readonly Tlv[] | undefined, type: number): string | undefined {
  const value = tlvs?.find((tlv) => tlv.type === type)?.value;
  return value === undefined ? undefined : decodeUtf8(value);
}
