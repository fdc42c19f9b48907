/** UTF-8 of an Error Report (RFC 8210 §5.11), without the NULs that some caches end it with. Octets that are not UTF-8 are shown as `\xNN`: they may be all we get to see. */
export function decodeText(field: Uint8Array): string {
  const octets = field.subarray(0, field.findLastIndex((octet) => octet !== 0) + 1);
  const escaped = Array.from(octets, (octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
  try {
    return decodeURIComponent(escaped);
  } catch {
    // Not UTF-8: the only thing that function throws for.
    return Array.from(octets, (octet) =>
      octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, '0')}`,
    ).join('');
  }
}

/** Lone surrogates, which UTF-8 cannot hold, become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  const octets: number[] = [];
  const encoded = encodeURIComponent(text.toWellFormed());
  for (let at = 0; at < encoded.length; at++) {
    if (encoded[at] === '%') {
      octets.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16));
      at += 2;
    } else octets.push(encoded.charCodeAt(at));
  }
  return Uint8Array.from(octets);
}
