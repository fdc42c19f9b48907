import { ATTRIBUTE, WELL_KNOWN } from './codes.ts';
import { u32Codec } from './u32-codec.ts';

/** RFC 4271 §5.1.5, errors RFC 7606 §7.5; the reader discards it when it comes from an external peer. */
export const localPref = u32Codec(ATTRIBUTE.LOCAL_PREF, 'LOCAL_PREF', WELL_KNOWN, 'localPref', (length) => ({
  code: 'local-pref-length-invalid',
  length,
}));
