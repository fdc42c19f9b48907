import {
  formatDiagnostics,
  formatNotices,
  LoadCache,
  type LogLevel,
  loadConfig,
  type PolicyTestReport,
  testPolicies,
} from '@bgp/config';
import { type LoadConfig, undoUnconfirmed } from '@bgp/lifecycle';
import { ok } from '@bgp/wire';
import packageJson from '../package.json' with { type: 'json' };
import { type Invocation, parseInvocation, USAGE } from './arguments.ts';
import { type LoadedConfig, startDaemon } from './compose.ts';
import { configDifference, formatDifference } from './config-difference.ts';
import { configFile, filesBeside } from './config-files.ts';
import { logNotices } from './config-log.ts';
import { EXIT_INTERNAL_ERROR, runUntilStopped } from './lifecycle.ts';
import { isLogLevel, jsonLog, prettyLog } from './log.ts';
import { readTlsFiles } from './serve/tls-files.ts';

const UNCONFIRMED = {
  undone: 'warning: a configuration change was not confirmed before the daemon ended; it is taken back',
  'file-changed': 'warning: the file was edited after a change that nobody confirmed; the file counts as it is',
} as const;

/** Prints to stderr what is wrong and returns undefined, or the configuration. `level` of the environment wins, also later. */
function readConfig(path: string, level: LogLevel | undefined): LoadedConfig | undefined {
  const text = configFile(path).read();
  if (!text.ok) {
    process.stderr.write(`error: cannot read the configuration ${path}: ${text.error}\n`);
    return undefined;
  }
  const cache = new LoadCache();
  const options = { readFile: filesBeside(path), cache };
  const load: LoadConfig = (candidate) => {
    const loaded = loadConfig(candidate, path, options);
    if (!loaded.ok || level === undefined) return loaded;
    return ok({ ...loaded.value, log: { ...loaded.value.log, level } });
  };
  const loaded = load(text.value);
  const test = (candidate: string) => testPolicies(candidate, path, options);
  if (loaded.ok) return { config: loaded.value, text: text.value, path, load, test, cache };
  process.stderr.write(formatDiagnostics(loaded.error, text.value, { color: process.stderr.isTTY === true }));
  return undefined;
}

async function main(): Promise<number> {
  const invocation = parseInvocation(process.argv.slice(2));
  switch (invocation.action) {
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'version':
      process.stdout.write(`tsbgpd ${packageJson.version}\n`);
      return 0;
    case 'refuse':
      process.stderr.write(`error: ${invocation.message}\n\n${USAGE}`);
      return invocation.exitCode;
    case 'check':
    case 'diff':
    case 'run':
      break;
  }
  const level = process.env.TSBGPD_LOG;
  if (level !== undefined && !isLogLevel(level)) {
    process.stderr.write(`error: TSBGPD_LOG: "${level}" is not error, warn, info, debug or trace\n`);
    return 1;
  }
  if (invocation.action === 'diff') return diff(invocation);
  if (invocation.action === 'run') {
    const undone = undoUnconfirmed(configFile(invocation.configPath));
    if (!undone.ok) {
      process.stderr.write(`error: ${undone.error}\n`);
      return 1;
    }
    if (undone.value !== 'nothing') process.stderr.write(`${UNCONFIRMED[undone.value]}\n`);
  }
  const loaded = readConfig(invocation.configPath, level);
  if (loaded === undefined) return 1;
  if (invocation.action === 'run') return await run(loaded);
  const { tls } = loaded.config.grpc.tcp ?? {};
  const files = tls === undefined ? ok(undefined) : readTlsFiles(tls);
  if (!files.ok) {
    process.stderr.write(`error: ${files.error.what}: ${files.error.message}\n`);
    return 1;
  }
  process.stderr.write(formatNotices(loaded.config.notices, { color: process.stderr.isTTY === true }));
  process.stdout.write(`config OK: ${invocation.configPath}\n${testSummary(loaded.config.policyTests)}`);
  return 0;
}

/** Tests that fail are mistakes of the file, which has none here. */
function testSummary({ tests, coverage }: PolicyTestReport): string {
  if (tests.length === 0) return '';
  const untested = coverage.flatMap(({ policy, terms }) =>
    terms.flatMap((term) => (term.tests === 0 ? [`${policy}/${term.name}`] : [])),
  );
  const lacking = untested.length === 0 ? '' : `no test comes by: ${untested.join(', ')}\n`;
  return `policy tests: ${tests.length} pass\n${lacking}`;
}

/** Exit codes: 0 nothing to do, 1 something that a reload or a restart would do, 2 one of the files is wrong. */
function diff({ newPath, configPath, isJson }: Extract<Invocation, { action: 'diff' }>): number {
  const after = readConfig(newPath, undefined);
  if (after === undefined) return 2;
  const before = readConfig(configPath, undefined);
  if (before === undefined) return 2;
  const difference = configDifference(before, after);
  process.stdout.write(
    isJson ? `${JSON.stringify(difference, null, 2)}\n` : formatDifference(difference, process.stdout.isTTY === true),
  );
  return difference.has_actionable_changes ? 1 : 0;
}

async function run(loaded: LoadedConfig): Promise<number> {
  const { config } = loaded;
  const log = config.log.format === 'json' ? jsonLog() : prettyLog();
  const { version } = packageJson;
  const { asn, routerId, peers } = config.speaker;
  log.write('info', 'starting tsbgpd', { version, asn, router_id: routerId, neighbors: peers.length });
  logNotices(log, config.notices);
  const started = await startDaemon(loaded, version, log);
  if (!started.ok) {
    log.write('fatal', 'cannot start', { what: started.error.what, error: started.error.message });
    await log.flush();
    process.stderr.write(`error: ${started.error.what}: ${started.error.message}\n`);
    return 1;
  }
  log.write('info', 'tsbgpd is running', { endpoints: started.value.endpoints });
  const exitCode = await runUntilStopped(started.value, log);
  log.write('info', 'tsbgpd exiting', { exit_code: exitCode });
  await log.flush();
  return exitCode;
}

function internalError(error: unknown): number {
  process.stderr.write(`error: internal error: ${error instanceof Error ? error.stack : error}\n`);
  return EXIT_INTERNAL_ERROR;
}

// What `ps` and scripts that look for the daemon by name see.
process.title = 'tsbgpd';
// Whatever is still open must not keep a stopped daemon alive.
process.exit(await main().catch(internalError));
