import type { Family } from '../../family.ts';
import { formatIpPrefix, parseIpPrefix } from '../../net/ip-prefix.ts';
import { err, ok, type Result } from '../../result.ts';
import { COMPONENTS, type ComponentRow, lastComponent } from './components.ts';
import { isIpv6 } from './family.ts';
import { RELATIONS } from './format-flowspec.ts';
import type {
  FlowSpecBitmaskMatch,
  FlowSpecComponent,
  FlowSpecNumericMatch,
  FlowSpecPrefixType,
  FlowSpecRule,
  FlowSpecValueOctets,
} from './types.ts';
import { valueNames } from './value-names.ts';
import { isValuePossible, shortestValueOctets } from './value-octets.ts';

/** Why a text is not a rule. `text` is the part at fault, as given. */
export interface FlowSpecTextError {
  readonly code:
    | 'flowspec-text-empty'
    /** No component of this family has such a name. */
    | 'flowspec-keyword-unknown'
    /** RFC 8955 §4.2: each type exactly once. */
    | 'flowspec-keyword-repeated'
    | 'flowspec-value-missing'
    | 'flowspec-prefix-invalid'
    | 'flowspec-value-invalid'
    | 'flowspec-value-out-of-range';
  readonly text: string;
}

type Parsed<T> = Result<T, FlowSpecTextError>;

function fail(
  code: FlowSpecTextError['code'],
  text: string,
): { readonly ok: false; readonly error: FlowSpecTextError } {
  return err({ code, text });
}

/**
 * The inverse of `formatFlowSpec`: `keyword value` pairs with spaces between them, in any order. Keywords may also be the
 * component's type (`destination-port` for `dst-port`). Host bits of prefixes are cleared, an address alone is a full-length prefix.
 */
export function parseFlowSpecText(text: string, family: Family): Parsed<FlowSpecRule> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return fail('flowspec-text-empty', text);
  const ipv6 = isIpv6(family);
  const found = new Map<number, FlowSpecComponent>();
  for (let i = 0; i < words.length; i += 2) {
    const keyword = words[i] ?? '';
    const value = words[i + 1];
    const row = COMPONENTS.find((candidate) => candidate.keyword === keyword || candidate.type === keyword);
    if (row === undefined || row.code > lastComponent(ipv6)) return fail('flowspec-keyword-unknown', keyword);
    if (found.has(row.code)) return fail('flowspec-keyword-repeated', keyword);
    if (value === undefined) return fail('flowspec-value-missing', keyword);
    const component = parseComponent(value, row, ipv6);
    if (!component.ok) return component;
    found.set(row.code, component.value);
  }
  const components = [...found].sort(([a], [b]) => a - b).map(([, component]) => component);
  return ok({ family, components });
}

function parseComponent(text: string, row: ComponentRow, ipv6: boolean): Parsed<FlowSpecComponent> {
  if (row.kind === 'prefix') return parsePrefix(text, row.type, ipv6);
  // The comma is OR, `&` is AND (RFC 8955 §4.2.1.1).
  const parts = text.split(/([,&])/);
  const numeric: FlowSpecNumericMatch[] = [];
  const bitmask: FlowSpecBitmaskMatch[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const part = parts[i] ?? '';
    const and = parts[i - 1] === '&';
    const slash = part.indexOf('/');
    const body = slash < 0 ? part : part.slice(0, slash);
    const width = slash < 0 ? undefined : WIDTHS.get(part.slice(slash + 1));
    if (slash >= 0 && width === undefined) return fail('flowspec-value-invalid', part);
    const match = row.kind === 'numeric' ? parseNumeric(body, row) : parseBitmask(body, row);
    if (match === undefined) return fail('flowspec-value-invalid', part);
    const { value } = match;
    const shortest = shortestValueOctets(value, row);
    // Without a width of its own, a value that the field cannot have is a slip of the pen.
    if ((width === undefined && value > row.maxValue) || !isValuePossible(value, width ?? shortest, row, ipv6))
      return fail('flowspec-value-out-of-range', part);
    const operator = { and, ...(width === undefined || width === shortest ? {} : { valueOctets: width }) };
    if ('match' in match) bitmask.push({ ...match, ...operator });
    else numeric.push({ ...match, ...operator });
  }
  return ok(row.kind === 'numeric' ? { type: row.type, matches: numeric } : { type: row.type, matches: bitmask });
}

const WIDTHS: ReadonlyMap<string, FlowSpecValueOctets> = new Map([
  ['1', 1],
  ['2', 2],
  ['4', 4],
  ['8', 8],
]);

function parsePrefix(text: string, type: FlowSpecPrefixType, ipv6: boolean): Parsed<FlowSpecComponent> {
  const match = /^([^/]+)(?:\/(?:(0|[1-9]\d{0,2})-)?(\d+))?$/.exec(text);
  const offset = Number(match?.[2] ?? 0);
  const parsed = parseIpPrefix(`${match?.[1]}/${match?.[3] ?? (ipv6 ? 128 : 32)}`);
  if (match === null || !parsed.ok || parsed.value.octets.length !== (ipv6 ? 16 : 4))
    return fail('flowspec-prefix-invalid', text);
  const { octets, length } = parsed.value;
  // RFC 8956 §3.1: offset < length, unless both are 0; IPv4 has no offset.
  if (offset > 0 && (!ipv6 || offset >= length)) return fail('flowspec-prefix-invalid', text);
  for (let i = 0; i < offset; i += 8) octets[i >>> 3]! &= offset - i >= 8 ? 0 : 0xff >>> (offset - i);
  return ok({ type, prefix: formatIpPrefix(octets, length), offset });
}

type WithoutOperator<T> = Omit<T, 'and' | 'valueOctets'>;

function parseNumeric(text: string, row: ComponentRow): WithoutOperator<FlowSpecNumericMatch> | undefined {
  const match = /^(true:|false:|[<>!]=|[<>=]|)([a-z0-9]+)$/.exec(text);
  if (match === null) return undefined;
  const [, relation = '', word = ''] = match;
  const bits = relation === '=' ? 1 : RELATIONS.indexOf(relation);
  const value = valueNames(row.type).get(word) ?? parseDecimal(word);
  if (value === undefined) return undefined;
  return { lt: (bits & 4) !== 0, gt: (bits & 2) !== 0, eq: (bits & 1) !== 0, value };
}

function parseDecimal(text: string): number | bigint | undefined {
  if (!/^(0|[1-9]\d{0,19})$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function parseBitmask(text: string, row: ComponentRow): WithoutOperator<FlowSpecBitmaskMatch> | undefined {
  const match = /^(!?)(=?)(.+)$/.exec(text);
  if (match === null) return undefined;
  const all = match[2] === '=';
  let value = 0;
  for (const word of (match[3] ?? '').split(all ? '+' : '|')) {
    const hex = /^0x([0-9a-f]{1,4})$/.exec(word)?.[1];
    const bits = valueNames(row.type).get(word) ?? (hex === undefined ? undefined : Number.parseInt(hex, 16));
    if (bits === undefined) return undefined;
    value |= bits;
  }
  return { not: match[1] === '!', match: all, value };
}
