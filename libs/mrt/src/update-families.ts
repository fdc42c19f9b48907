import { ATTRIBUTE, type Family, IPV4_UNICAST, toFamily } from '@bgp/wire';
import { readU16 } from './octets.ts';

const HEADER_OCTETS = 19;
const UPDATE = 2;
/** RFC 4271 §4.3: the length of the attribute has two octets. */
const EXTENDED_LENGTH = 0x10;

/**
 * Families of the routes in an UPDATE, body first; of one that breaks off, as far as it goes. For whoever must say whether there are path
 * identifiers in it (RFC 8050 §3), which the session knows by family.
 * @param message whole, with its header.
 * @source RFC 4271 §4.3, RFC 4760 §3, §4
 */
export function* updateFamilies(message: Uint8Array): Generator<Family> {
  if (message.length < HEADER_OCTETS + 4 || message[HEADER_OCTETS - 1] !== UPDATE) return;
  const withdrawn = readU16(message, HEADER_OCTETS);
  const attributesStart = HEADER_OCTETS + 2 + withdrawn + 2;
  if (attributesStart > message.length) return;
  const attributesEnd = attributesStart + readU16(message, attributesStart - 2);
  if (withdrawn > 0 || attributesEnd < message.length) yield IPV4_UNICAST;
  for (let at = attributesStart; at + 3 <= Math.min(attributesEnd, message.length); ) {
    const isLong = (message[at]! & EXTENDED_LENGTH) !== 0; // at + 3 is inside, and so are the next two
    const type = message[at + 1]!;
    const value = at + (isLong ? 4 : 3);
    if (value > message.length) return;
    const end = value + (isLong ? readU16(message, at + 2) : message[at + 2]!);
    if (end > Math.min(attributesEnd, message.length)) return;
    const isMp = type === ATTRIBUTE.MP_REACH_NLRI || type === ATTRIBUTE.MP_UNREACH_NLRI;
    if (isMp && end - value >= 3) yield toFamily(readU16(message, value), message[value + 2]!); // three octets are there
    at = end;
  }
}
