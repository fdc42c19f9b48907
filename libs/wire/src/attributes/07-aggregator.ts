import { readU32 } from '../bytes/byte-reader.ts';
import { formatIpv4, parseIpv4 } from '../net/ip-address.ts';
import { readAs } from './as-path-segments.ts';
import { type AttributeCodec, isUnsigned, MAX_U32 } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';

/** RFC 4271 §5.1.7, RFC 6793; errors RFC 7606 §7.7, RFC 7607 §2. AS4_AGGREGATOR is merged by the reader. */
export const aggregator: AttributeCodec = {
  code: ATTRIBUTE.AGGREGATOR,
  name: 'AGGREGATOR',
  flags: OPTIONAL_TRANSITIVE,
  check(octets, start, end, ctx) {
    const asOctets = ctx.fourOctetAs ? 4 : 2;
    if (end - start !== asOctets + 4) return { code: 'aggregator-length-invalid', length: end - start };
    return readAs(octets, start, asOctets) === 0 ? { code: 'aggregator-as-zero' } : undefined;
  },
  canonicalize(octets, start, end, ctx, out) {
    out.u32(readAs(octets, start, ctx.fourOctetAs ? 4 : 2));
    out.copy(octets, end - 4, end);
  },
  decode(octets, start, _end, into) {
    into.aggregator = { as: readU32(octets, start), address: formatIpv4(readU32(octets, start + 4)) };
  },
  isPresent: (attributes) => attributes.aggregator !== undefined,
  encode(attributes, out) {
    const { as, address } = attributes.aggregator ?? { as: 0, address: '' };
    if (as === 0 || !isUnsigned(as, MAX_U32)) return { code: 'value-out-of-range', field: 'aggregator', value: as };
    const ipv4 = parseIpv4(address);
    if (!ipv4.ok) return { code: 'address-invalid', field: 'aggregator', value: address };
    out.u32(as);
    out.u32(ipv4.value);
    return undefined;
  },
};
