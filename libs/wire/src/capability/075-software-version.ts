import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import type { CapabilityCodec } from './codec.ts';

/**
 * ```text
 * | length (1) | version, UTF-8 |
 * ```
 * @source draft-abraitis-bgp-version-capability §2, as FRR and BIRD send it
 */
export const softwareVersion: CapabilityCodec<'software-version'> = {
  code: 75,
  type: 'software-version',
  decode: (value) => ({ type: 'software-version', version: decodeUtf8(value.take(value.u8())) }),
  encode({ version }, target) {
    const octets = encodeUtf8(version);
    if (octets.length > 255) return { code: 'field-too-long', field: 'version', length: octets.length, max: 255 };
    target.u8(octets.length);
    target.copy(octets);
    return undefined;
  },
};
