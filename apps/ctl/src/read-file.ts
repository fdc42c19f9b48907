import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** A file that the command line names; `-` is standard input. */
export function readFileArgument(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
