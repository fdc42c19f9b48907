/**
 * UTF-8 without TextEncoder and TextDecoder: they are in browsers and Node but not in the language, and this package uses
 * nothing else. Whatever is not UTF-8 becomes U+FFFD, as the Encoding Standard does it, so that text of a peer is always text.
 */
export function decodeUtf8(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; ) {
    const length = sequenceLength(octets, i);
    if (length === 0) {
      text += '\ufffd';
      i++;
      continue;
    }
    const first = octets[i] ?? 0;
    let codePoint = length === 1 ? first : first & (0x7f >>> length);
    for (let k = 1; k < length; k++) codePoint = codePoint * 64 + ((octets[i + k] ?? 0) & 0x3f);
    text += String.fromCodePoint(codePoint);
    i += length;
  }
  return text;
}

/** Octets of the well-formed sequence at `start` (RFC 3629 §4), or 0. */
function sequenceLength(octets: Uint8Array, start: number): number {
  const first = octets[start] ?? 0;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) === 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length === 0 || start + length > octets.length) return 0;
  for (let k = 1; k < length; k++) if (((octets[start + k] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = octets[start + 1] ?? 0;
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}

/** An unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const codePoint = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
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
