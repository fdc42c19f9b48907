import { clearHostBits, formatIpPrefix, type IpPrefix, type PrefixOctets } from '@bgp/wire';
import type { GlassSource } from './glass-source.ts';

/** The longest prefix with a best path that holds the block. One look-up per length: at most 129 (docs/adr/0013). */
export function longestMatch(source: GlassSource, { octets, length }: PrefixOctets): IpPrefix | undefined {
  const rest = octets.slice();
  for (let bits = length; bits >= 0; bits--) {
    clearHostBits(rest, bits);
    const prefix = formatIpPrefix(rest, bits);
    const page = source.listRoutes({ table: 'best', prefix, limit: 1 });
    if (page.ok && page.value.routes.length > 0) return prefix;
  }
  return undefined;
}
