import type { Family } from '../../family.ts';
import { componentByCode, lastComponent } from './components.ts';
import { isIpv6 } from './family.ts';
import type { FlowSpecError, FlowSpecValueOctets } from './types.ts';

/** RFC 8955 §4.1: twelve bits of length. */
export const MAX_FLOWSPEC_OCTETS = 4095;

export const OP_END = 0x80;
export const OP_AND = 0x40;

/** RFC 8955 §4.2.1.1: 1, 2, 4 or 8 octets. */
export function valueOctetsOf(operator: number): FlowSpecValueOctets {
  return (1 << ((operator >>> 4) & 3)) as FlowSpecValueOctets; // two bits: 1, 2, 4 or 8
}

/** Octets of an IPv6 pattern (RFC 8956 §3.1) or, with `offset` 0, of an IPv4 prefix. */
export function patternOctets(length: number, offset: number): number {
  return (length - offset + 7) >>> 3;
}

/**
 * Whether one rule, `octets[start, end)` as `FlowSpecNlriCursor` gives it, is well formed. Never throws; allocates only the
 * error.
 * @source RFC 8955 §4.2, RFC 8956 §3
 */
export function checkFlowSpec(
  octets: Uint8Array,
  start: number,
  end: number,
  family: Family,
): FlowSpecError | undefined {
  // RFC 8955 §4.2: `<[component]+>`.
  if (start >= end) return { code: 'flowspec-empty', offset: start };
  if (end - start > MAX_FLOWSPEC_OCTETS) return { code: 'flowspec-too-long', offset: start, length: end - start };
  const ipv6 = isIpv6(family);
  let position = start;
  let previous = 0;
  while (position < end) {
    const component = octets[position]!;
    if (component === 0 || component > lastComponent(ipv6))
      return { code: 'flowspec-component-unknown', offset: position, component };
    // RFC 8955 §4.2: strict ordering, each type at most once.
    if (component <= previous) return { code: 'flowspec-component-order', offset: position, component };
    const next =
      component <= 2
        ? endOfPrefix(octets, position, end, ipv6)
        : endOfList(octets, position, end, componentByCode(component)!.maxValueOctets); // codes up to 13 have a row
    if (typeof next !== 'number') return next;
    position = next;
    previous = component;
  }
  return undefined;
}

function endOfPrefix(octets: Uint8Array, offset: number, end: number, ipv6: boolean): number | FlowSpecError {
  const component = octets[offset]!;
  const head = ipv6 ? 3 : 2;
  if (end - offset < head) return { code: 'flowspec-truncated', offset, component };
  const length = octets[offset + 1]!;
  const prefixOffset = ipv6 ? octets[offset + 2]! : 0;
  // RFC 8956 §3.1: length 0 with offset 0, or offset < length < 129.
  const possible = ipv6
    ? (length === 0 && prefixOffset === 0) || (prefixOffset < length && length <= 128)
    : length <= 32;
  if (!possible) return { code: 'flowspec-prefix-length-invalid', offset, component, length, prefixOffset };
  const next = offset + head + patternOctets(length, prefixOffset);
  return next <= end ? next : { code: 'flowspec-truncated', offset, component };
}

function endOfList(octets: Uint8Array, offset: number, end: number, max: number): number | FlowSpecError {
  const component = octets[offset]!;
  let position = offset + 1;
  while (position < end) {
    const operator = octets[position]!;
    const length = valueOctetsOf(operator);
    if (length > max) return { code: 'flowspec-value-length-invalid', offset, component, length, max };
    position += 1 + length;
    if (position > end) break;
    if ((operator & OP_END) !== 0) return position;
  }
  return { code: 'flowspec-truncated', offset, component };
}

/** Where the component at `position` of a sound rule ends. */
export function endOfComponent(octets: Uint8Array, position: number, end: number, ipv6: boolean): number {
  if (octets[position]! <= 2) {
    const offset = ipv6 ? octets[position + 2]! : 0;
    return position + (ipv6 ? 3 : 2) + patternOctets(octets[position + 1]!, offset);
  }
  let at = position + 1;
  while (at < end) {
    const operator = octets[at]!;
    at += 1 + valueOctetsOf(operator);
    if ((operator & OP_END) !== 0) break;
  }
  return at;
}
