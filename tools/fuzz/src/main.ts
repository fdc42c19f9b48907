/**
 * Coverage-guided fuzzing of every decode entry: each target is bundled, so that jazzer.js instruments all of our code in it, and
 * runs in a process of its own for a bounded time.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { fuzzRuntime } from './runtime.ts';
import { seedsFor } from './seeds.ts';

const USAGE = `npm run fuzz -- [TARGET ...] [--seconds N] [--json] [--list]

  --seconds N   for each target (default 5)
  --list        name the targets
`;

const here = import.meta.dirname;
const root = resolve(here, '../../..');
const corpus = resolve(here, '../corpus');
const TARGETS = readdirSync(join(here, 'targets')).map((file) => file.replace(/\.ts$/, ''));

interface Outcome {
  readonly target: string;
  readonly passed: boolean;
  readonly executions: number;
  readonly detail?: string;
}

async function fuzz(target: string, seconds: number, command: readonly string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), `bgp-fuzz-${target}-`));
  try {
    const bundle = join(folder, 'target.cjs');
    await build({
      bundle: true,
      format: 'cjs',
      platform: 'node',
      conditions: ['@bgp/source'],
      entryPoints: [join(here, 'targets', `${target}.ts`)],
      outfile: bundle,
      logLevel: 'error',
    });
    const inputs = join(folder, 'corpus');
    mkdirSync(inputs);
    for (const seed of seedsFor(target))
      writeFileSync(join(inputs, createHash('sha1').update(seed).digest('hex')), seed);
    // What once failed is tried first, for ever.
    const known = join(corpus, target);
    if (existsSync(known)) for (const file of readdirSync(known)) copyFileSync(join(known, file), join(inputs, file));

    const jazzer = join(root, 'node_modules/@jazzer.js/core/dist/cli.js');
    const flags = [`-max_total_time=${seconds}`, '-max_len=4096', '-rss_limit_mb=2048', `-artifact_prefix=${folder}/`];
    const args = [jazzer, bundle, inputs, '--sync', '--includes', 'target.cjs', '--', ...flags];
    const { code, output } = await run([...command, ...args], (seconds + 60) * 1000);
    const executions = Number([...output.matchAll(/^#(\d+)\s/gm)].at(-1)?.[1] ?? 0);
    const crash = readdirSync(folder).find((file) => /^(crash|timeout|oom|leak)-/.test(file));
    if (crash !== undefined) {
      mkdirSync(known, { recursive: true });
      copyFileSync(join(folder, crash), join(known, crash));
      const kept = relative(root, join(known, crash));
      return {
        target,
        passed: false,
        executions,
        detail: `input kept as ${kept}; it is tried first from now on\n${output.slice(-3000)}`,
      };
    }
    if (code !== 0 || executions === 0) return { target, passed: false, executions, detail: output.slice(-3000) };
    return { target, passed: true, executions };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run([program = '', ...args]: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-200_000);
      });
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      done({ code: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}` });
    });
  });
}

const flag = { type: 'boolean', default: false } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '5' }, json: flag, list: flag, help: { ...flag, short: 'h' } },
});
const seconds = Number(values.seconds);
const unknown = positionals.filter((name) => !TARGETS.includes(name));
if (values.help) {
  console.log(USAGE);
} else if (values.list) {
  console.log(TARGETS.join('\n'));
} else if (unknown.length > 0 || !Number.isInteger(seconds) || seconds < 1) {
  console.error(
    unknown.length > 0
      ? `there is no target ${unknown.join(', ')}; --list names them`
      : '--seconds is a whole number from 1',
  );
  process.exitCode = 2;
} else {
  let failed = 0;
  const chosen = positionals.length > 0 ? positionals : TARGETS;
  const runtime = fuzzRuntime();
  const skipped = 'missing' in runtime ? chosen.length : 0;
  if ('missing' in runtime) console.error(`skipped: ${runtime.missing}`);
  for (const target of 'missing' in runtime ? [] : chosen) {
    const outcome = await fuzz(target, seconds, 'command' in runtime ? runtime.command : []);
    if (!outcome.passed) failed++;
    if (values.json) console.log(JSON.stringify(outcome));
    else
      console.log(
        `${outcome.passed ? 'ok  ' : 'FAIL'}  ${target.padEnd(12)} ${outcome.executions.toLocaleString('en').padStart(12)} executions`,
      );
    if (outcome.detail !== undefined && !values.json) console.log(outcome.detail.replaceAll(/^/gm, '      '));
  }
  console.log(`${chosen.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
