import type { Statistic } from '@bgp/bmp';
import type { PeerStatus, RibStatus } from '@bgp/speaker';
import type { Family } from '@bgp/wire';

/** RFC 7854 §4.8, RFC 8671 §6.2: what is known of one neighbor. Counters wrap at 32 bits, as their form has it. */
export function peerStatistics({ counters, prefixes }: PeerStatus): Statistic[] {
  const { judged } = counters;
  const total = (of: 'received' | 'sent') => prefixes.reduce((sum, counts) => sum + counts[of], 0);
  return [
    counter(0, judged.rejectedByPolicy),
    counter(1, judged.duplicateAnnouncements),
    counter(2, judged.duplicateWithdrawals),
    counter(3, judged.clusterListLoops),
    counter(4, judged.asPathLoops),
    counter(5, judged.originatorIdLoops),
    counter(6, judged.confederationLoops),
    gauge(7, total('received')),
    ...prefixes.map(({ family, received }) => familyGauge(9, family, received)),
    counter(11, judged.treatedUpdates),
    counter(12, judged.treatedRoutes),
    counter(13, judged.duplicateUpdates),
    gauge(15, total('sent')),
    ...prefixes.map(({ family, sent }) => familyGauge(17, family, sent)),
  ];
}

/** RFC 9069 §5.6. */
export function locRibStatistics(rib: readonly RibStatus[]): Statistic[] {
  return [
    gauge(
      8,
      rib.reduce((sum, { prefixes }) => sum + prefixes, 0),
    ),
    ...rib.map(({ family, prefixes }) => familyGauge(10, family, prefixes)),
  ];
}

function counter(type: number, value: number): Statistic {
  return { type, form: 'counter32', value: value % 0x1_0000_0000 };
}

function gauge(type: number, value: number): Statistic {
  return { type, form: 'gauge64', value: BigInt(value) };
}

function familyGauge(type: number, family: Family, value: number): Statistic {
  return { type, form: 'family-gauge64', family, value: BigInt(value) };
}
