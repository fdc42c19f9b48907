import { IPV6_UNICAST } from '../family.ts';
import { ipv6PrefixCodec } from './ipv6-prefix-codec.ts';

/** RFC 4760 §5 with AFI 2, SAFI 1. */
export const ipv6Unicast = ipv6PrefixCodec(IPV6_UNICAST);
