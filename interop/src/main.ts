import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CheckResult, Checks, ScenarioAborted } from './check.ts';
import { buildPrograms } from './dut.ts';
import { isAlive, Lab, removeStaleLabs } from './lab/lab.ts';
import { peerRootfs, peerVersions, removeStaleBuilds } from './lab/rootfs.ts';
import { run } from './lab/shell.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/table.ts';

const USAGE = `npm run interop -- [SCENARIO ...] [--list] [--json] [--keep] [--soak] [--jobs N] [--seed N]

Runs scenarios with real BGP daemons (FRR, BIRD, GoBGP, OpenBGPD) in network namespaces of this machine; all of them when
none is named. Needs root on a Debian-like Linux. Nothing outside those namespaces is contacted; the first run installs the
peers into a folder of their own (TSBGP_LAB_CACHE, default /var/cache/tsbgp-lab).

  --list   name the scenarios
  --json   one line of JSON per check on standard output, talk on standard error
  --keep   leave the network of the last scenario running and say how to enter it; Ctrl-C removes it
  --soak   with M0-frr and M0-bird: also stay up for 30 minutes
  --jobs N run N scenarios at a time (2); --keep runs one
  --seed N with churn: what is random follows from it (1)
`;

// chroot and ip are not on every user's path.
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

interface Arguments {
  readonly names: readonly string[];
  readonly list: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly soak: boolean;
  readonly jobs: number;
  readonly seed: number;
  readonly help: boolean;
}

function readArguments(): Arguments {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: flag,
      json: flag,
      keep: flag,
      soak: flag,
      jobs: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      help: { ...flag, short: 'h' },
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs takes a whole number from 1, not "${values.jobs}"`);
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed takes a whole number from 0, not "${values.seed}"`);
  return { names: positionals, ...values, jobs, seed };
}

function chosen(names: readonly string[]): Scenario[] {
  if (names.length === 0) return [...SCENARIOS];
  return names.map((name) => {
    const found = SCENARIOS.find((scenario) => scenario.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new Error(`there is no scenario "${name}"; --list names them`);
    return found;
  });
}

/** Why the lab cannot run here, or undefined. */
async function missingForLab(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it needs Linux network namespaces';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces; try sudo';
  const probe = `tsbgp-lab-${process.pid}-probe`;
  const added = await run(['ip', 'netns', 'add', probe]);
  if (added.code !== 0) return `network namespaces do not work here: ${added.stderr.trim()}`;
  await run(['ip', 'netns', 'delete', probe]);
  return undefined;
}

function saveLogs(lab: Lab, scenario: Scenario): string {
  const folder = mkdtempSync(join(tmpdir(), `tsbgp-interop-${scenario.name}-`));
  for (const file of lab.logFiles()) {
    const node = file.slice(lab.folder.length + 1).split('/')[0] ?? 'node';
    mkdirSync(join(folder, node), { recursive: true });
    copyFileSync(file, join(folder, node, file.slice(file.lastIndexOf('/') + 1)));
  }
  return folder;
}

const activeLabs = new Set<Lab>();
let interrupted = false;
/** The network waits for Ctrl-C, which then is no interruption. */
let isKept = false;

/** Far above what any takes, even on a busy machine: without it one that waits for ever would take the whole run with it. */
const SCENARIO_LIMIT_MS = 15 * 60_000;

/** Gives up after the time; what the scenario does after that is of no interest, its network is taken down. */
async function inTime(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error(`it did not end within ${limitMs / 60_000} minutes`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runScenario(scenario: Scenario, rootfs: string, options: Arguments, say: (line: string) => void) {
  say(`\n${scenario.name}: ${scenario.summary}`);
  const checks = new Checks(say);
  const lab = new Lab(scenario.name, rootfs);
  activeLabs.add(lab);
  let crash: unknown;
  try {
    const limitMs = options.soak ? 4 * SCENARIO_LIMIT_MS : SCENARIO_LIMIT_MS;
    await inTime(scenario.run({ lab, check: checks, soak: options.soak, seed: options.seed }), limitMs);
  } catch (error) {
    if (!(error instanceof ScenarioAborted)) crash = error;
  }
  const results: CheckResult[] = [...checks.results];
  if (crash !== undefined) {
    const detail = crash instanceof Error ? (crash.stack ?? crash.message) : String(crash);
    results.push({ name: 'the scenario runs to its end', passed: false, seconds: 0, detail });
    say(`  FAIL  the scenario runs to its end\n${detail.replaceAll(/^/gm, '        ')}`);
  }
  if (results.some(({ passed }) => !passed)) say(`  logs: ${saveLogs(lab, scenario)}`);
  if (options.keep && !interrupted) {
    say(`  kept: ip netns exec ${lab.name}-dut bash · files in ${lab.folder} · Ctrl-C removes it`);
    const alive = setInterval(() => {}, 1_000_000);
    isKept = true;
    await new Promise<void>((done) => process.once('SIGINT', done));
    isKept = false;
    clearInterval(alive);
  }
  await lab.dispose();
  activeLabs.delete(lab);
  return results;
}

/**
 * Several at a time: each scenario has namespaces, folders and a daemon of its own. With more than one, the lines of a scenario
 * come together when it has ended.
 */
async function runAll(
  scenarios: readonly Scenario[],
  rootfs: string,
  options: Arguments,
  say: (line: string) => void,
): Promise<{ passed: number; failed: number; skipped: number }> {
  const waiting = [...scenarios];
  const count = { passed: 0, failed: 0, skipped: 0 };
  const atOnce = options.keep ? 1 : Math.min(options.jobs, waiting.length);
  const worker = async () => {
    for (;;) {
      const scenario = waiting.shift();
      if (scenario === undefined || interrupted) return;
      const lines: string[] = [];
      const results = await runScenario(scenario, rootfs, options, atOnce > 1 ? (line) => lines.push(line) : say);
      if (lines.length > 0) say(lines.join('\n'));
      for (const result of results) {
        if (result.skipped !== undefined) count.skipped++;
        else if (result.passed) count.passed++;
        else count.failed++;
        if (options.json) console.log(JSON.stringify({ scenario: scenario.name, ...result }));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return count;
}

async function disposeAll(): Promise<void> {
  for (const lab of activeLabs) await lab.dispose();
}

async function main(): Promise<number> {
  const options = readArguments();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.list) {
    for (const { name, summary } of SCENARIOS) console.log(`${name.padEnd(10)} ${summary}`);
    return 0;
  }
  const say = (line: string) => (options.json ? console.error(line) : console.log(line));
  const scenarios = chosen(options.names);
  const reason = await missingForLab();
  if (reason !== undefined) {
    say(`The lab cannot run here: ${reason}.`);
    console.log(`0 passed, 0 failed, ${scenarios.length} skipped`);
    return 0;
  }
  await removeStaleLabs();
  removeStaleBuilds(isAlive);
  const rootfs = await peerRootfs(say);
  say(`peers: ${await peerVersions(rootfs)}`);
  await buildPrograms();

  const { passed, failed, skipped } = await runAll(scenarios, rootfs, options, say);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && passed > 0 && !interrupted ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGINT' && isKept) return; // runScenario takes the lab down and goes on
    interrupted = true;
    void disposeAll().finally(() => process.exit(130));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await disposeAll();
  process.exitCode = 2;
}
