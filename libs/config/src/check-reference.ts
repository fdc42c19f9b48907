import { didYouMean } from './did-you-mean.ts';
import type { Report } from './report.ts';
import type { ConfigPath } from './toml/path.ts';

/** A name of something that has to be defined elsewhere in the file. */
export function checkReference(
  name: unknown,
  known: readonly string[],
  what: string,
  path: ConfigPath,
  report: Report,
): void {
  if (typeof name !== 'string' || known.includes(name)) return;
  const meant = didYouMean(name, known);
  report.error(
    'undefined-reference',
    path,
    `undefined ${what} "${name}"`,
    meant === undefined ? {} : { hint: `did you mean "${meant}"?` },
  );
}
