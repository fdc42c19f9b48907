import { formatIpv4Prefix, formatIpv6Prefix, IPV4_UNICAST, type IpPrefix, type PathAttributes } from '@bgp/wire';
import type { GeneratedTable } from './generated-table.ts';

export interface TableRoute {
  readonly prefix: IpPrefix;
  readonly attributes: PathAttributes;
}

/** The routes of a table as objects, for tools and tests that work with few of them. */
export function tableRoute(table: GeneratedTable, route: number): TableRoute {
  const { words, lengths } = table;
  const length = lengths[route]!;
  const attributes = table.sets[table.setOf[route]!]!;
  if (table.family === IPV4_UNICAST) return { prefix: formatIpv4Prefix(words[route]!, length), attributes };
  const [w0, w1, w2, w3] = words.subarray(route * 4, route * 4 + 4);
  return { prefix: formatIpv6Prefix(w0!, w1!, w2!, w3!, length), attributes };
}
