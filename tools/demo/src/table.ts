import type { InjectedRoute } from '@bgp/speaker';
import { fullTable, tableRoute } from '@bgp/testkit';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';

/** One IPv6 route after each four IPv4 routes, as in the global table. */
const IPV4_PER_IPV6 = 4;

/** `count` distinct routes shaped like a real table; the first ones are the same for every count. */
export function demoTable(seed: number, count: number): InjectedRoute[] {
  const ipv6Count = Math.floor(count / (IPV4_PER_IPV6 + 1));
  const ipv4 = fullTable({ seed, count: count - ipv6Count, family: IPV4_UNICAST });
  const ipv6 = fullTable({ seed, count: ipv6Count, family: IPV6_UNICAST });
  return Array.from({ length: count }, (_, index): InjectedRoute => {
    const round = Math.floor(index / (IPV4_PER_IPV6 + 1));
    const isIpv6 = index % (IPV4_PER_IPV6 + 1) === IPV4_PER_IPV6;
    const table = isIpv6 ? ipv6 : ipv4;
    const { prefix, attributes } = tableRoute(table, isIpv6 ? round : index - round);
    const { nextHop: _none, ...rest } = attributes;
    const nextHop = [isIpv6 ? '2001:db8::fe' : '192.0.2.254'];
    return { family: table.family, prefix, nextHop, attributes: rest, pathId: 0 };
  });
}
