import { IPV4_MULTICAST } from '../family.ts';
import { ipv4PrefixCodec } from './ipv4-prefix-codec.ts';

/** RFC 4760 §5 with AFI 1, SAFI 2. */
export const ipv4Multicast = ipv4PrefixCodec(IPV4_MULTICAST);
