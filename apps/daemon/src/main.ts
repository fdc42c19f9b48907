import { readFileSync } from 'node:fs';
import { type DaemonConfig, formatDiagnostics, formatNotices, loadConfig } from '@bgp/config';
import packageJson from '../package.json' with { type: 'json' };
import { parseInvocation, USAGE } from './arguments.ts';
import { startDaemon } from './compose.ts';
import { EXIT_INTERNAL_ERROR, runUntilStopped } from './lifecycle.ts';
import { isLogLevel, jsonLog, prettyLog } from './log.ts';

/** Prints to stderr what is wrong and returns undefined, or the configuration. */
function readConfig(path: string): DaemonConfig | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    process.stderr.write(
      `error: cannot read the configuration ${path}: ${error instanceof Error ? error.message : error}\n`,
    );
    return undefined;
  }
  const loaded = loadConfig(text, path);
  if (loaded.ok) return loaded.value;
  process.stderr.write(formatDiagnostics(loaded.error, text, { color: process.stderr.isTTY === true }));
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
      return 1;
    case 'check':
    case 'run':
      break;
  }
  const level = process.env.TSBGPD_LOG;
  if (level !== undefined && !isLogLevel(level)) {
    process.stderr.write(`error: TSBGPD_LOG: "${level}" is not error, warn, info, debug or trace\n`);
    return 1;
  }
  const read = readConfig(invocation.configPath);
  if (read === undefined) return 1;
  const config = level === undefined ? read : { ...read, log: { ...read.log, level } };
  if (invocation.action === 'check') {
    process.stderr.write(formatNotices(config.notices, { color: process.stderr.isTTY === true }));
    process.stdout.write(`config OK: ${invocation.configPath}\n`);
    return 0;
  }
  return await run(config, invocation.configPath);
}

async function run(config: DaemonConfig, path: string): Promise<number> {
  const log = config.log.format === 'json' ? jsonLog() : prettyLog();
  const { version } = packageJson;
  const { asn, routerId, peers } = config.speaker;
  log.write('info', 'starting tsbgpd', { version, asn, router_id: routerId, neighbors: peers.length });
  for (const { kind, path, reason, file, line } of config.notices) {
    log.write(kind === 'advice' ? 'info' : 'warn', 'configuration notice', { kind, path, reason, file, line });
  }
  const started = await startDaemon(config, path, version, log);
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
