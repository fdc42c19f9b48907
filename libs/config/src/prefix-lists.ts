import type { PrefixRange } from '@bgp/policy';
import { parseIpPrefix, type Result } from '@bgp/wire';
import { fromBgpq4 } from './bgpq4.ts';
import type { LoadCache } from './load-cache.ts';
import type { Report } from './report.ts';
import type { PolicySection } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';
import type { PrefixLists } from './types.ts';

/** The text of a file that the configuration names; an error is one sentence. */
export type ReadFile = (path: string) => Result<string, string>;

/** The lists of `[policy.prefix_lists]`, with the files that they name. What is wrong is reported, and left out. */
export function readPrefixLists(
  policy: PolicySection | undefined,
  report: Report,
  readFile: ReadFile | undefined,
  cache: LoadCache | undefined,
): PrefixLists {
  const lists = new Map<string, readonly PrefixRange[]>();
  for (const [name, { prefixes = [], file }] of Object.entries(policy?.prefix_lists ?? {})) {
    const path = ['policy', 'prefix_lists', name];
    const written = prefixes.flatMap((text, at) => parseListed(text, [...path, 'prefixes', at], report));
    const listed = file === undefined ? [] : readList(file, [...path, 'file'], report, readFile, cache);
    lists.set(name, written.length === 0 ? listed : [...written, ...listed]);
  }
  return lists;
}

/** `192.0.2.0/24`, `10.0.0.0/8 ge 9 le 24`. The policy compiler checks the bounds against the prefix. */
function parseListed(text: string, path: ConfigPath, report: Report): PrefixRange[] {
  const [, prefix = '', ge, le] = /^(\S+)(?: ge (\d{1,3}))?(?: le (\d{1,3}))?$/.exec(text) ?? [];
  if (!parseIpPrefix(prefix).ok) {
    report.error('invalid-value', path, `"${prefix}" is not a prefix`, { hint: 'write address/length' });
    return [];
  }
  return [{ prefix, ...(ge === undefined ? {} : { ge: Number(ge) }), ...(le === undefined ? {} : { le: Number(le) }) }];
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
  const parsed = fromBgpq4(text.value);
  if (parsed.ok) {
    cache?.keepList(file, text.value, parsed.value);
    return parsed.value;
  }
  report.error('invalid-value', path, `${file}: ${parsed.error}`, { hint: 'write it with bgpq4 -j' });
  return [];
}
