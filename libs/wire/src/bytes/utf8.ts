/**
 * UTF-8 without TextEncoder and TextDecoder: they are in browsers and Node but not in the language, and this package uses
 * nothing else. Each octet that is part of no UTF-8 sequence becomes U+FFFD, so that text of a peer is always text.
 */
export function decodeUtf8(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; ) {
    const length = sequenceLength(octets[i] ?? 0);
    const codePoint = readSequence(octets, i, length);
    text += String.fromCodePoint(codePoint < 0 ? REPLACEMENT : codePoint);
    i += codePoint < 0 ? 1 : length;
  }
  return text;
}

const REPLACEMENT = 0xfffd;
/** By length: the least code point that needs it; a smaller one is an overlong form (RFC 3629 §3). */
const LEAST = [0, 0, 0x80, 0x800, 0x1_0000];

/** What the first octet promises; 0 for one that starts nothing. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc0 || first > 0xf7) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The code point of a well-formed sequence, or -1. */
function readSequence(octets: Uint8Array, start: number, length: number): number {
  if (length === 0 || start + length > octets.length) return -1;
  let codePoint = (octets[start] ?? 0) & (length === 1 ? 0x7f : 0x7f >>> length);
  for (let k = start + 1; k < start + length; k++) {
    const octet = octets[k] ?? 0;
    if ((octet & 0xc0) !== 0x80) return -1;
    codePoint = codePoint * 64 + (octet & 0x3f);
  }
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return isSurrogate || codePoint > 0x10_ffff || codePoint < (LEAST[length] ?? 0) ? -1 : codePoint;
}

/** An unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const codePoint = point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
    if (codePoint < 0x80) octets.push(codePoint);
    else if (codePoint < 0x800) octets.push(0xc0 | (codePoint >>> 6), trail(codePoint));
    else if (codePoint < 0x1_0000) octets.push(0xe0 | (codePoint >>> 12), trail(codePoint >>> 6), trail(codePoint));
    else octets.push(0xf0 | (codePoint >>> 18), trail(codePoint >>> 12), trail(codePoint >>> 6), trail(codePoint));
  }
  return Uint8Array.from(octets);
}

function trail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
