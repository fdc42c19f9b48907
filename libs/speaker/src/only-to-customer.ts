import type { RouteCursor } from '@bgp/rib';
import { type Family, IPV4_UNICAST, IPV6_UNICAST, otcOf } from '@bgp/wire';
import type { LocalRole } from './config.ts';

/** RFC 9234 §4.1. */
export const ROLE_VALUE: Readonly<Record<LocalRole, number>> = {
  provider: 0,
  'route-server': 1,
  'route-server-client': 2,
  customer: 3,
  peer: 4,
};

export type OtcVerdict = 'leak' | 'add' | 'keep';

/** What the other side may be told, and tell, by what *we* are on the session (RFC 9234 §5). */
const RULES: Readonly<
  Record<
    LocalRole,
    {
      readonly receives: 'none' | 'its-own' | 'any';
      readonly addsOnReceipt: boolean;
      readonly sends: 'any' | 'unmarked';
      readonly addsOnSending: boolean;
    }
  >
> = {
  provider: { receives: 'none', addsOnReceipt: false, sends: 'any', addsOnSending: true },
  'route-server': { receives: 'none', addsOnReceipt: false, sends: 'any', addsOnSending: true },
  peer: { receives: 'its-own', addsOnReceipt: true, sends: 'unmarked', addsOnSending: true },
  customer: { receives: 'any', addsOnReceipt: true, sends: 'unmarked', addsOnSending: false },
  'route-server-client': { receives: 'any', addsOnReceipt: true, sends: 'unmarked', addsOnSending: false },
};

/** RFC 9234 §5, the ingress procedure; `route.source` is the neighbor. */
export function judgeOtcOnReceipt(role: LocalRole | undefined, route: RouteCursor): OtcVerdict {
  if (role === undefined || !isCovered(route.family) || route.source.kind !== 'external') return 'keep';
  const { receives, addsOnReceipt } = RULES[role];
  const otc = otcOf(route.attributes);
  if (otc === undefined) return addsOnReceipt ? 'add' : 'keep';
  if (receives === 'none') return 'leak';
  return receives === 'its-own' && otc !== route.source.as ? 'leak' : 'keep';
}

/** RFC 9234 §5, egress 2: a marked route goes to customers only. */
export function isLeakOnSending(role: LocalRole | undefined, { family, attributes }: RouteCursor): boolean {
  return role !== undefined && isCovered(family) && RULES[role].sends === 'unmarked' && otcOf(attributes) !== undefined;
}

/** RFC 9234 §5, egress 1: an unmarked route gets the mark. */
export function marksOnSending(role: LocalRole | undefined, family: Family): boolean {
  return role !== undefined && isCovered(family) && RULES[role].addsOnSending;
}

/** RFC 9234 §5: unicast only. */
function isCovered(family: Family): boolean {
  return family === IPV4_UNICAST || family === IPV6_UNICAST;
}
