import { IPV6_MULTICAST } from '../family.ts';
import { ipv6PrefixCodec } from './ipv6-prefix-codec.ts';

/** RFC 4760 §5 with AFI 2, SAFI 2. */
export const ipv6Multicast = ipv6PrefixCodec(IPV6_MULTICAST);
