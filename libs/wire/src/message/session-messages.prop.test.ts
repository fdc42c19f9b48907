import { message } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';

const CONTEXTS: readonly CodecContext[] = [
  INITIAL_CONTEXT,
  { ...INITIAL_CONTEXT, fourOctetAs: true, peerKind: 'internal', maxMessageOctets: 65535 },
];
const context = fc.constantFrom(...CONTEXTS);

describe('decodeMessage and encodeMessage', () => {
  it('round trip: what was encoded decodes to a message that encodes to the same octets', () => {
    fc.assert(
      // An UPDATE is judged as well (RFC 7606), which its own tests cover.
      fc.property(
        message().filter(({ type }) => type !== 'UPDATE'),
        context,
        (original, ctx) => {
          const encoded = encodeMessage(original, ctx);
          if (!encoded.ok) return;
          const decoded = decodeMessage(encoded.value, ctx);
          expect(decoded.ok).toBe(true);
          if (decoded.ok) expect(encodeMessage(decoded.value, ctx)).toEqual(encoded);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('one changed octet never makes it throw', () => {
    fc.assert(
      fc.property(message(), context, fc.nat(), fc.nat(255), (original, ctx, position, value) => {
        const encoded = encodeMessage(original, ctx);
        if (!encoded.ok) return;
        const mutated = encoded.value.slice();
        mutated[position % mutated.length] = value;
        expect(() => decodeMessage(mutated, ctx)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });

  it('random bodies behind a right header never make it throw', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.uint8Array({ maxLength: 300 }), context, (type, body, ctx) => {
        const length = body.length + 19;
        const frame = Uint8Array.of(...new Array(16).fill(0xff), length >>> 8, length & 0xff, type, ...body);
        expect(() => decodeMessage(frame, ctx)).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('UTF-8', () => {
  it('encodes as TextEncoder does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  it('decodes valid text as TextDecoder does, and any octets to text without surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const text = decodeUtf8(octets);
        expect(text.isWellFormed()).toBe(true);
        const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        let isValid = true;
        try {
          fatal.decode(octets);
        } catch {
          isValid = false;
        }
        expect(text.includes('\ufffd') || isValid).toBe(true);
        if (isValid) expect(text).toBe(fatal.decode(octets));
      }),
      { numRuns: 2_000 },
    );
  });
});
