import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';
import { copyUniqueUnits, isUnitList } from './unit-list.ts';

/** IPv6 Address Specific. RFC 5701, errors RFC 7606 §7.15. */
export const ipv6ExtendedCommunities: AttributeCodec = {
  code: ATTRIBUTE.IPV6_EXTENDED_COMMUNITIES,
  name: 'IPV6_ADDRESS_SPECIFIC_EXTENDED_COMMUNITY',
  flags: OPTIONAL_TRANSITIVE,
  check: (_octets, start, end) =>
    isUnitList(start, end, 20) ? undefined : { code: 'ipv6-extended-communities-length-invalid', length: end - start },
  canonicalize: (octets, start, end, _ctx, out) => copyUniqueUnits(octets, start, end, 20, out),
  decode(octets, start, end, into) {
    const list: Uint8Array[] = [];
    for (let offset = start; offset < end; offset += 20) list.push(octets.slice(offset, offset + 20));
    into.ipv6ExtendedCommunities = list;
  },
  isPresent: (attributes) =>
    attributes.ipv6ExtendedCommunities !== undefined && attributes.ipv6ExtendedCommunities.length > 0,
  encode(attributes, out) {
    const joined = new Uint8Array((attributes.ipv6ExtendedCommunities?.length ?? 0) * 20);
    for (const [index, octets] of (attributes.ipv6ExtendedCommunities ?? []).entries()) {
      if (octets.length !== 20)
        return { code: 'value-out-of-range', field: 'ipv6ExtendedCommunities', value: octets.length };
      joined.set(octets, index * 20);
    }
    copyUniqueUnits(joined, 0, joined.length, 20, out);
    return undefined;
  },
};
