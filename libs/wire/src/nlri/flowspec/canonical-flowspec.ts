import type { ByteWriter } from '../../bytes/byte-writer.ts';
import type { Family } from '../../family.ts';
import { endOfComponent, OP_AND, patternOctets, valueOctetsOf } from './check-flowspec.ts';
import { componentByCode, valueMask } from './components.ts';
import { isIpv6 } from './family.ts';

/**
 * Appends the canonical octets of a sound rule: **the key of a FlowSpec route** (RFC 8955 §4: "BGP itself treats the NLRI as
 * a key"). Every bit that the standard has receivers ignore is zero: those past a prefix's length, an IPv6 pattern's padding,
 * the reserved operator bits, the AND bit of a list's first operator, the bits of DSCP and fragment without a meaning.
 *
 * The width of values stays as received. `port =80` in one octet and in two are different keys: both are legal, the order of
 * RFC 8955 §5.1 tells them apart, and rewriting one would have us withdraw what we never announced.
 */
export function copyCanonicalFlowSpec(
  octets: Uint8Array,
  start: number,
  end: number,
  family: Family,
  out: ByteWriter,
): void {
  const ipv6 = isIpv6(family);
  let position = start;
  while (position < end) {
    const next = endOfComponent(octets, position, end, ipv6);
    if (octets[position]! <= 2) copyPrefix(octets, position, ipv6, out);
    else copyList(octets, position, next, ipv6, out);
    position = next;
  }
}

function copyPrefix(octets: Uint8Array, position: number, ipv6: boolean, out: ByteWriter): void {
  const head = ipv6 ? 3 : 2;
  const bits = octets[position + 1]! - (ipv6 ? octets[position + 2]! : 0);
  const last = position + head + patternOctets(bits, 0) - 1;
  out.copy(octets, position, position + head);
  if (bits === 0) return;
  out.copy(octets, position + head, last);
  // RFC 4271 §4.3 ("irrelevant"), RFC 8956 §3.1: padding "MUST be 0 on encoding and MUST be ignored on decoding".
  out.u8(octets[last]! & (0xff << ((8 - (bits & 7)) & 7)));
}

function copyList(octets: Uint8Array, position: number, end: number, ipv6: boolean, out: ByteWriter): void {
  const code = octets[position]!;
  const mask = valueMask(code, ipv6);
  // RFC 8955 §4.2.1.1–2: the bits shown as 0 "MUST be set to 0 on NLRI encoding".
  const operatorMask = componentByCode(code)?.kind === 'bitmask' ? 0xf3 : 0xf7;
  out.u8(code);
  let at = position + 1;
  while (at < end) {
    const operator = octets[at]!;
    const length = valueOctetsOf(operator);
    // RFC 8955 §4.2.1.1: the first AND bit "MUST be treated as always unset".
    out.u8(operator & operatorMask & (at === position + 1 ? ~OP_AND : 0xff));
    if (length === 1) out.u8(octets[at + 1]! & mask);
    else out.copy(octets, at + 1, at + 1 + length);
    at += 1 + length;
  }
}
