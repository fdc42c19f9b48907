/**
 * Malformed UPDATEs by the rules of RFC 7606, each in many random instances, sent over an established session of a speaker; and what
 * became of session and route.
 */
import { parseArgs } from 'node:util';
import { SeededRandom } from '@bgp/testkit';
import { type Draft, type Outcome, RULES, type Rule } from './rules.ts';
import { NEIGHBOR_AS, Victim } from './victim.ts';

const USAGE = `npm run malformed -- [--count N] [--seed N] [--json]

  --count N   instances of each rule (default 200)
  --seed N    default 1
`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (values.help) console.log(USAGE);
else if (![count, seed].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('--count and --seed take whole numbers from 0');
  process.exitCode = 2;
} else report(RULES.map((rule) => tryRule(rule, new SeededRandom(seed))));

interface Tried {
  readonly rule: Rule;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: number;
}

function tryRule(rule: Rule, random: SeededRandom): Tried {
  const outcomes: Record<string, number> = {};
  let victim = new Victim(random.between(1, 1_000_000), rule.neighbor);
  for (let index = 0; index < count; index++) {
    const outcome = tryOne(victim, rule, random, index);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (victim.isClosed) victim = new Victim(random.between(1, 1_000_000), rule.neighbor);
  }
  return { rule, outcomes, wrong: count - (outcomes[rule.expect] ?? 0) };
}

function tryOne(victim: Victim, rule: Rule, random: SeededRandom, index: number): string {
  const [third, fourth] = [index >>> 8, index & 255];
  const prefix = `20.${third}.${fourth}.0/24`;
  const nlri = [24, 20, third, fourth];
  victim.update(sound(random, rule, nlri, 1));
  if (victim.route(prefix)?.med !== 1) return 'the sound UPDATE was not taken';
  victim.update(rule.make(random, sound(random, rule, nlri, 2)));
  if (victim.isClosed) return 'session-reset' satisfies Outcome;
  const route = victim.route(prefix);
  if (route === undefined) return 'treat-as-withdraw' satisfies Outcome;
  if (route.med !== 2) return 'the old route stays';
  return rule.gone !== undefined && route[rule.gone] !== undefined
    ? 'the malformed attribute stays'
    : ('attribute-discard' satisfies Outcome);
}

/** An UPDATE without mistakes, with some attributes more; its MED tells it from another. */
function sound(random: SeededRandom, { neighbor }: Rule, nlri: readonly number[], med: number): Draft {
  const path = neighbor === 'external' ? [2, 1, 0, 0, NEIGHBOR_AS >>> 8, NEIGHBOR_AS & 0xff] : [];
  const attributes = [
    { flags: 0x40, code: 1, value: [random.between(0, 2)] },
    { flags: 0x40, code: 2, value: path },
    { flags: 0x40, code: 3, value: [192, 0, 2, random.between(1, 254)] },
    { flags: 0x80, code: 4, value: [0, 0, 0, med] },
    ...(neighbor === 'internal' ? [{ flags: 0x40, code: 5, value: [0, 0, 0, 100] }] : []),
    ...(random.between(0, 1) === 0 ? [] : [{ flags: 0xc0, code: 8, value: [0xfd, 0xea, 0, random.between(0, 255)] }]),
    ...(random.between(0, 1) === 0 ? [] : [{ flags: 0xc0, code: 32, value: new Array<number>(12).fill(1) }]),
  ];
  return { attributes, nlri, withdrawn: [] };
}

function report(tried: readonly Tried[]): void {
  const resets = tried.reduce(
    (sum, { rule, outcomes }) => sum + (rule.expect === 'session-reset' ? 0 : (outcomes['session-reset'] ?? 0)),
    0,
  );
  const wrong = tried.reduce((sum, one) => sum + one.wrong, 0);
  if (values.json) {
    console.log(JSON.stringify({ rules: tried.length, count, wrong, resets, tried: tried.map(plain) }, null, 2));
  } else {
    for (const { rule, outcomes } of tried) {
      const what = Object.entries(outcomes).map(([outcome, many]) => `${many} ${outcome}`);
      const mark = (outcomes[rule.expect] ?? 0) === count ? 'ok  ' : 'FAIL';
      console.log(`${mark} §${rule.section.padEnd(6)} ${rule.mistake} (${rule.neighbor}): ${what.join(', ')}`);
    }
    console.log(
      `${tried.length * count} malformed UPDATEs by ${tried.length} rules of RFC 7606: ${wrong} treated otherwise than it says; ` +
        `sessions reset where it says otherwise: ${resets}`,
    );
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}

function plain({ rule: { section, mistake, neighbor, expect }, outcomes, wrong }: Tried) {
  return { section, mistake, neighbor, expect, outcomes, wrong };
}
