import { SeededRandom } from '@bgp/testkit';
import type { LinkPlan, NetworkPlan } from '../plan/types.ts';
import type { Side, World, WorldNode } from './world.ts';

/** One thing that happens, as numbers: what they mean is up to the row of the table, so that any of them can be left out. */
export interface Step {
  readonly index: number;
  readonly name: string;
  readonly node: number;
  readonly link: number;
  readonly side: 0 | 1;
  /** Seed of what else the step draws. */
  readonly pick: number;
  /** Virtual time that passes after it. */
  readonly waitMs: number;
}

/** What a step works on. */
export interface StepTarget {
  readonly world: World;
  readonly node: WorldNode;
  readonly link: LinkPlan;
  readonly side: Side;
  readonly random: SeededRandom;
}

export interface StepRow {
  readonly name: string;
  readonly weight: number;
  /** Not for neighbors that come and go by themselves: the next session has forgotten it. */
  readonly needsConfiguration?: true;
  /** For the log; undefined: it does not apply as things are, and nothing happened. */
  run(target: StepTarget): string | undefined;
}

export function drawSchedule(seed: number, count: number, plan: NetworkPlan, table: readonly StepRow[]): Step[] {
  const random = new SeededRandom(seed ^ 0x5eed);
  const total = table.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: count }, (_, index) => {
    const row = pickWeighted(table, random.next() * total);
    return {
      index,
      name: row.name,
      node: random.between(0, plan.nodes.length - 1),
      link: random.between(0, plan.links.length - 1),
      side: random.next() < 0.5 ? 0 : 1,
      pick: random.between(0, 0x7fff_ffff),
      // Mostly into the middle of what the step before began; now and then long enough for every timer.
      waitMs: random.pick([0, 5, 50, 500, 2_000, 5_000, 15_000, 60_000, 150_000]),
    };
  });
}

/** `at`: from 0 to less than the sum of all weights. */
function pickWeighted(table: readonly StepRow[], at: number): StepRow {
  let passed = 0;
  for (const row of table) {
    passed += row.weight;
    if (at < passed) return row;
  }
  throw new Error('the table of steps is empty');
}

export function performStep(world: World, step: Step, table: readonly StepRow[]): string | undefined {
  const row = table.find(({ name }) => name === step.name);
  const [node, link] = [world.nodes[step.node], world.links[step.link]];
  if (row === undefined || node === undefined || link === undefined) throw new Error(`no such step: ${step.name}`);
  const side = world.sidesOf(link)[step.side];
  if (row.needsConfiguration === true && side.isDynamic) return undefined;
  return row.run({ world, node, link, side, random: new SeededRandom(step.pick) });
}
