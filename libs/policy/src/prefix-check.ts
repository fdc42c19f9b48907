import { formatIpPrefix, parseIpPrefix } from '@bgp/wire';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';

/** Address octets and length of a prefix without host bits; undefined after saying what is wrong. */
export function checkPrefix(
  text: string,
  path: DiagnosticPath,
  into: DiagnosticList,
): { readonly octets: Uint8Array; readonly length: number } | undefined {
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) {
    into.add('prefix-invalid', path, `"${text}" is not a prefix`, 'write address/length');
    return undefined;
  }
  const { octets, length } = parsed.value;
  const canonical = formatIpPrefix(octets, length);
  if (text === canonical || !hasHostBits(text, octets)) return parsed.value;
  const hint = `did you mean ${canonical}?`;
  into.add('prefix-host-bits', path, `"${text}" has bits set past its length`, hint);
  return undefined;
}

/** `octets` are what is left after masking; the text says more when parsing it as a host address gives something else. */
function hasHostBits(text: string, octets: Uint8Array): boolean {
  const host = parseIpPrefix(`${text.slice(0, text.indexOf('/'))}/${octets.length * 8}`);
  return host.ok && host.value.octets.some((octet, index) => octet !== octets[index]);
}
