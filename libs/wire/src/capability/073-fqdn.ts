import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import type { CapabilityCodec } from './codec.ts';

/**
 * ```text
 * | host name length (1) | host name | domain name length (1) | domain name |
 * ```
 * @source draft-walton-bgp-hostname-capability §2, as FRR and others send it
 */
export const fqdn: CapabilityCodec<'fqdn'> = {
  code: 73,
  type: 'fqdn',
  decode(value) {
    const hostName = decodeUtf8(value.take(value.u8()));
    return { type: 'fqdn', hostName, domainName: decodeUtf8(value.take(value.u8())) };
  },
  encode(capability, target) {
    for (const field of ['hostName', 'domainName'] as const) {
      const octets = encodeUtf8(capability[field]);
      if (octets.length > 255) return { code: 'field-too-long', field, length: octets.length, max: 255 };
      target.u8(octets.length);
      target.copy(octets);
    }
    return undefined;
  },
};
