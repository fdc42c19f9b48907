import { checkPrefixRange, type PrefixRange } from '@bgp/policy';
import type { Result } from '@bgp/wire';
import { fromBgpq4 } from './bgpq4.ts';
import type { LoadCache } from './load-cache.ts';
import type { Report } from './report.ts';
import type { PolicySection } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';
import type { PrefixLists } from './types.ts';

/** The text of a file that the configuration names; an error is one sentence. */
export type ReadFile = (path: string) => Result<string, string>;

/** Of one list; a file of the wrong kind has as many mistakes as entries. */
const MISTAKES_SAID = 10;

/**
 * The lists of `[policy.prefix_lists]`, with the files that they name. What is wrong is reported and left out; a list is empty only if
 * something was.
 */
export function readPrefixLists(
  policy: PolicySection | undefined,
  report: Report,
  readFile: ReadFile | undefined,
  cache: LoadCache | undefined,
): PrefixLists {
  const lists = new Map<string, readonly PrefixRange[]>();
  for (const [name, { prefixes = [], file }] of Object.entries(policy?.prefix_lists ?? {})) {
    const path = ['policy', 'prefix_lists', name];
    const written = parseWritten(prefixes, [...path, 'prefixes'], report);
    const listed = file === undefined ? [] : readList(file, [...path, 'file'], report, readFile, cache);
    lists.set(name, written.length === 0 ? listed : [...written, ...listed]);
  }
  return lists;
}

/** `192.0.2.0/24`, `10.0.0.0/8 ge 9 le 24`. */
function parseWritten(texts: readonly string[], path: ConfigPath, report: Report): PrefixRange[] {
  let mistakes = 0;
  const ranges = texts.flatMap((text, at) => {
    const [, prefix = '', ge, le] = /^(\S+)(?: ge (\d{1,3}))?(?: le (\d{1,3}))?$/.exec(text) ?? [];
    const range = {
      prefix,
      ...(ge === undefined ? {} : { ge: Number(ge) }),
      ...(le === undefined ? {} : { le: Number(le) }),
    };
    const wrong = checkPrefixRange(range);
    if (wrong === undefined) return [range];
    if (++mistakes <= MISTAKES_SAID) report.error('invalid-value', [...path, at], wrong.message, { hint: wrong.hint });
    return [];
  });
  if (mistakes > MISTAKES_SAID) report.error('invalid-value', path, andMore(mistakes));
  return ranges;
}

function readList(
  file: string,
  path: ConfigPath,
  report: Report,
  readFile: ReadFile | undefined,
  cache: LoadCache | undefined,
): readonly PrefixRange[] {
  const text = readFile === undefined ? undefined : readFile(file);
  if (text === undefined) {
    report.error('not-supported', path, `${file} cannot be read here`, { hint: 'write the prefixes out' });
    return [];
  }
  if (!text.ok) {
    report.error('invalid-value', path, `${file} cannot be read: ${text.error}`);
    return [];
  }
  const known = cache?.list(file, text.value);
  if (known !== undefined) return known;
  const { ranges, mistakes } = fromBgpq4(text.value);
  if (mistakes.length === 0) cache?.keepList(file, text.value, ranges);
  for (const mistake of mistakes.slice(0, MISTAKES_SAID)) {
    report.error('invalid-value', path, `${file}: ${mistake}`, { hint: hintFor(mistake) });
  }
  if (mistakes.length > MISTAKES_SAID) report.error('invalid-value', path, `${file}: ${andMore(mistakes.length)}`);
  return ranges;
}

function hintFor(mistake: string): string {
  return mistake.startsWith('there is no')
    ? 'bgpq4 writes this for an object without routes of this family; keep the last list that had some, or leave the list and its statement out'
    : 'write it with bgpq4 -j';
}

function andMore(mistakes: number): string {
  return `and ${mistakes - MISTAKES_SAID} more entries are wrong`;
}
