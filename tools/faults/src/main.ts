/**
 * Random networks under random faults, in virtual time. The same seed is the same run; a failing one is made smaller and printed
 * with the command that replays it.
 */
import { parseArgs } from 'node:util';
import { planNetwork } from './plan/plan-network.ts';
import { type Figures, type Outcome, type RunOptions, run } from './run.ts';
import { shrink } from './shrink.ts';
import { drawSchedule } from './world/step.ts';
import { STEPS } from './world/steps.ts';

const USAGE = `npm run faults -- [--seed N] [--seeds COUNT] [--steps N] [--only I,J,…] [--log] [--no-shrink]

  --seed N       the first seed (default 1)
  --seeds COUNT  how many, one after another (default 1)
  --steps N      drawn for each seed (default 40)
  --only I,J     of these, the ones to take: how a smaller schedule is replayed
  --log          print every step, also of what passes
  --no-shrink    print a failure as it is found
`;

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    only: { type: 'string' },
    log: flag,
    'no-shrink': flag,
    help: { ...flag, short: 'h' },
  },
});
const [first, count, steps] = [Number(values.seed), Number(values.seeds), Number(values.steps)];
const only = values.only
  ?.split(',')
  .filter((text) => text !== '')
  .map(Number);
if (values.help) {
  console.log(USAGE);
} else if (![first, count, steps, ...(only ?? [])].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('--seed, --seeds, --steps and --only take whole numbers from 0');
  process.exitCode = 2;
} else {
  let failed = 0;
  const startMs = performance.now();
  for (let seed = first; seed < first + count; seed++) if (!runSeed(seed)) failed++;
  const seconds = (performance.now() - startMs) / 1000;
  const perMinute = ((count / seconds) * 60).toFixed(0);
  console.log(`${count - failed} passed, ${failed} failed in ${seconds.toFixed(1)} s (${perMinute} seeds per minute)`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function runSeed(seed: number): boolean {
  const schedule = drawSchedule(seed, steps, planNetwork(seed), STEPS);
  const options = {
    seed,
    table: STEPS,
    steps: only === undefined ? schedule : schedule.filter(({ index }) => only.includes(index)),
  };
  const outcome = run(options);
  console.log(`seed ${seed}: ${outcome.failure === undefined ? 'ok' : 'FAILED'} ${figuresText(outcome.figures)}`);
  if (outcome.failure === undefined) {
    if (values.log) console.log(outcome.log.map((line) => `  ${line}`).join('\n'));
    return true;
  }
  const isTerminal = process.stderr.isTTY;
  const smaller = values['no-shrink']
    ? { options, outcome }
    : shrink(options, outcome, (left) => isTerminal && process.stderr.write(`\r  ${left} steps left `));
  if (isTerminal) process.stderr.write('\n');
  report(smaller.options, smaller.outcome);
  return false;
}

function report(options: RunOptions, { failure, log }: Outcome): void {
  if (failure === undefined) return;
  console.log(log.map((line) => `  ${line}`).join('\n'));
  console.log(`  broken: ${failure.check}`);
  for (const line of failure.details.slice(0, 20)) console.log(`    ${line}`);
  if (failure.details.length > 20) console.log(`    … and ${failure.details.length - 20} more`);
  const indexes = options.steps.map(({ index }) => index).join(',');
  console.log(`  replay: npm run faults -- --seed ${options.seed} --steps ${steps} --only ${indexes} --no-shrink`);
}

function figuresText(figures: Figures): string {
  const { speakers, sessions, steps: applied, compared, virtualSeconds, updatesToRest, secondsToRest } = figures;
  return `(${speakers} speakers, ${sessions} sessions, ${applied} steps, ${compared} comparisons, ${virtualSeconds} s; at rest ${secondsToRest} s after the last fault with ${updatesToRest} UPDATEs)`;
}
