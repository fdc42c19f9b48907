export const DEFAULT_CONFIG_PATH = '/etc/tsbgpd/config.toml';

export const USAGE = `tsbgpd is a BGP daemon.

Usage: tsbgpd [options] [CONFIG]      CONFIG defaults to ${DEFAULT_CONFIG_PATH}
       tsbgpd --diff NEW [CONFIG] [--json]

Options:
  --check        read the configuration, say what is wrong with it, and exit
  --diff NEW     say what a reload of NEW in place of CONFIG would do, and exit: 0 nothing, 1 something, 2 a mistake
  --json         with --diff: as JSON
  -V, --version  print the version
  -h, --help     this text

Environment:
  TSBGPD_LOG     log level: error, warn, info, debug or trace; wins over the configuration

The daemon stays in the foreground and logs to stdout. SIGTERM and SIGINT end every session with Cease, then the process.
Exit codes: 0 stopped as asked · 1 cannot start · 70 stopped after an internal error
`;

export type Invocation =
  | { readonly action: 'help' | 'version' }
  | { readonly action: 'run' | 'check'; readonly configPath: string }
  | { readonly action: 'diff'; readonly newPath: string; readonly configPath: string; readonly isJson: boolean }
  | { readonly action: 'refuse'; readonly message: string; readonly exitCode: 1 | 2 };

const OPTIONS: readonly string[] = ['--check', '--diff', '--json', '--version', '-V', '--help', '-h'];

export function parseInvocation(argv: readonly string[]): Invocation {
  const has = (...options: readonly string[]) => options.some((option) => argv.includes(option));
  if (has('--help', '-h')) return { action: 'help' };
  if (has('--version', '-V')) return { action: 'version' };
  const unknown = argv.find((word) => word.startsWith('-') && !OPTIONS.includes(word));
  if (unknown !== undefined) return refuse(`unknown option ${unknown}`, has('--diff') ? 2 : 1);
  const paths = argv.filter((word) => !word.startsWith('-'));
  if (has('--diff')) return parseDiff(paths, has('--json'), has('--check'));
  if (has('--json')) return refuse('--json goes with --diff', 2);
  if (paths.length > 1) return refuse(`one configuration file, not ${paths.length}: ${paths.join(' ')}`);
  const [configPath = DEFAULT_CONFIG_PATH] = paths;
  return { action: has('--check') ? 'check' : 'run', configPath };
}

function parseDiff(paths: readonly string[], isJson: boolean, isCheck: boolean): Invocation {
  const [newPath, configPath = DEFAULT_CONFIG_PATH] = paths;
  if (newPath === undefined) return refuse('--diff needs the new configuration file', 2);
  if (isCheck || paths.length > 2) return refuse('--diff takes the new file and the present one, nothing else', 2);
  return { action: 'diff', newPath, configPath, isJson };
}

function refuse(message: string, exitCode: 1 | 2 = 1): Invocation {
  return { action: 'refuse', message, exitCode };
}
