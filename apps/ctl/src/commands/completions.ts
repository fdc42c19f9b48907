import type { Command } from '../command.ts';
import { SHELL_SCRIPTS } from '../complete.ts';
import { EXIT } from '../exit-codes.ts';
import { UsageError } from '../usage-error.ts';

export const COMPLETION_COMMANDS: readonly Command[] = [
  {
    forms: ['completions SHELL'],
    summary: 'A completion script for bash, zsh or fish; asks no daemon.',
    options: [],
    choices: { SHELL: Object.keys(SHELL_SCRIPTS) },
    examples: ['source <(tsbgpctl completions bash)'],
    async run({ argument, out }) {
      const shell = argument('SHELL');
      const script = Object.entries(SHELL_SCRIPTS).find(([name]) => name === shell)?.[1];
      if (script === undefined)
        throw new UsageError(`"${shell}" is not one of ${Object.keys(SHELL_SCRIPTS).join(', ')}`);
      await out.write(script);
      return EXIT.done;
    },
  },
];
