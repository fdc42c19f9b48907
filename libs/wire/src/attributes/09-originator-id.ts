import { readU32 } from '../bytes/byte-reader.ts';
import { formatIpv4, parseIpv4 } from '../net/ip-address.ts';
import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE } from './codes.ts';

/** RFC 4456 §8, errors RFC 7606 §7.9; the reader discards it when it comes from an external peer. */
export const originatorId: AttributeCodec = {
  code: ATTRIBUTE.ORIGINATOR_ID,
  name: 'ORIGINATOR_ID',
  flags: OPTIONAL_NON_TRANSITIVE,
  check: (_octets, start, end) =>
    end - start === 4 ? undefined : { code: 'originator-id-length-invalid', length: end - start },
  decode(octets, start, _end, into) {
    into.originatorId = formatIpv4(readU32(octets, start));
  },
  isPresent: (attributes) => attributes.originatorId !== undefined,
  encode(attributes, out) {
    const text = attributes.originatorId ?? '';
    const id = parseIpv4(text);
    if (!id.ok) return { code: 'address-invalid', field: 'originatorId', value: text };
    out.u32(id.value);
    return undefined;
  },
};
