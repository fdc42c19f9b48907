import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';
import { u32Codec } from './u32-codec.ts';

/** Only to Customer. RFC 9234 §5, errors too. */
export const otc = u32Codec(ATTRIBUTE.OTC, 'OTC', OPTIONAL_TRANSITIVE, 'otc', (length) => ({
  code: 'otc-length-invalid',
  length,
}));
