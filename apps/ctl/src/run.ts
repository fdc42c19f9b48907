import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect';
import type { Command } from './command.ts';
import { COMMANDS, GLOBAL_OPTIONS } from './commands.ts';
import { complete } from './complete.ts';
import {
  type Address,
  type Clients,
  type Credentials,
  clientsOver,
  DEFAULT_ADDRESS,
  parseAddress,
  Unreachable,
} from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { commandHelp, nounHelp, overview } from './help.ts';
import type { OptionValues } from './option-values.ts';
import { type ParsedArguments, parseArguments, unknownCommand } from './parse-arguments.ts';
import { PartialList } from './render/list.ts';
import type { Output } from './render/output.ts';
import { COLORS, PLAIN, printable } from './render/palette.ts';
import type { Terminal } from './top/terminal.ts';
import { UsageError } from './usage-error.ts';

const MAX_WATCH_SECONDS = 3_600;
const CLEAR = '\u001b[H\u001b[2J';

/** The process, as far as a command may touch it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly isTerminal: boolean;
  writeOut(text: string | Uint8Array): Promise<void>;
  writeError(text: string): void;
  /** False: it was interrupted. */
  pause(milliseconds: number): Promise<boolean>;
  readonly openTerminal?: () => Terminal;
  connect(address: Address, credentials: Credentials): Promise<Clients>;
}

/** One command line, from words to exit code. Never throws. */
export async function run(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    if (argv[0] === 'complete') {
      // What the completion scripts ask; not a command for people.
      const typed = argv.slice(argv[1] === '--' ? 2 : 1);
      await around.writeOut(
        complete(typed, COMMANDS, GLOBAL_OPTIONS)
          .map((word) => `${word}\n`)
          .join(''),
      );
      return EXIT.done;
    }
    const parsed = parseArguments(argv, COMMANDS, GLOBAL_OPTIONS);
    return await answer(parsed, around);
  } catch (error) {
    return explainFailure(error, around);
  }
}

async function answer(parsed: ParsedArguments, around: Surroundings): Promise<ExitCode> {
  const { command, options, words } = parsed;
  if (options.has('version')) {
    await around.writeOut(`tsbgpctl ${around.version}\n`);
    return EXIT.done;
  }
  if (command === undefined) {
    if (words.length === 0 || options.has('help') || words[0] === 'help') {
      await around.writeOut(overview());
      return words.length === 0 && !options.has('help') ? EXIT.usage : EXIT.done;
    }
    throw unknownCommand(words, COMMANDS);
  }
  if (options.has('help')) {
    await around.writeOut(words.length === 1 ? nounHelp(command) : commandHelp(command));
    return EXIT.done;
  }
  const every = options.number('watch', MAX_WATCH_SECONDS, 1);
  if (every === undefined) return await answerOnce(parsed, command, around);
  for (;;) {
    // A terminal shows the newest answer in the place of the one before; a file gets them all.
    if (around.isTerminal) await around.writeOut(CLEAR);
    const code = await answerOnce(parsed, command, around).catch((error: unknown) => explainFailure(error, around));
    if (code === EXIT.usage || !(await around.pause(every * 1000))) return code;
  }
}

async function answerOnce(parsed: ParsedArguments, command: Command, around: Surroundings): Promise<ExitCode> {
  const { options } = parsed;
  const out = outputOf(options, around);
  if (command.rpc === undefined) return await command.run({ ...callOf(parsed, out, around), clients: NO_DAEMON });
  const address = parseAddress(options.text('addr') ?? around.env.TSBGPD_ADDR ?? DEFAULT_ADDRESS);
  const clients = await around.connect(address, {
    tokenFile: options.text('token-file') ?? around.env.TSBGPD_TOKEN_FILE,
    tls: {
      ca: options.text('tls-ca') ?? around.env.TSBGPD_TLS_CA,
      cert: options.text('tls-cert') ?? around.env.TSBGPD_TLS_CERT,
      key: options.text('tls-key') ?? around.env.TSBGPD_TLS_KEY,
    },
  });
  return await command.run({ ...callOf(parsed, out, around), clients });
}

/** For commands that call nothing. */
const NO_DAEMON = clientsOver(createRouterTransport(() => undefined));

function callOf({ arguments: given, options }: ParsedArguments, out: Output, { openTerminal }: Surroundings) {
  const argument = (name: string) => given.get(name) ?? '';
  return { argument, options, out, ...(openTerminal === undefined ? {} : { openTerminal }) };
}

function outputOf(options: OptionValues, around: Surroundings): Output {
  const format = options.has('json') ? 'json' : (options.text('output') ?? 'table');
  if (format !== 'table' && format !== 'json' && format !== 'jsonl') {
    throw new UsageError(`--output: "${format}" is not table, json or jsonl`);
  }
  const isPlain =
    !around.isTerminal || options.has('no-color') || around.env.NO_COLOR !== undefined || format !== 'table';
  return {
    format,
    palette: isPlain ? PLAIN : COLORS,
    write: (text) => around.writeOut(text),
    writeError: (text) => around.writeError(text),
  };
}

function explainFailure(error: unknown, around: Surroundings): ExitCode {
  if (error instanceof UsageError) {
    around.writeError(
      `Error: ${printable(error.message)}\n${error.hint === undefined ? '' : `Hint: ${printable(error.hint)}\n`}`,
    );
    return EXIT.usage;
  }
  if (error instanceof PartialList) {
    around.writeError(`Error: ${error.message}: ${sentenceOf(error.cause)}\n`);
    return EXIT.partial;
  }
  if (error instanceof Unreachable) {
    around.writeError(`Error: ${error.message}\n`);
    return EXIT.unreachable;
  }
  around.writeError(`Error: ${sentenceOf(error)}\n`);
  const isGone = error instanceof ConnectError && (error.code === Code.Unavailable || error.code === Code.Aborted);
  return isGone ? EXIT.unreachable : EXIT.refused;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof ConnectError)) return printable(error instanceof Error ? error.message : String(error));
  // A file with several mistakes is answered with a line for each.
  const text = error.rawMessage.split('\n').map(printable).join('\n');
  switch (error.code) {
    case Code.NotFound:
    case Code.InvalidArgument:
    case Code.AlreadyExists:
    case Code.FailedPrecondition:
      return text;
    case Code.Unauthenticated:
      return `${text}; give the daemon's token with --token-file FILE or TSBGPD_TOKEN_FILE`;
    case Code.Unavailable:
    case Code.Aborted:
      return `the daemon went away: ${text}`;
    default:
      return `${Code[error.code]}: ${text}`;
  }
}
