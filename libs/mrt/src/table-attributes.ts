import { ATTRIBUTE, type ByteWriter } from '@bgp/wire';
import { readU16 } from './octets.ts';

const EXTENDED_LENGTH = 0x10;
const OPTIONAL = 0x80;

/**
 * Appends canonical attribute octets (ascending codes, 4-octet AS numbers, any next hop in NEXT_HOP: see `AttributeReader` of the wire
 * package) in the form of a RIB entry: an IPv4 next hop of an IPv4 route stays NEXT_HOP, any other becomes MP_REACH_NLRI cut to its next
 * hop, and never both.
 *
 * @source RFC 6396 §4.3.4
 */
export function putTableAttributes(out: ByteWriter, canonical: Uint8Array, afi: number): void {
  let hopAt = -1;
  let hopLength = 0;
  const putHop = (): void => {
    out.u8(OPTIONAL);
    out.u8(ATTRIBUTE.MP_REACH_NLRI);
    out.u8(hopLength + 1);
    out.u8(hopLength);
    out.copy(canonical, hopAt, hopAt + hopLength);
    hopAt = -1;
  };
  for (let position = 0; position < canonical.length; ) {
    const isExtended = (canonical[position]! & EXTENDED_LENGTH) !== 0; // canonical octets are whole attributes
    const value = position + (isExtended ? 4 : 3);
    const length = isExtended ? readU16(canonical, position + 2) : canonical[position + 2]!;
    const code = canonical[position + 1]!;
    if (hopAt >= 0 && code > ATTRIBUTE.MP_REACH_NLRI) putHop();
    if (code === ATTRIBUTE.NEXT_HOP && !(afi === 1 && length === 4)) {
      hopAt = value;
      hopLength = length;
    } else {
      out.copy(canonical, position, value + length);
    }
    position = value + length;
  }
  if (hopAt >= 0) putHop();
}
