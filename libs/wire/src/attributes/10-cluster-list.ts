import { readU32 } from '../bytes/byte-reader.ts';
import { formatIpv4, parseIpv4 } from '../net/ip-address.ts';
import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE } from './codes.ts';
import { isUnitList } from './unit-list.ts';

/** RFC 4456 §8, errors RFC 7606 §7.10; the reader discards it when it comes from an external peer. */
export const clusterList: AttributeCodec = {
  code: ATTRIBUTE.CLUSTER_LIST,
  name: 'CLUSTER_LIST',
  flags: OPTIONAL_NON_TRANSITIVE,
  check: (_octets, start, end) =>
    isUnitList(start, end, 4) ? undefined : { code: 'cluster-list-length-invalid', length: end - start },
  canonicalize: (octets, start, end, _ctx, out) => out.copy(octets, start, end),
  decode(octets, start, end, into) {
    const list: string[] = [];
    for (let offset = start; offset < end; offset += 4) list.push(formatIpv4(readU32(octets, offset)));
    into.clusterList = list;
  },
  isPresent: (attributes) => attributes.clusterList !== undefined && attributes.clusterList.length > 0,
  encode(attributes, out) {
    for (const text of attributes.clusterList ?? []) {
      const id = parseIpv4(text);
      if (!id.ok) return { code: 'address-invalid', field: 'clusterList', value: text };
      out.u32(id.value);
    }
    return undefined;
  },
};
