import type { Command, Option } from './command.ts';
import { isArgument } from './parse-arguments.ts';

/** What can stand where the last of `typed` is being typed, from the command table. */
export function complete(
  typed: readonly string[],
  commands: readonly Command[],
  globalOptions: readonly Option[],
): readonly string[] {
  const begun = typed.at(-1) ?? '';
  const { words, awaiting } = readBefore(typed.slice(0, -1), commands, globalOptions);
  const options = [
    ...globalOptions,
    ...commands.filter((command) => fitsWhole(command, words)).flatMap((command) => command.options),
  ];
  const candidates =
    awaiting !== undefined
      ? options.filter((option) => isNamed(option, awaiting)).flatMap(({ choices = [] }) => choices)
      : begun.startsWith('-')
        ? options.map(({ long }) => long)
        : commands.flatMap((command) => command.forms.flatMap((form) => nextWords(command, form, words)));
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(begun)).sort();
}

/** The words without options and their values; the last option, if it still needs its value. */
function readBefore(before: readonly string[], commands: readonly Command[], globalOptions: readonly Option[]) {
  const options = [...globalOptions, ...commands.flatMap((command) => command.options)];
  const words: string[] = [];
  let awaiting: string | undefined;
  for (const word of before) {
    if (awaiting !== undefined) {
      awaiting = undefined;
    } else if (word.startsWith('-')) {
      awaiting = options.find((option) => isNamed(option, word))?.value === undefined ? undefined : word;
    } else {
      words.push(word);
    }
  }
  return { words, awaiting };
}

function isNamed({ long, short }: Option, word: string): boolean {
  return long === word || short === word;
}

function nextWords({ choices = {} }: Command, form: string, words: readonly string[]): readonly string[] {
  const parts = form.split(' ');
  const next = parts[words.length];
  if (next === undefined || !fits(parts, words)) return [];
  return isArgument(next) ? (choices[next] ?? []) : [next];
}

function fitsWhole(command: Command, words: readonly string[]): boolean {
  return command.forms.some((form) => form.split(' ').length === words.length && fits(form.split(' '), words));
}

function fits(parts: readonly string[], words: readonly string[]): boolean {
  return words.every((word, index) => parts[index] === word || isArgument(parts[index] ?? ''));
}

/** What the shell evaluates; it asks `tsbgpctl complete` at each Tab, so it never goes stale. */
export const SHELL_SCRIPTS = {
  bash: `_tsbgpctl() {
  # The line itself: what bash makes words of is cut at colons, and addresses have colons.
  local line="\${COMP_LINE:0:COMP_POINT}" words
  IFS=$' \\t' read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local IFS=$'\\n'
  COMPREPLY=($(tsbgpctl complete -- "\${words[@]:1}" 2>/dev/null))
}
complete -o default -F _tsbgpctl tsbgpctl
`,
  zsh: `#compdef tsbgpctl
_tsbgpctl() {
  compadd -- \${(f)"$(tsbgpctl complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"}
}
compdef _tsbgpctl tsbgpctl
`,
  fish: `complete -c tsbgpctl -f -a '(tsbgpctl complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;
