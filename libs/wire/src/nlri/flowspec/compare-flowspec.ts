import type { Family } from '../../family.ts';
import { endOfComponent } from './check-flowspec.ts';
import { isIpv6 } from './family.ts';

/**
 * The order in which rules are tried on a packet: negative when `a` has precedence, positive when `b` has, 0 when they are the
 * same rule. Both are canonical octets (`canonicalFlowSpec`, `encodeFlowSpec`) of one family.
 *
 * The standard compares component by component: the lower type first, a rule that has run out last; prefixes by offset
 * (lowest first), then the more specific if one covers the other, else the lowest address; everything else by memcmp, where of
 * two strings that agree as far as both go the *longer* one is first.
 * @source RFC 8955 §5.1 and appendix A, RFC 8956 §4 and appendix A
 */
export function compareFlowSpec(a: Uint8Array, b: Uint8Array, family: Family): number {
  const ipv6 = isIpv6(family);
  let atA = 0;
  let atB = 0;
  while (atA < a.length && atB < b.length) {
    const byType = a[atA]! - b[atB]!;
    if (byType !== 0) return byType;
    const endA = endOfComponent(a, atA, a.length, ipv6);
    const endB = endOfComponent(b, atB, b.length, ipv6);
    const order =
      a[atA]! <= 2 ? comparePrefix(a, atA, b, atB, ipv6) : compareOctets(a, atA + 1, endA, b, atB + 1, endB);
    if (order !== 0) return order;
    atA = endA;
    atB = endB;
  }
  return b.length - atB - (a.length - atA);
}

function comparePrefix(a: Uint8Array, atA: number, b: Uint8Array, atB: number, ipv6: boolean): number {
  const offsetA = ipv6 ? a[atA + 2]! : 0;
  const offsetB = ipv6 ? b[atB + 2]! : 0;
  // RFC 8956 §4: "the lowest offset has precedence".
  if (offsetA !== offsetB) return offsetA - offsetB;
  const head = ipv6 ? 3 : 2;
  const lengthA = a[atA + 1]!;
  const lengthB = b[atB + 1]!;
  const common = Math.min(lengthA, lengthB) - offsetA;
  for (let bit = 0; bit < common; bit += 8) {
    const mask = common - bit >= 8 ? 0xff : 0xff << (8 - (common - bit));
    const octet = bit >>> 3;
    const order = (a[atA + head + octet]! & mask) - (b[atB + head + octet]! & mask);
    if (order !== 0) return order;
  }
  // The common bits agree, so one covers the other: the more specific has precedence.
  return lengthB - lengthA;
}

function compareOctets(
  a: Uint8Array,
  startA: number,
  endA: number,
  b: Uint8Array,
  startB: number,
  endB: number,
): number {
  const lengthA = endA - startA;
  const lengthB = endB - startB;
  const common = Math.min(lengthA, lengthB);
  for (let i = 0; i < common; i++) {
    const order = a[startA + i]! - b[startB + i]!;
    if (order !== 0) return order;
  }
  return lengthB - lengthA;
}
