import { IPV4_UNICAST } from '../family.ts';
import { ipv4PrefixCodec } from './ipv4-prefix-codec.ts';

/** RFC 4760 §5 with AFI 1, SAFI 1. */
export const ipv4Unicast = ipv4PrefixCodec(IPV4_UNICAST);
