import { checkPrefixRange, type PrefixRange } from '@bgp/policy';

/** More is no prefix list any more, and would take the memory of a table. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
const FIELDS: readonly string[] = ['prefix', 'exact', 'greater-equal', 'less-equal'];

/** What a file has, and a sentence for each thing that is wrong with it. */
export interface ListedPrefixes {
  readonly ranges: readonly PrefixRange[];
  readonly mistakes: readonly string[];
}

/**
 * A prefix list as `bgpq4 -j` writes it: `{ "NAME": [ { "prefix": "192.0.2.0/24", "exact": true }, { "prefix": "10.0.0.0/8",
 * "exact": false, "greater-equal": 9, "less-equal": 24 } ] }`. Lists under several names are one.
 */
export function fromBgpq4(text: string): ListedPrefixes {
  const only = (mistake: string) => ({ ranges: [], mistakes: [mistake] });
  if (text.length > MAX_CHARACTERS) return only(`it has ${text.length} characters, and ${MAX_CHARACTERS} is the most`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return only(`it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(parsed)) return only('it is not an object of lists');
  const ranges: PrefixRange[] = [];
  const mistakes: string[] = [];
  for (const [name, list] of Object.entries(parsed)) {
    if (!Array.isArray(list)) {
      mistakes.push(`"${name}" is not a list`);
      continue;
    }
    for (const [at, entry] of list.entries()) {
      const range = toRange(entry);
      if (typeof range !== 'string') ranges.push(range);
      else mistakes.push(`entry ${at + 1} of "${name}"${range}`);
    }
  }
  if (ranges.length === 0 && mistakes.length === 0) return only('there is no prefix in it');
  return { ranges, mistakes };
}

/** The range, or the end of a sentence. A field that nobody reads would match other prefixes than its writer meant. */
function toRange(entry: unknown): PrefixRange | string {
  if (!isObject(entry)) return ' is no object';
  const unknown = Object.keys(entry).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) return `: unknown field "${unknown}"`;
  const { prefix, exact, 'greater-equal': ge, 'less-equal': le } = entry;
  if (typeof prefix !== 'string') return ': no prefix';
  if (exact !== undefined && typeof exact !== 'boolean') return ': "exact" is not true or false';
  if (ge !== undefined && typeof ge !== 'number') return ': "greater-equal" is not a number';
  if (le !== undefined && typeof le !== 'number') return ': "less-equal" is not a number';
  const hasBounds = ge !== undefined || le !== undefined;
  if (exact === true && hasBounds) return ': exact, and with bounds';
  if (exact === false && !hasBounds) return ': not exact, and without bounds';
  const range = { prefix, ...(ge === undefined ? {} : { ge }), ...(le === undefined ? {} : { le }) };
  const wrong = checkPrefixRange(range);
  return wrong === undefined ? range : `: ${wrong.message}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
