import { type CodecContext, decodeMessage, encodeMessage } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { message } from './messages.ts';

const CONTEXT: CodecContext = {
  fourOctetAs: true,
  maxMessageOctets: 65_535,
  addPath: new Map(),
  extendedNextHop: new Set(),
  peerKind: 'internal',
};

it('messages are valid: decode(encode(x)) is x', () => {
  fc.assert(
    fc.property(message(), (one) => {
      const encoded = encodeMessage(one, CONTEXT);
      if (!encoded.ok) throw new Error(encoded.error.code);
      expect(decodeMessage(encoded.value, CONTEXT)).toEqual({ ok: true, value: one });
    }),
    { numRuns: 300 },
  );
});
