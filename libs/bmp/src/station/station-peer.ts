import type { Family, IpAddress } from '@bgp/wire';
import { peerAddress, type TableKind } from '../per-peer-header.ts';
import type { PerPeerHeader, Statistic, Tlv } from '../types.ts';
import type { AttributeSets } from './attribute-sets.ts';
import { MonitoredTable } from './monitored-table.ts';
import type { SessionContext } from './session-context.ts';

/** Who is meant by a per-peer header; RFC 7854 §4.2, RFC 9069 §6.1.1. */
export interface MonitoredPeerId {
  /** `PEER_TYPE`. */
  readonly peerType: number;
  /** Eight octets in hex. */
  readonly distinguisher: string;
  /** Absent: the Loc-RIB. */
  readonly address?: IpAddress;
}

/** One peer of the router, or its Loc-RIB, as far as the stream has told. */
export class MonitoredPeer {
  readonly id: MonitoredPeerId;
  readonly #sets: AttributeSets;
  readonly #tables = new Map<TableKind, MonitoredTable>();
  /** Of the last message about it. */
  as: number;
  /** Unsigned 32-bit. */
  bgpId: number;
  /** Undefined while it is down. */
  session: SessionContext | undefined;
  localPort = 0;
  remotePort = 0;
  information: readonly Tlv[] = [];
  statistics: readonly Statistic[] = [];
  /** `PEER_DOWN_REASON` of the last Peer Down; undefined before any. */
  downReason: number | undefined;
  /** Families whose routes came and have no table here. */
  readonly ignoredFamilies = new Set<Family>();

  constructor(header: PerPeerHeader, sets: AttributeSets) {
    const address = peerAddress(header);
    this.id = {
      peerType: header.peerType,
      distinguisher: hex(header.distinguisher),
      ...(address === undefined ? {} : { address }),
    };
    this.#sets = sets;
    this.as = header.as;
    this.bgpId = header.bgpId;
  }

  get isUp(): boolean {
    return this.session !== undefined;
  }

  /** The tables that anything was said about. */
  get tables(): ReadonlyMap<TableKind, MonitoredTable> {
    return this.#tables;
  }

  table(kind: TableKind): MonitoredTable {
    let table = this.#tables.get(kind);
    if (table === undefined) {
      table = new MonitoredTable(this.#sets);
      this.#tables.set(kind, table);
    }
    return table;
  }

  /** All tables are empty again; returns how many routes there were. */
  clear(): number {
    let count = 0;
    for (const table of this.#tables.values()) count += table.clear();
    this.#tables.clear();
    this.ignoredFamilies.clear();
    return count;
  }
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
