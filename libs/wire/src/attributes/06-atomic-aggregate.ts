import type { AttributeCodec } from './codec.ts';
import { ATTRIBUTE, WELL_KNOWN } from './codes.ts';

/** RFC 4271 §5.1.6, errors RFC 7606 §7.6. */
export const atomicAggregate: AttributeCodec = {
  code: ATTRIBUTE.ATOMIC_AGGREGATE,
  name: 'ATOMIC_AGGREGATE',
  flags: WELL_KNOWN,
  check: (_octets, start, end) =>
    end === start ? undefined : { code: 'atomic-aggregate-length-invalid', length: end - start },
  decode(_octets, _start, _end, into) {
    into.atomicAggregate = true;
  },
  isPresent: (attributes) => attributes.atomicAggregate === true,
  encode: () => undefined,
};
