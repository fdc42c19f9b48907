export const DEFAULT_CONFIG_PATH = '/etc/tsbgpd/config.toml';

export const USAGE = `tsbgpd is a BGP daemon.

Usage: tsbgpd [options] [CONFIG]      CONFIG defaults to ${DEFAULT_CONFIG_PATH}

Options:
  --check        read the configuration, say what is wrong with it, and exit
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
  | { readonly action: 'refuse'; readonly message: string };

const OPTIONS: readonly string[] = ['--check', '--version', '-V', '--help', '-h'];

export function parseInvocation(argv: readonly string[]): Invocation {
  if (argv.includes('--help') || argv.includes('-h')) return { action: 'help' };
  if (argv.includes('--version') || argv.includes('-V')) return { action: 'version' };
  const unknown = argv.find((word) => word.startsWith('-') && !OPTIONS.includes(word));
  if (unknown !== undefined) return { action: 'refuse', message: `unknown option ${unknown}` };
  const paths = argv.filter((word) => !word.startsWith('-'));
  if (paths.length > 1)
    return { action: 'refuse', message: `one configuration file, not ${paths.length}: ${paths.join(' ')}` };
  const [configPath = DEFAULT_CONFIG_PATH] = paths;
  return { action: argv.includes('--check') ? 'check' : 'run', configPath };
}
