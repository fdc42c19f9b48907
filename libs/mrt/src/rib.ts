import { err, ok, type Result } from '@bgp/wire';
import { TABLE_DUMP_V2_SUBTYPE as V2 } from './codes.ts';
import type { MrtError } from './errors.ts';
import type { Fields } from './fields.ts';
import { readU16 } from './octets.ts';

/** One prefix, or other NLRI, of a table. The entries stay octets: walk them with `RibEntryCursor`. */
export interface Rib {
  readonly kind: 'rib';
  readonly sequence: number;
  readonly afi: number;
  readonly safi: number;
  /** Of the record's body; `nlriStart`, `nlriEnd` and `entriesStart` count in it. */
  readonly octets: Uint8Array;
  /**
   * The NLRI without a path identifier. Of families 1/1, 1/2, 2/1 and 2/2 it is a length octet and a prefix, checked; bits past the
   * length are as recorded. Of others it is what their standard says.
   */
  readonly nlriStart: number;
  readonly nlriEnd: number;
  readonly entryCount: number;
  readonly entriesStart: number;
  /** RFC 8050 §4.1: each entry has a path identifier. */
  readonly addPath: boolean;
  /** RFC 8050 §4.2: in RIB_GENERIC_ADDPATH the NLRI has it, and the entries have none. */
  readonly pathId?: number;
}

/** What RIB_IPV4_UNICAST … RIB_IPV6_MULTICAST say by their code; the ADDPATH ones are six higher. */
const FAMILIES: ReadonlyMap<number, readonly [afi: number, safi: number]> = new Map([
  [V2.RIB_IPV4_UNICAST, [1, 1]],
  [V2.RIB_IPV4_MULTICAST, [1, 2]],
  [V2.RIB_IPV6_UNICAST, [2, 1]],
  [V2.RIB_IPV6_MULTICAST, [2, 2]],
]);
const ADDPATH_DISTANCE = V2.RIB_IPV4_UNICAST_ADDPATH - V2.RIB_IPV4_UNICAST;

export function isRibSubtype(subtype: number): boolean {
  return subtype >= V2.RIB_IPV4_UNICAST && subtype <= V2.RIB_GENERIC_ADDPATH && subtype !== V2.GEO_PEER_TABLE;
}

/**
 * ```text
 * | sequence (4) | prefix length (1) | prefix | entry count (2) | entries |              the four families
 * | sequence (4) | AFI (2) | SAFI (1) | NLRI, one | entry count (2) | entries |         generic
 * ```
 * @source RFC 6396 §4.3.2, §4.3.3; RFC 8050 §4
 */
export function decodeRib(subtype: number, fields: Fields): Result<Rib, MrtError> {
  const hasPathIds = subtype >= V2.RIB_IPV4_UNICAST_ADDPATH;
  const sequence = fields.u32();
  const family = FAMILIES.get(hasPathIds ? subtype - ADDPATH_DISTANCE : subtype);
  const afi = family?.[0] ?? fields.u16();
  const safi = family?.[1] ?? fields.u8();
  const pathId = family === undefined && hasPathIds ? fields.u32() : undefined;
  const nlriStart = fields.position;
  const length = nlriLength(fields.octets, nlriStart, afi, safi);
  // RFC 6396 §4.3.3: what is not recognized is discarded; without its length we could not find the entries.
  if (length === undefined) return err({ code: 'address-family-unsupported', afi, safi });
  const prefixLength = fields.octets[nlriStart] ?? 0;
  if (isPrefixFamily(afi, safi) && prefixLength > (afi === 1 ? 32 : 128))
    return err({ code: 'prefix-length-invalid', length: prefixLength });
  fields.skip(length);
  const nlriEnd = nlriStart + length;
  const entryCount = fields.u16();
  const addPath = hasPathIds && family !== undefined;
  const { octets, position: entriesStart } = fields;
  const rib = {
    kind: 'rib',
    sequence,
    afi,
    safi,
    octets,
    nlriStart,
    nlriEnd,
    entryCount,
    entriesStart,
    addPath,
  } as const;
  return ok(pathId === undefined ? rib : { ...rib, pathId });
}

/** Unicast and multicast of IPv4 and IPv6: the families whose NLRI is a plain prefix. */
export function isPrefixFamily(afi: number, safi: number): boolean {
  return (afi === 1 || afi === 2) && (safi === 1 || safi === 2);
}

/** Octets of the one NLRI at `start`; `undefined` for a family that we cannot measure. Past the end it counts zeros. */
function nlriLength(octets: Uint8Array, start: number, afi: number, safi: number): number | undefined {
  const first = octets[start] ?? 0;
  // A length in bits: prefixes; with labels (RFC 8277 §2), with labels and distinguisher (RFC 4364 §4.3.4), route targets (RFC 4684 §4).
  if ((afi === 1 || afi === 2) && [1, 2, 4, 128, 129, 132].includes(safi)) return 1 + ((first + 7) >>> 3);
  // RFC 8955 §4.1: FlowSpec has one octet of length, or two from 0xf000.
  if ((afi === 1 || afi === 2) && (safi === 133 || safi === 134))
    return first < 0xf0 ? 1 + first : 2 + (readU16(octets, start) & 0xfff);
  // RFC 7432 §7: type, length.
  if (afi === 25 && safi === 70) return 2 + (octets[start + 1] ?? 0);
  // RFC 4761 §3.2.2 (VPLS); RFC 7752 §3.2 has a type before it.
  if (afi === 25 && safi === 65) return 2 + readU16(octets, start);
  if (afi === 16388 && (safi === 71 || safi === 72)) return 4 + readU16(octets, start + 2);
  return undefined;
}
