import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE } from './codes.ts';
import { u32Codec } from './u32-codec.ts';

/** RFC 4271 §5.1.4, errors RFC 7606 §7.4. */
export const med = u32Codec(ATTRIBUTE.MULTI_EXIT_DISC, 'MULTI_EXIT_DISC', OPTIONAL_NON_TRANSITIVE, 'med', (length) => ({
  code: 'med-length-invalid',
  length,
}));
