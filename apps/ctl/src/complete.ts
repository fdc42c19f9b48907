import type { Command, Option } from './command.ts';
import { isArgument } from './parse-arguments.ts';

/** What can stand where the last of `typed` is being typed, from the command table. */
export function complete(
  typed: readonly string[],
  commands: readonly Command[],
  globalOptions: readonly Option[],
): readonly string[] {
  const begun = typed.at(-1) ?? '';
  const { words, awaitsValue } = readBefore(typed.slice(0, -1), commands, globalOptions);
  if (awaitsValue) return [];
  const candidates = begun.startsWith('-')
    ? [
        ...globalOptions,
        ...commands.filter((command) => fitsWhole(command, words)).flatMap(({ options }) => options),
      ].map(({ long }) => long)
    : commands.flatMap(({ forms }) => forms).flatMap((form) => nextWord(form, words));
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(begun)).sort();
}

/** The words without options and their values; whether the last option still needs its value. */
function readBefore(before: readonly string[], commands: readonly Command[], globalOptions: readonly Option[]) {
  const options = [...globalOptions, ...commands.flatMap((command) => command.options)];
  const words: string[] = [];
  let awaitsValue = false;
  for (const word of before) {
    if (awaitsValue) {
      awaitsValue = false;
    } else if (word.startsWith('-')) {
      const option = options.find(({ long, short }) => long === word || short === word);
      awaitsValue = option?.value !== undefined;
    } else {
      words.push(word);
    }
  }
  return { words, awaitsValue };
}

function nextWord(form: string, words: readonly string[]): readonly string[] {
  const parts = form.split(' ');
  const next = parts[words.length];
  return next !== undefined && !isArgument(next) && fits(parts, words) ? [next] : [];
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
  local IFS=$'\\n'
  COMPREPLY=($(tsbgpctl complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
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
