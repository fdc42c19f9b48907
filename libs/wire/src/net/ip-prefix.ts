import { err, ok, type Result } from '../result.ts';
import { formatIpAddress, formatIpv4, formatIpv6, parseIpAddress } from './ip-address.ts';
import type { TextError } from './text-error.ts';
import type { IpPrefix } from './types.ts';

/** An address block. `octets` are 4 or 16, with the bits past `length` clear. */
export interface PrefixOctets {
  readonly octets: Uint8Array;
  readonly length: number;
}

export function formatIpv4Prefix(address: number, length: number): IpPrefix {
  return `${formatIpv4(address)}/${length}`;
}

export function formatIpv6Prefix(w0: number, w1: number, w2: number, w3: number, length: number): IpPrefix {
  return `${formatIpv6(w0, w1, w2, w3)}/${length}`;
}

/** Canonical text of a block given as octets; host bits must be clear already. */
export function formatIpPrefix(octets: Uint8Array, length: number): IpPrefix {
  return `${formatIpAddress(octets)}/${length}`;
}

/** `address/length`. Host bits are cleared; a caller that minds compares `formatIpPrefix` with the text. */
export function parseIpPrefix(text: string): Result<PrefixOctets, TextError> {
  const slash = text.indexOf('/');
  const address = parseIpAddress(text.slice(0, Math.max(slash, 0)));
  if (!address.ok) return err({ code: 'prefix-invalid', text });
  const lengthText = text.slice(slash + 1);
  const length = Number(lengthText) >>> 0;
  const octets = address.value;
  // The number's own text is the only one: no sign, no leading zero, nothing behind it.
  if (length > octets.length * 8 || String(length) !== lengthText) return err({ code: 'prefix-length-invalid', text });
  clearHostBits(octets, length);
  return ok({ octets, length });
}

/** Zeroes, in place, every bit past `length`. */
export function clearHostBits(octets: Uint8Array, length: number): void {
  for (let i = length >>> 3; i < octets.length; i++) octets[i]! &= 0xff << Math.min(8, 8 - length + i * 8);
}
