import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { planNetwork } from './plan/plan-network.ts';
import { run } from './run.ts';
import { shrink } from './shrink.ts';
import { drawSchedule, type StepRow } from './world/step.ts';
import { STEPS } from './world/steps.ts';

/** One to two seconds of processor time each. A long run is `npm run faults -- --seeds 1000`. */
const SEEDS = 10;
const STEPS_EACH = 40;

const scheduleOf = (seed: number, table: readonly StepRow[] = STEPS, count = STEPS_EACH) =>
  drawSchedule(seed, count, planNetwork(seed), table);

it.each(Array.from({ length: SEEDS }, (_, at) => at + 1))(
  'seed %i (alone: npm run faults -- --seed …)',
  (seed) => {
    const { failure, log } = run({ seed, table: STEPS, steps: scheduleOf(seed) });
    expect(failure, [`npm run faults -- --seed ${seed}`, ...log].join('\n')).toBeUndefined();
  },
  60_000,
);

it('equal seeds are equal runs', () => {
  const outcome = () => run({ seed: 3, table: STEPS, steps: scheduleOf(3).slice(0, 15) });
  expect(outcome()).toEqual(outcome());
});

it('a network has twenty speakers or more, and every kind of neighborhood', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { nodes } = planNetwork(seed);
    expect(nodes.length).toBeGreaterThanOrEqual(20);
    expect(new Set(nodes.map(({ role }) => role))).toEqual(
      new Set(['rs', 'rsc', 'rr', 'rrc', 'ibgp', 'ebgp', 'confed', 'site', 'hub', 'spoke']),
    );
  }
});

describe('the suite can fail', () => {
  const sabotage: readonly (StepRow & { readonly finds: string })[] = [
    {
      name: 'a route that nobody has announced',
      finds: 'no route outlives its origin',
      weight: 30,
      run({ node }) {
        const attributes = { origin: 0, asPath: [] };
        const route = { family: IPV4_UNICAST, prefix: '198.18.0.0/15', nextHop: ['192.0.2.99'], attributes, pathId: 0 };
        return node.life?.speaker.inject(route).ok === true ? 'behind the back' : undefined;
      },
    },
    {
      name: 'a policy that the configuration does not have',
      finds: 'what is advertised follows from the best routes',
      weight: 90,
      run({ side }) {
        const deny = { name: 'deny', defaultAction: 'deny', statements: [] } as const;
        const done = side.self.life?.speaker.setPolicy(side.name, 'export', [deny]);
        return done?.ok === true ? 'behind the back' : undefined;
      },
    },
    {
      name: 'a reset without a reason',
      finds: 'everything that happens is explained',
      weight: 30,
      run: ({ world, link }) => (world.network.cut(...world.addressesOf(link)) > 0 ? 'behind the back' : undefined),
    },
  ];

  it.each(sabotage)(
    '$name is found, and little else is left of the schedule',
    ({ finds, ...row }) => {
      const table = [row, ...STEPS.filter(({ name }) => name === 'inject' || name === 'withdraw')];
      const options = { seed: 5, table, steps: scheduleOf(5, table, 12) };
      const { outcome, options: smaller } = shrink(options, run(options));
      expect(outcome.failure?.check).toBe(finds);
      expect(smaller.steps.map(({ name }) => name)).toContain(row.name);
      expect(smaller.steps.length).toBeLessThanOrEqual(2);
    },
    60_000,
  );
});
