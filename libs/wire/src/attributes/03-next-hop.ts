import { readU32 } from '../bytes/byte-reader.ts';
import { formatIpAddress, parseIpAddress } from '../net/ip-address.ts';
import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, WELL_KNOWN } from './codes.ts';

/**
 * RFC 4271 §5.1.3, errors RFC 7606 §7.3. In canonical octets this TLV holds every kind of next hop: 4 octets, 16, or 32
 * (global and link-local, RFC 2545 §3).
 */
export const nextHop: AttributeCodec = {
  code: ATTRIBUTE.NEXT_HOP,
  name: 'NEXT_HOP',
  flags: WELL_KNOWN,
  check(octets, start, end) {
    if (end - start !== 4) return { code: 'next-hop-length-invalid', length: end - start };
    return isIpv4Host(readU32(octets, start)) ? undefined : { code: 'next-hop-value-invalid' };
  },
  decode(octets, start, end, into) {
    into.nextHop = formatIpAddress(octets, start, end - start === 4 ? 4 : 16);
    if (end - start === 32) into.linkLocalNextHop = formatIpAddress(octets, start + 16, 16);
  },
  isPresent: (attributes) => attributes.nextHop !== undefined || attributes.linkLocalNextHop !== undefined,
  encode(attributes, out) {
    const { nextHop: global = '', linkLocalNextHop } = attributes;
    const address = parseIpAddress(global);
    if (!address.ok) return { code: 'address-invalid', field: 'nextHop', value: global };
    out.copy(address.value);
    if (linkLocalNextHop === undefined) return undefined;
    const linkLocal = parseIpAddress(linkLocalNextHop);
    if (!linkLocal.ok || linkLocal.value.length !== 16 || address.value.length !== 16)
      return { code: 'address-invalid', field: 'linkLocalNextHop', value: linkLocalNextHop };
    out.copy(linkLocal.value);
    return undefined;
  },
};

/**
 * RFC 4271 §6.3: "a valid IP host address". 0.0.0.0, multicast and what follows it are none; 127/8 is left alone,
 * because two speakers on one machine do use it.
 */
export function isIpv4Host(address: number): boolean {
  return address !== 0 && address < 0xe000_0000;
}

/** The same for the 16 or 32 octets of an IPv6 next hop. `::` beside a link-local address is what some speakers send for "none". */
export function isIpv6NextHop(octets: Uint8Array): boolean {
  if (octets[0] === 0xff) return false;
  return octets.length === 32 || octets.some((octet) => octet !== 0);
}
