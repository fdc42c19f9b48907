import type { PrefixRange } from '@bgp/policy';
import { err, ok, parseIpPrefix, type Result } from '@bgp/wire';

/** More is no prefix list any more, and would take the memory of a table. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * A prefix list as `bgpq4 -j` writes it: `{ "NAME": [ { "prefix": "192.0.2.0/24", "exact": true }, { "prefix": "10.0.0.0/8",
 * "exact": false, "greater-equal": 9, "less-equal": 24 } ] }`. Lists under several names are one.
 */
export function fromBgpq4(text: string): Result<readonly PrefixRange[], string> {
  if (text.length > MAX_CHARACTERS) return err(`it has ${text.length} characters, and ${MAX_CHARACTERS} is the most`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return err(`it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const lists = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : [];
  const ranges: PrefixRange[] = [];
  for (const [name, list] of lists) {
    if (!Array.isArray(list)) return err(`"${name}" is not a list`);
    for (const [at, entry] of list.entries()) {
      const range = toRange(entry);
      if (range === undefined) return err(`entry ${at} of "${name}" is not a prefix with its bounds`);
      ranges.push(range);
    }
  }
  return ranges.length === 0 ? err('there is no prefix in it') : ok(ranges);
}

function toRange(entry: unknown): PrefixRange | undefined {
  const { prefix, exact, 'greater-equal': ge, 'less-equal': le } = (entry ?? {}) as Record<string, unknown>;
  if (typeof prefix !== 'string' || !parseIpPrefix(prefix).ok) return undefined;
  if (![ge, le].every((bound) => bound === undefined || Number.isInteger(bound))) return undefined;
  if (exact === true) return { prefix };
  return {
    prefix,
    ...(ge === undefined ? {} : { ge: ge as number }),
    ...(le === undefined ? {} : { le: le as number }),
  };
}
