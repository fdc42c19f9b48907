import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createVrp } from '../vrp.ts';
import { RtrFramer } from './framer.ts';
import { decodeRtrPdu, encodeRtrPdu } from './pdu.ts';
import type { RtrPdu } from './types.ts';

const octetsOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const prefix = (text: string, asn: number, maxLength: number) => {
  const vrp = createVrp(text, asn, maxLength);
  if (typeof vrp === 'string') throw new Error(vrp);
  return vrp;
};

// Answer of StayRTR to a version 0 Reset Query, captured.
const STAYRTR_V0 =
  '00034a0c0000000800060000000000200130380020010db80001000000000000000000000000fbf2000400000000001401181a00c00002000000fbf0000400000000001401181800c63364000000fbf100074a0c0000000c00000000';

describe('RTR PDUs (RFC 8210 §5)', () => {
  it('reads what StayRTR sends, however it is cut', () => {
    const octets = octetsOf(STAYRTR_V0);
    for (const size of [1, 7, 8, 100]) {
      const framer = new RtrFramer();
      const pdus: unknown[] = [];
      for (let at = 0; at < octets.length; at += size) {
        framer.push(octets.subarray(at, at + size));
        for (let next = framer.next(); next?.ok; next = framer.next()) pdus.push(decodeRtrPdu(next.value));
      }
      expect(pdus).toMatchObject([
        { ok: true, value: { type: 'cache-response', sessionId: 0x4a0c } },
        { value: { type: 'prefix', announce: true, vrp: prefix('2001:db8:1::/48', 64498, 56) } },
        { value: { vrp: prefix('192.0.2.0/24', 64496, 26) } },
        { value: { vrp: prefix('198.51.100.0/24', 64497, 24) } },
        { value: { type: 'end-of-data', serial: 0 } },
      ]);
    }
  });

  it.each([
    ['a version above 2 (§7)', '0302000000000008', 'version-unsupported'],
    ['an unknown type (§5)', '01ff000000000008', 'type-unsupported'],
    ['a length that is not its own', '0102000000000009', 'length-invalid'],
    ['a maximum length below the length (§5.6)', '0104000000000014011817000a0000000000fbf0', 'prefix-invalid'],
    ['host bits (§5.6)', '0104000000000014011818000a0000010000fbf0', 'prefix-invalid'],
    ['an ASPA announced without providers', '020b01000000000c0000fbf0', 'aspa-providers-invalid'],
    ['an ASPA in version 1', '010b0100000000100000fbf00000fbf1', 'type-unsupported'],
  ])('refuses %s', (_rule, hex, code) => {
    expect(decodeRtrPdu(octetsOf(hex))).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses to encode a number that its field cannot hold', () => {
    const pdu: RtrPdu = { version: 1, type: 'serial-query', sessionId: 65_536, serial: 1 };
    expect(encodeRtrPdu(pdu)).toMatchObject({ ok: false, error: { code: 'field-invalid' } });
  });

  it.prop([fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 12 })])(
    'never throws, and what decodes encodes to the same meaning',
    (octets, version, type) => {
      octets.set([version, type].slice(0, octets.length));
      if (octets.length >= 8) new DataView(octets.buffer, octets.byteOffset).setUint32(4, octets.length);
      const decoded = decodeRtrPdu(octets);
      if (!decoded.ok) return;
      const encoded = encodeRtrPdu(decoded.value);
      expect(encoded.ok && decodeRtrPdu(encoded.value)).toEqual(decoded);
    },
  );
});
