import { type AttributeView, countInAsPath } from '@bgp/wire';
import { NextHopTable } from './next-hop-table.ts';
import { grown } from './octets.ts';
import type { GrowColumn } from './staged-growth.ts';

/** What the RIB asks of an attribute set, worked out once when the set enters the pool. */
export const AttributeFlag = {
  hasOriginatorId: 1 << 0,
  /** RFC 1997. */
  noExport: 1 << 1,
  noAdvertise: 1 << 2,
  noExportSubconfed: 1 << 3,
  /** RFC 4271 §9.1.2: our AS number is in the AS_PATH; how often, `ownAsCount` tells. */
  asLoop: 1 << 4,
  /** RFC 4456 §8: our identifier is the ORIGINATOR_ID, or our cluster is in the CLUSTER_LIST. */
  reflectionLoop: 1 << 5,
  /** RFC 9494 §3.2, §3.3. */
  longLivedStale: 1 << 6,
  noLongLived: 1 << 7,
} as const;

const NO_EXPORT = 0xffff_ff01;
const NO_ADVERTISE = 0xffff_ff02;
const NO_EXPORT_SUBCONFED = 0xffff_ff03;
export const LLGR_STALE = 0xffff_0006;
const NO_LLGR = 0xffff_0007;
/** Absent LOCAL_PREF: the usual degree of preference of a route that nobody graded. */
const DEFAULT_LOCAL_PREF = 100;

export interface OwnIdentity {
  readonly localAs: number;
  readonly routerId: number;
  readonly clusterId: number;
  readonly confederationId?: number;
}

/**
 * How often we stand in a path. RFC 5065 §4: in a confederation our member AS is looked for in the confederation's segments, and
 * its identifier in the others: outside, somebody else may have our member AS's number.
 */
export function ownAsCount(view: AttributeView, { localAs, confederationId }: OwnIdentity): number {
  return countInAsPath(view, confederationId ?? localAs, 'rest') + countInAsPath(view, localAs, 'confederation');
}

/** Columns by attribute id: 38 octets a set. */
export class AttributeColumns {
  localPref = new Uint32Array(64);
  /** AS_PATH length in the upper 24 bits, ORIGIN in the lower 8: steps (a) and (b) as one comparison. */
  lengthAndOrigin = new Uint32Array(64);
  /** 0 when absent. */
  med = new Uint32Array(64);
  neighborAs = new Uint32Array(64);
  originAs = new Uint32Array(64);
  originatorId = new Uint32Array(64);
  clusterListLength = new Uint16Array(64);
  nextHopId = new Uint32Array(64);
  flags = new Uint16Array(64);
  /** Two independent hashes of the canonical octets, for fingerprints. */
  hashLow = new Uint32Array(64);
  hashHigh = new Uint32Array(64);
  readonly nextHops = new NextHopTable();
  readonly own: OwnIdentity;

  constructor(own: OwnIdentity) {
    this.own = own;
  }

  hasOriginatorId(id: number): boolean {
    return (this.flags[id]! & AttributeFlag.hasOriginatorId) !== 0;
  }

  /** `view` stands on the set's canonical octets. */
  fill(id: number, view: AttributeView): void {
    this.localPref[id] = view.hasLocalPref ? view.localPref : DEFAULT_LOCAL_PREF;
    this.lengthAndOrigin[id] = (view.asPathLength << 8) | view.origin;
    this.med[id] = view.hasMed ? view.med : 0;
    this.neighborAs[id] = view.neighborAs;
    this.originAs[id] = view.originAs;
    this.originatorId[id] = view.originatorId;
    this.clusterListLength[id] = view.clusterListLength;
    this.nextHopId[id] = this.nextHops.intern(view.octets, view.nextHopStart, view.nextHopLength);
    this.flags[id] = this.#flagsOf(view);
  }

  #flagsOf(view: AttributeView): number {
    const { own } = this;
    let flags = 0;
    if (view.hasOriginatorId) flags |= AttributeFlag.hasOriginatorId;
    if (view.communityCount > 0) {
      if (view.hasCommunity(NO_EXPORT)) flags |= AttributeFlag.noExport;
      if (view.hasCommunity(NO_ADVERTISE)) flags |= AttributeFlag.noAdvertise;
      if (view.hasCommunity(NO_EXPORT_SUBCONFED)) flags |= AttributeFlag.noExportSubconfed;
      if (view.hasCommunity(LLGR_STALE)) flags |= AttributeFlag.longLivedStale;
      if (view.hasCommunity(NO_LLGR)) flags |= AttributeFlag.noLongLived;
    }
    if (ownAsCount(view, own) > 0) flags |= AttributeFlag.asLoop;
    if (view.hasOriginatorId && view.originatorId === own.routerId) flags |= AttributeFlag.reflectionLoop;
    if (view.clusterListLength > 0 && view.clusterListContains(own.clusterId)) flags |= AttributeFlag.reflectionLoop;
    return flags;
  }
}

export const ATTRIBUTE_COLUMNS: readonly GrowColumn<AttributeColumns>[] = [
  (table, capacity) => {
    table.localPref = grown(table.localPref, capacity);
  },
  (table, capacity) => {
    table.lengthAndOrigin = grown(table.lengthAndOrigin, capacity);
  },
  (table, capacity) => {
    table.med = grown(table.med, capacity);
  },
  (table, capacity) => {
    table.neighborAs = grown(table.neighborAs, capacity);
  },
  (table, capacity) => {
    table.originAs = grown(table.originAs, capacity);
  },
  (table, capacity) => {
    table.originatorId = grown(table.originatorId, capacity);
  },
  (table, capacity) => {
    table.clusterListLength = grown(table.clusterListLength, capacity);
  },
  (table, capacity) => {
    table.nextHopId = grown(table.nextHopId, capacity);
  },
  (table, capacity) => {
    table.flags = grown(table.flags, capacity);
  },
  (table, capacity) => {
    table.hashLow = grown(table.hashLow, capacity);
  },
  (table, capacity) => {
    table.hashHigh = grown(table.hashHigh, capacity);
  },
];
