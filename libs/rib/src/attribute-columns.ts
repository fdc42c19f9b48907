import { ATTRIBUTE, type AttributeView } from '@bgp/wire';
import { AsPathSummary } from './as-path-summary.ts';
import { NextHopTable } from './next-hop-table.ts';
import { grown, readU32 } from './octets.ts';
import type { OwnIdentity } from './own-identity.ts';
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
/** Absent ORIGIN, as `AttributeView` reads it. */
const INCOMPLETE = 2;
/** RFC 4271 §4.3: the attribute's length has two octets. */
const EXTENDED_LENGTH = 0x10;

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
  readonly #path = new AsPathSummary();

  constructor(own: OwnIdentity) {
    this.own = own;
  }

  hasOriginatorId(id: number): boolean {
    return (this.flags[id]! & AttributeFlag.hasOriginatorId) !== 0;
  }

  /**
   * One pass over the set's canonical octets: each getter of `AttributeView` would walk them from the start, and a full table brings a
   * hundred thousand sets.
   */
  fill(id: number, { octets, start, end }: AttributeView): void {
    const path = this.#path.reset();
    let localPref = DEFAULT_LOCAL_PREF;
    let origin = INCOMPLETE;
    let med = 0;
    let originatorId = 0;
    let clusterListLength = 0;
    let nextHopStart = -1;
    let nextHopLength = 0;
    let flags = 0;
    for (let at = start; at < end; ) {
      const isExtended = (octets[at]! & EXTENDED_LENGTH) !== 0;
      const value = at + (isExtended ? 4 : 3);
      const next = value + (isExtended ? (octets[at + 2]! << 8) | octets[at + 3]! : octets[at + 2]!);
      switch (octets[at + 1]) {
        case ATTRIBUTE.ORIGIN:
          origin = octets[value]!;
          break;
        case ATTRIBUTE.AS_PATH:
          path.read(octets, value, next, this.own);
          break;
        case ATTRIBUTE.NEXT_HOP:
          nextHopStart = value;
          nextHopLength = next - value;
          break;
        case ATTRIBUTE.MULTI_EXIT_DISC:
          med = readU32(octets, value);
          break;
        case ATTRIBUTE.LOCAL_PREF:
          localPref = readU32(octets, value);
          break;
        case ATTRIBUTE.COMMUNITIES:
          for (let unit = value; unit < next; unit += 4) flags |= communityFlag(readU32(octets, unit));
          break;
        case ATTRIBUTE.ORIGINATOR_ID:
          originatorId = readU32(octets, value);
          flags |= AttributeFlag.hasOriginatorId;
          if (originatorId === this.own.routerId) flags |= AttributeFlag.reflectionLoop;
          break;
        case ATTRIBUTE.CLUSTER_LIST:
          clusterListLength = (next - value) >>> 2;
          for (let unit = value; unit < next; unit += 4)
            if (readU32(octets, unit) === this.own.clusterId) flags |= AttributeFlag.reflectionLoop;
          break;
      }
      at = next;
    }
    this.localPref[id] = localPref;
    this.lengthAndOrigin[id] = (path.length << 8) | origin;
    this.med[id] = med;
    this.neighborAs[id] = path.neighborAs;
    this.originAs[id] = path.originAs;
    this.originatorId[id] = originatorId;
    this.clusterListLength[id] = clusterListLength;
    this.nextHopId[id] = this.nextHops.intern(octets, nextHopStart, nextHopLength);
    this.flags[id] = path.hasOwn ? flags | AttributeFlag.asLoop : flags;
  }
}

/** What a COMMUNITIES value means to us; 0: nothing. */
function communityFlag(community: number): number {
  if (community < LLGR_STALE) return 0;
  switch (community) {
    case LLGR_STALE:
      return AttributeFlag.longLivedStale;
    case NO_LLGR:
      return AttributeFlag.noLongLived;
    case NO_EXPORT:
      return AttributeFlag.noExport;
    case NO_ADVERTISE:
      return AttributeFlag.noAdvertise;
    case NO_EXPORT_SUBCONFED:
      return AttributeFlag.noExportSubconfed;
    default:
      return 0;
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
