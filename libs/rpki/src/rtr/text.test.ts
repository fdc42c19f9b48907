import { expect, it } from 'vitest';
import { decodeText, encodeText } from './text.ts';

it.each([
  ['UTF-8', [0xc3, 0xa4], 'ä'],
  ['octets that are none', [0x61, 0xff], 'a\\xff'],
  ['NULs at the end go (StayRTR sends one)', [0x61, 0, 0], 'a'],
  ['a NUL within stays', [0x61, 0, 0x62], 'a\0b'],
  ['nothing', [], ''],
])('text of an Error Report: %s', (_rule, octets, text) => {
  expect(decodeText(Uint8Array.from(octets))).toBe(text);
  // Found by the fuzzer: what was read once reads the same when it is sent again.
  expect(decodeText(encodeText(text))).toBe(text);
});
