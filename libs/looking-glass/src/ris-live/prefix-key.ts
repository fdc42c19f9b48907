import { type IpPrefix, type PrefixOctets, parseIpPrefix } from '@bgp/wire';

/** Key of the first `length` bits of a block, of either family. */
export function prefixKey(octets: Uint8Array, length: number): string {
  let key = `${octets.length}/${length}/`;
  const whole = length >> 3;
  for (let at = 0; at < whole; at++) key += String.fromCharCode(octets[at]!); // at < length / 8
  const rest = length & 7;
  return rest === 0 ? key : key + String.fromCharCode(octets[whole]! & (0xff << (8 - rest)));
}

/** `inner` is `outer`, or a part of it. */
export function isInside(inner: PrefixOctets, outer: PrefixOctets): boolean {
  const { octets, length } = outer;
  if (inner.octets.length !== octets.length || inner.length < length) return false;
  const whole = length >> 3;
  for (let at = 0; at < whole; at++) if (inner.octets[at] !== octets[at]) return false;
  const rest = length & 7;
  return rest === 0 || ((inner.octets[whole]! ^ octets[whole]!) & (0xff << (8 - rest)) & 0xff) === 0; // whole < octets.length
}

/** Prefixes that our own decoder wrote. */
export function blocksOf(prefixes: readonly IpPrefix[]): PrefixOctets[] {
  return prefixes.flatMap((text) => {
    const parsed = parseIpPrefix(text);
    return parsed.ok ? [parsed.value] : [];
  });
}
