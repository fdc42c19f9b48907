import type { Family } from '../../family.ts';
import { endOfComponent, OP_AND, patternOctets, valueOctetsOf } from './check-flowspec.ts';
import { componentByCode, valueMask } from './components.ts';
import { isIpv6 } from './family.ts';

/**
 * The canonical octets of the sound rule `octets[start, end)`: **the key of a FlowSpec route** (RFC 8955 §3: "BGP itself treats
 * the NLRI as a key"). There are as many as were received; every bit that the standard has receivers ignore is zero: those past a
 * prefix's length, an IPv6 pattern's padding, the reserved operator bits, the AND bit of a list's first operator, the bits of DSCP
 * and fragment without a meaning.
 *
 * The width of values stays as received. `port =80` in one octet and in two are different keys: both are legal, the order of
 * RFC 8955 §5.1 tells them apart, and rewriting one would have us withdraw what we never announced.
 */
export function canonicalFlowSpec(octets: Uint8Array, start: number, end: number, family: Family): Uint8Array {
  const key = octets.slice(start, end);
  canonicalizeFlowSpec(key, 0, key.length, family);
  return key;
}

/** The same in place: clears the bits that do not count, in a copy that the caller owns. Allocates nothing. */
export function canonicalizeFlowSpec(octets: Uint8Array, start: number, end: number, family: Family): void {
  const ipv6 = isIpv6(family);
  let position = start;
  while (position < end) {
    const next = endOfComponent(octets, position, end, ipv6);
    if (octets[position]! <= 2) clearPadding(octets, position, ipv6);
    else clearReserved(octets, position, next, ipv6);
    position = next;
  }
}

function clearPadding(octets: Uint8Array, position: number, ipv6: boolean): void {
  const bits = octets[position + 1]! - (ipv6 ? octets[position + 2]! : 0);
  // RFC 4271 §4.3 ("irrelevant"), RFC 8956 §3.1: padding "MUST be 0 on encoding and MUST be ignored on decoding".
  if ((bits & 7) !== 0) octets[position + (ipv6 ? 3 : 2) + patternOctets(bits, 0) - 1]! &= 0xff << (8 - (bits & 7));
}

function clearReserved(octets: Uint8Array, position: number, end: number, ipv6: boolean): void {
  const code = octets[position]!;
  const mask = valueMask(code, ipv6);
  // RFC 8955 §4.2.1.1–2: the bits shown as 0 "MUST be set to 0 on NLRI encoding".
  const operatorMask = componentByCode(code)?.kind === 'bitmask' ? 0xf3 : 0xf7;
  // RFC 8955 §4.2.1.1: the first AND bit "MUST be treated as always unset".
  octets[position + 1]! &= ~OP_AND;
  let at = position + 1;
  while (at < end) {
    octets[at]! &= operatorMask;
    const length = valueOctetsOf(octets[at]!);
    if (length === 1) octets[at + 1]! &= mask;
    at += 1 + length;
  }
}
