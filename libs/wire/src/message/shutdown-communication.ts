import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';

/** RFC 9003 §2. */
const MAX_TEXT_OCTETS = 255;

/**
 * The data of a Cease with subcode 2 or 4: one octet of length, then UTF-8.
 * @param text cut at a character boundary when it is longer than 255 octets: the one place where the standard prefers a shorter
 *             message over none. `shutdownTextFits` tells beforehand.
 * @source RFC 9003 §2
 */
export function encodeShutdownCommunication(text: string): Uint8Array {
  let octets = encodeUtf8(text);
  if (octets.length > MAX_TEXT_OCTETS) {
    let end = MAX_TEXT_OCTETS;
    while (end > 0 && ((octets[end] ?? 0) & 0xc0) === 0x80) end--;
    octets = octets.subarray(0, end);
  }
  const data = new Uint8Array(octets.length + 1);
  data[0] = octets.length;
  data.set(octets, 1);
  return data;
}

export function shutdownTextFits(text: string): boolean {
  return encodeUtf8(text).length <= MAX_TEXT_OCTETS;
}

/**
 * The text in such data; undefined when there is none or the length runs past the data. Octets that are not UTF-8 become
 * U+FFFD; octets after the text are ignored. RFC 9003 §4: whoever shows it must escape control characters.
 */
export function decodeShutdownCommunication(data: Uint8Array): string | undefined {
  const length = data[0] ?? 0;
  if (length === 0 || length > data.length - 1) return undefined;
  return decodeUtf8(data.subarray(1, 1 + length));
}
