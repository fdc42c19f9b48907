import { SeededRandom } from '@bgp/testkit';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { PlanBuilder } from './builder.ts';
import { INGREDIENTS, SESSION_OPTIONS } from './ingredients.ts';
import type { NetworkPlan, NodePlan, Universe } from './types.ts';

const MIN_SPEAKERS = 20;

/** Injected at several places, so that there is something to choose. */
export const UNIVERSE: Universe = {
  prefixes: [
    ...[
      '10.1.0.0/16',
      '10.1.2.0/24',
      '10.2.0.0/16',
      '10.3.4.0/24',
      '10.3.4.128/25',
      '172.16.0.0/12',
      '203.0.113.0/24',
      '0.0.0.0/0',
    ].map((prefix) => ({ family: IPV4_UNICAST, prefix })),
    ...['2001:db8:1::/48', '2001:db8:1:2::/64', '2001:db8:2::/48', '2001:db8::/32', '::/0'].map((prefix) => ({
      family: IPV6_UNICAST,
      prefix,
    })),
  ],
};

/** A connected network of at least 20 speakers with every ingredient. */
export function planNetwork(seed: number): NetworkPlan {
  const random = new SeededRandom(seed);
  const builder = new PlanBuilder(random, SESSION_OPTIONS);
  const borders: (readonly NodePlan[])[] = INGREDIENTS.map((ingredient) => ingredient.build(builder));
  while (builder.nodes.length < MIN_SPEAKERS) borders.push(random.pick(INGREDIENTS).build(builder));
  for (const [at, here] of borders.entries()) {
    // A ring of neighborhoods, so that cutting one link does not divide them, and a few links across.
    const there = borders[(at + 1) % borders.length]!;
    builder.link(random.pick(here), random.pick(there));
    if (random.next() < 0.5) builder.link(random.pick(here), random.pick(random.pick(borders)));
  }
  return builder.plan();
}
