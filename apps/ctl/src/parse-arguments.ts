import type { Command, Option } from './command.ts';
import { OptionValues } from './option-values.ts';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export interface ParsedArguments {
  readonly command: Command | undefined;
  readonly words: readonly string[];
  readonly arguments: ReadonlyMap<string, string>;
  readonly options: OptionValues;
}

/** Options may stand anywhere. Which of them a command knows is checked once the command is known. */
export function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  globalOptions: readonly Option[],
): ParsedArguments {
  const known = [...globalOptions, ...commands.flatMap((command) => command.options)];
  const words: string[] = [];
  const given = new Map<string, string[]>();
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') {
      words.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const { option, inline } = findOption(word, known);
    const name = option.long.slice(2);
    let value = inline ?? '';
    if (option.value === undefined) {
      if (inline !== undefined) throw new UsageError(`${option.long} takes no value`);
    } else if (inline === undefined) {
      const next = argv[++index];
      if (next === undefined) throw new UsageError(`${option.long} needs a value: ${option.long} ${option.value}`);
      value = next;
    }
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const options = new OptionValues(given);
  const match = matchCommand(words, commands);
  if (match === undefined) return { command: undefined, words, arguments: new Map(), options };
  if (!options.has('help')) checkOptions(match.command, given, globalOptions);
  return { ...match, words, options };
}

function findOption(word: string, known: readonly Option[]): { readonly option: Option; readonly inline?: string } {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = known.find(({ long, short }) => long === name || short === name);
  if (option !== undefined) return equals < 0 ? { option } : { option, inline: word.slice(equals + 1) };
  const near = suggest(
    name,
    known.map(({ long }) => long),
  );
  throw new UsageError(`unknown option ${name}`, near === undefined ? undefined : `did you mean ${near}?`);
}

/** At most one form fits, because the words of the table are never values. */
function matchCommand(words: readonly string[], commands: readonly Command[]) {
  for (const command of commands) {
    for (const form of command.forms) {
      const parts = form.split(' ');
      if (parts.length !== words.length) continue;
      const found = new Map<string, string>();
      const fits = parts.every((part, index) => {
        const word = words[index] ?? '';
        if (!isArgument(part)) return part === word;
        found.set(part, word);
        return !isReserved(word, commands);
      });
      if (fits) return { command, arguments: found };
    }
  }
  return undefined;
}

export function isArgument(part: string): boolean {
  return /^[A-Z]+$/.test(part);
}

/** Words of the table are never values: a forgotten address is an error, not a neighbor called "delete". */
function isReserved(word: string, commands: readonly Command[]): boolean {
  return !isArgument(word) && commands.some(({ forms }) => forms.some((form) => form.split(' ').includes(word)));
}

function checkOptions(
  command: Command,
  given: ReadonlyMap<string, readonly string[]>,
  globalOptions: readonly Option[],
): void {
  const allowed = [...command.options, ...globalOptions].map(({ long }) => long.slice(2));
  for (const name of given.keys()) {
    if (allowed.includes(name)) continue;
    throw new UsageError(`"${command.forms[0]}" does not know --${name}`, `see: tsbgpctl ${command.forms[0]} --help`);
  }
  for (const { long, value, isRequired } of command.options) {
    if (isRequired && !given.has(long.slice(2))) throw new UsageError(`"${command.forms[0]}" needs ${long} ${value}`);
  }
}

/** Why no command matched, with the nearest one. */
export function unknownCommand(words: readonly string[], commands: readonly Command[]): UsageError {
  const [first = ''] = words;
  const nouns = [...new Set(commands.flatMap(({ forms }) => forms.map((form) => form.split(' ')[0] ?? '')))];
  if (!nouns.includes(first)) {
    const near = suggest(first, nouns);
    return new UsageError(
      `unknown command "${first}"`,
      near === undefined ? 'see: tsbgpctl --help' : `did you mean "${near}"?`,
    );
  }
  const forms = commands.flatMap((command) => command.forms).filter((form) => form.split(' ')[0] === first);
  const literals = [...new Set(forms.flatMap((form) => form.split(' ').slice(1)))].filter((part) => !isArgument(part));
  for (const word of words.slice(1)) {
    const near = literals.includes(word) ? undefined : suggest(word, literals);
    if (near !== undefined) return new UsageError(`"${words.join(' ')}" is not a command`, `did you mean "${near}"?`);
  }
  return new UsageError(`"${words.join(' ')}" is not a command`, `forms of ${first}: ${forms.join(' · ')}`);
}
