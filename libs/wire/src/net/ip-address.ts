import { err, ok, type Result } from '../result.ts';
import type { TextError } from './text-error.ts';
import type { IpAddress } from './types.ts';

/** Dotted quad of an unsigned 32-bit number. */
export function formatIpv4(address: number): IpAddress {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Four decimal numbers without leading zeros (which some readers take for octal), as an unsigned 32-bit number. */
export function parseIpv4(text: string): Result<number, TextError> {
  let address = 0;
  let parts = 0;
  let part = -1; // no digit yet
  for (let at = 0; at <= text.length && part < 256; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9 && part !== 0) part = Math.max(part, 0) * 10 + digit;
    else if (part >= 0 && (digit === -2 || at === text.length)) {
      address = address * 256 + part;
      parts++;
      part = -1;
    } else part = 256;
  }
  return parts === 4 && part < 0 ? ok(address) : err({ code: 'address-invalid', text });
}

/** RFC 5952 §4 text of four 32-bit words, most significant first. */
export function formatIpv6(w0: number, w1: number, w2: number, w3: number): IpAddress {
  // RFC 5952 §5: IPv4-mapped addresses show their IPv4 part.
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) return `::ffff:${formatIpv4(w3)}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  // RFC 5952 §4.2: the longest run of at least two zero groups, the first one of several, becomes `::`.
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** Any text form of RFC 4291 §2.2 (no zone), as sixteen octets. */
export function parseIpv6(text: string): Result<Uint8Array, TextError> {
  const invalid = err<TextError>({ code: 'address-invalid', text });
  const halves = text.split('::');
  if (halves.length > 2) return invalid;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return invalid;
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return invalid;
  const octets = new Uint8Array(16);
  for (const [index, group] of [...head, ...new Array<number>(missing).fill(0), ...tail].entries()) {
    octets[index * 2] = group >>> 8;
    octets[index * 2 + 1] = group;
  }
  return ok(octets);
}

/** `mayEndInIpv4`: only the end of the whole address may be a dotted quad. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (mayEndInIpv4 && index === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part);
      if (!ipv4.ok) return undefined;
      groups.push(ipv4.value >>> 16, ipv4.value & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** Four or sixteen octets, freshly allocated. */
export function parseIpAddress(text: string): Result<Uint8Array, TextError> {
  if (text.includes(':')) return parseIpv6(text);
  const ipv4 = parseIpv4(text);
  if (!ipv4.ok) return ipv4;
  const { value } = ipv4;
  return ok(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
}

/**
 * Canonical text of the `length` (4 or 16) octets at `start`, which must be there.
 * @example formatIpAddress(Uint8Array.of(192, 0, 2, 1)); // => '192.0.2.1'
 */
export function formatIpAddress(octets: Uint8Array, start = 0, length: number = octets.length - start): IpAddress {
  const word = (offset: number): number =>
    ((octets[start + offset]! << 24) |
      (octets[start + offset + 1]! << 16) |
      (octets[start + offset + 2]! << 8) |
      octets[start + offset + 3]!) >>>
    0;
  return length === 4 ? formatIpv4(word(0)) : formatIpv6(word(0), word(4), word(8), word(12));
}
