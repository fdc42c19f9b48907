import { formatIpAddress, type IpAddress, type IpPrefix } from '@bgp/wire';
import { AttributeBlock, type DecodedAttributes } from './attribute-block.ts';
import type { MrtPeer } from './peer-index-table.ts';

const NO_OCTETS = new Uint8Array(0);
const NO_PEER: MrtPeer = { address: '', as: 0 };

/** `rib`: an entry of a table. `announce`, `withdraw`: one route of an UPDATE. `state`: a session changed its state. */
export type ElementKind = 'rib' | 'announce' | 'withdraw' | 'state';

/**
 * One thing that a record says: one route of one peer, or a change of a session. The reader refills one object for all elements, so
 * keep none of it: take what you need while you are visited.
 */
export class MrtElement {
  kind: ElementKind = 'rib';
  /** Of the record: see `MRT_TYPE`, and the subtypes beside it. */
  type = 0;
  subtype = 0;
  /** Seconds since 1970, of the record. */
  timestamp = 0;
  /** Of BGP4MP_ET; -1 elsewhere. */
  microseconds = -1;
  peer: MrtPeer = NO_PEER;
  afi = 0;
  safi = 0;
  /** Four or sixteen octets, by `afi`. Bits past the length are as recorded. All zero when `isPrefix` is false. */
  readonly address = new Uint8Array(16);
  prefixLength = 0;
  /** Families 1/1, 1/2, 2/1, 2/2. Others have only `nlri`. */
  isPrefix = false;
  /** The route's NLRI as recorded, without a path identifier; empty for TABLE_DUMP and states. */
  nlri: Uint8Array = NO_OCTETS;
  /** -1 where the record has no path identifiers (RFC 7911, RFC 8050). */
  pathId = -1;
  /** Seconds since 1970, of tables only. */
  originatedTime = 0;
  /** Of `rib` and `announce`. */
  readonly attributes = new AttributeBlock();
  /** In `attributes.octets`: MP_REACH_NLRI's, or NEXT_HOP's; length 0 without one. */
  nextHopStart = 0;
  nextHopLength = 0;
  nextHopIsMp = false;
  /** Of `state`. */
  oldState = 0;
  newState = 0;

  get prefix(): IpPrefix {
    return `${formatIpAddress(this.address, 0, this.afi === 1 ? 4 : 16)}/${this.prefixLength}`;
  }

  /** One address, or two for IPv6 global and link-local (RFC 2545 §3). Lengths that no address has give none. */
  get nextHop(): readonly IpAddress[] {
    const { nextHopStart: start, nextHopLength: length } = this;
    const { octets } = this.attributes;
    if (length === 4 || length === 16) return [formatIpAddress(octets, start, length)];
    return length === 32 ? [formatIpAddress(octets, start, 16), formatIpAddress(octets, start + 16, 16)] : [];
  }

  /** A view of the record. */
  get nextHopOctets(): Uint8Array {
    return this.attributes.octets.subarray(this.nextHopStart, this.nextHopStart + this.nextHopLength);
  }

  decodeAttributes(): DecodedAttributes {
    return this.attributes.decode(this.nextHopIsMp ? this.nextHopOctets : NO_OCTETS);
  }

  /** As `AttributeBlock.canonical`. */
  canonicalAttributes(): Uint8Array | undefined {
    return this.attributes.canonical(this.nextHopIsMp ? this.nextHopOctets : NO_OCTETS);
  }
}
