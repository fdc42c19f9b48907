import { IPV4_FLOWSPEC, IPV6_FLOWSPEC, parseFlowSpecText } from '@bgp/wire/flowspec';
import { labelOf } from './label.ts';
import type { StepRow } from './step.ts';

/** With and without a destination, inside and outside of what is announced. */
const RULES = [
  { family: IPV4_FLOWSPEC, text: 'dst 10.1.2.0/24 proto tcp port 80' },
  { family: IPV4_FLOWSPEC, text: 'dst 10.3.4.0/24' },
  { family: IPV4_FLOWSPEC, text: 'dst 203.0.113.0/25 proto udp' },
  { family: IPV4_FLOWSPEC, text: 'proto icmp' },
  { family: IPV6_FLOWSPEC, text: 'dst 2001:db8:1::/48 proto tcp' },
  { family: IPV6_FLOWSPEC, text: 'dst 2001:db8:2::/64' },
] as const;

export const FLOWSPEC_STEPS: readonly StepRow[] = [
  {
    name: 'inject rule',
    weight: 8,
    run({ world, node, random }) {
      if (!node.plan.injects) return undefined;
      const { family, text } = random.pick(RULES);
      const rule = parseFlowSpecText(text, family);
      if (!rule.ok) throw new Error(`${text}: ${rule.error.code}`);
      const rate = random.pick([0, 1_000_000]);
      world.injectRule(node, rule.value, [{ type: 'traffic-rate-bytes', id: 0, rate }]);
      return `${text} at ${labelOf(node)}`;
    },
  },
  {
    name: 'withdraw rule',
    weight: 4,
    run({ world, node, random }) {
      if (node.rules.size === 0) return undefined;
      const text = random.pick([...node.rules.keys()]);
      world.withdrawRule(node, text);
      return `${text} at ${labelOf(node)}`;
    },
  },
];
