import {
  type Family,
  formatIpAddress,
  IPV4_UNICAST,
  IPV6_UNICAST,
  ok,
  type PrefixOctets,
  parseIpAddress,
  parseIpPrefix,
  type Result,
} from '@bgp/wire';
import { type GlassError, glassError } from '../glass-error.ts';
import type { Page } from '../route-scan.ts';
import { shown } from '../shown.ts';

/** What a request asks. `protocol` is an id that nobody has looked up yet. */
export type Question =
  | { readonly type: 'version' | 'status' | 'protocols' | 'protocols-short' }
  | { readonly type: 'routes'; readonly of: RouteSet; readonly page: Page }
  | { readonly type: 'count'; readonly of: CountSet };

export type RouteSet =
  | { readonly set: 'accepted' | 'filtered' | 'exported' | 'not-exported'; readonly protocol: string }
  | { readonly set: 'accepted'; readonly address: string; readonly family?: Family }
  | { readonly set: 'accepted' | 'filtered'; readonly table: Table }
  /** `longest`: of the longest prefix that holds it. */
  | {
      readonly set: 'accepted';
      readonly prefix: PrefixOctets;
      readonly match: 'exact' | 'longest';
      readonly family?: Family;
    };

export type CountSet =
  | { readonly count: 'accepted' | 'primary'; readonly protocol: string }
  | { readonly count: 'accepted'; readonly table: Table };

/** Absent: every table of prefixes. */
export interface Table {
  readonly family?: Family;
}

/** BIRD's usual names. */
const TABLES: ReadonlyMap<string, Table> = new Map([
  ['master', {}],
  ['master4', { family: IPV4_UNICAST }],
  ['master6', { family: IPV6_UNICAST }],
]);

/** `uncached` is birdwatcher's; nothing here is cached, so it asks for what happens anyway. */
const ALWAYS_ALLOWED = ['uncached'];
const PAGING = ['limit', 'cursor'];

interface Arguments {
  readonly parts: readonly string[];
  readonly query: Parameters;
  readonly maxRoutes: number;
}

interface Route {
  /** `*` takes one part. */
  readonly pattern: string;
  readonly parameters?: readonly string[];
  readonly question: (args: Arguments) => Result<Question, GlassError>;
}

/** Every path that is served, as birdwatcher has them. */
const ROUTES: readonly Route[] = [
  { pattern: 'version', question: () => ok({ type: 'version' }) },
  { pattern: 'status', question: () => ok({ type: 'status' }) },
  { pattern: 'protocols', question: () => ok({ type: 'protocols' }) },
  { pattern: 'protocols/bgp', question: () => ok({ type: 'protocols' }) },
  { pattern: 'protocols/short', question: () => ok({ type: 'protocols-short' }) },
  ofProtocol('routes/protocol/*', 'accepted'),
  ofProtocol('routes/filtered/*', 'filtered'),
  ofProtocol('routes/export/*', 'exported'),
  ofProtocol('routes/noexport/*', 'not-exported'),
  routes('routes/peer/*', ([address = '']) => ofAddress(address)),
  routes('routes/table/*', ([name = '']) => withTable(name, (table) => ({ set: 'accepted', table }))),
  routes('routes/table/*/filtered', ([name = '']) => withTable(name, (table) => ({ set: 'filtered', table }))),
  routes('routes/table/*/peer/*', ([name = '', address = '']) => {
    const table = tableNamed(name);
    return table.ok ? ofAddress(address, table.value) : table;
  }),
  ofOnePrefix('routes/prefix', (_parts, query) => ofPrefix(query.get('prefix')?.[0] ?? '', 'exact'), ['prefix']),
  ofOnePrefix('route/net/*', ([net = '']) => ofPrefix(net, 'longest')),
  ofOnePrefix('route/net/*/*', ([net = '', mask = '']) => ofPrefix(`${net}/${mask}`, 'longest')),
  ofOnePrefix('route/net/*/table/*', ([net = '', name = '']) => ofPrefixIn(net, name)),
  ofOnePrefix('route/net/*/*/table/*', ([net = '', mask = '', name = '']) => ofPrefixIn(`${net}/${mask}`, name)),
  {
    pattern: 'routes/count/protocol/*',
    question: ({ parts: [protocol = ''] }) => ok({ type: 'count', of: { count: 'accepted', protocol } }),
  },
  {
    pattern: 'routes/count/primary/*',
    question: ({ parts: [protocol = ''] }) => ok({ type: 'count', of: { count: 'primary', protocol } }),
  },
  {
    pattern: 'routes/count/table/*',
    question: ({ parts: [name = ''] }) => {
      const table = tableNamed(name);
      return table.ok ? ok({ type: 'count', of: { count: 'accepted', table: table.value } }) : table;
    },
  },
];

/**
 * Reads the target of a GET request, `/routes/protocol/bgp_10.0.0.2?limit=100`.
 *
 * @param maxRoutes of one answer; also what is used without `limit`.
 */
export function parseQuestion(target: string, maxRoutes: number): Result<Question, GlassError> {
  const [path = '', search = ''] = splitOnce(target, '?');
  // alice-lg puts its base, which may end with a slash, in front of a path that begins with one.
  const parts = path.split(/\/+/).slice(1);
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const decoded: string[] = [];
  for (const part of parts) {
    const text = decodePart(part);
    if (text === undefined) return glassError('path-unknown', 'The path has a percent sign that begins no character.');
    decoded.push(text);
  }
  const route = ROUTES.find(({ pattern }) => matches(pattern, decoded));
  if (route === undefined) return glassError('path-unknown', `There is nothing at ${shown(path)}.`);
  const query = parseParameters(search);
  if (query === undefined) {
    return glassError('parameter-unknown', 'A parameter has a percent sign that begins no character.');
  }
  const allowed = [...ALWAYS_ALLOWED, ...(route.parameters ?? [])];
  for (const [name, values] of query) {
    if (!allowed.includes(name)) {
      return glassError(
        'parameter-unknown',
        `There is no parameter "${shown(name)}" here; there are ${allowed.join(', ')}.`,
      );
    }
    if (values.length > 1) return glassError('parameter-unknown', `The parameter "${name}" stands there twice.`);
  }
  const wild = route.pattern.split('/').flatMap((part, at) => (part === '*' ? [decoded[at] ?? ''] : []));
  return route.question({ parts: wild, query, maxRoutes });
}

function ofProtocol(pattern: string, set: 'accepted' | 'filtered' | 'exported' | 'not-exported'): Route {
  return routes(pattern, ([protocol = '']) => ok({ set, protocol }));
}

/** By name, in the order of the text; a name can stand there several times. */
type Parameters = ReadonlyMap<string, readonly string[]>;

/** Undefined: there is a percent sign that begins no character. Blanks may be written `+`. */
function parseParameters(search: string): Parameters | undefined {
  const found = new Map<string, string[]>();
  for (const pair of search.split('&').filter((one) => one !== '')) {
    const [left = '', right = ''] = splitOnce(pair, '=');
    const [name, value] = [decodePart(left.replaceAll('+', ' ')), decodePart(right.replaceAll('+', ' '))];
    if (name === undefined || value === undefined) return undefined;
    const known = found.get(name);
    if (known === undefined) found.set(name, [value]);
    else known.push(value);
  }
  return found;
}

type ParseSet = (parts: readonly string[], query: Parameters) => Result<RouteSet, GlassError>;

/** Never paged: see `scanOf`. */
function ofOnePrefix(pattern: string, of: ParseSet, parameters: readonly string[] = []): Route {
  return { ...routes(pattern, of), parameters };
}

function routes(pattern: string, of: ParseSet): Route {
  return {
    pattern,
    parameters: PAGING,
    question: ({ parts, query, maxRoutes }) => {
      const page = parsePage(query, maxRoutes);
      if (!page.ok) return page;
      const set = of(parts, query);
      return set.ok ? ok({ type: 'routes', of: set.value, page: page.value }) : set;
    },
  };
}

function parsePage(query: Parameters, maxRoutes: number): Result<Page, GlassError> {
  const text = query.get('limit')?.[0];
  const limit = text === undefined ? maxRoutes : /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxRoutes)
    return glassError('limit-invalid', `The limit is a number from 1 to ${maxRoutes}.`);
  const cursor = query.get('cursor')?.[0];
  return ok(cursor === undefined ? { limit } : { limit, cursor });
}

function ofAddress(text: string, { family }: Table = {}): Result<RouteSet, GlassError> {
  // A link-local neighbor is told by its interface too; what follows the percent sign is looked up with it.
  const zone = /%.*/.exec(text)?.[0] ?? '';
  const parsed = parseIpAddress(text.slice(0, text.length - zone.length));
  if (!parsed.ok) return glassError('address-invalid', `"${shown(text)}" is not an IP address.`);
  const address = formatIpAddress(parsed.value) + zone;
  return ok({ set: 'accepted', address, ...(family === undefined ? {} : { family }) });
}

function ofPrefix(text: string, match: 'exact' | 'longest', { family }: Table = {}): Result<RouteSet, GlassError> {
  const address = parseIpAddress(text);
  const block = address.ok ? ok({ octets: address.value, length: address.value.length * 8 }) : parseIpPrefix(text);
  if (!block.ok) return glassError('prefix-invalid', `"${shown(text)}" is neither a prefix nor an IP address.`);
  // An address alone asks for what it would be routed by.
  const how = address.ok ? 'longest' : match;
  return ok({ set: 'accepted', prefix: block.value, match: how, ...(family === undefined ? {} : { family }) });
}

function ofPrefixIn(text: string, name: string): Result<RouteSet, GlassError> {
  const table = tableNamed(name);
  return table.ok ? ofPrefix(text, 'longest', table.value) : table;
}

function withTable(name: string, of: (table: Table) => RouteSet): Result<RouteSet, GlassError> {
  const table = tableNamed(name);
  return table.ok ? ok(of(table.value)) : table;
}

function tableNamed(name: string): Result<Table, GlassError> {
  const table = TABLES.get(name);
  if (table !== undefined) return ok(table);
  return glassError('table-unknown', `There is no table "${shown(name)}"; there are ${[...TABLES.keys()].join(', ')}.`);
}

function matches(pattern: string, parts: readonly string[]): boolean {
  const wanted = pattern.split('/');
  return wanted.length === parts.length && wanted.every((part, at) => part === '*' || part === parts[at]);
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // the only thing that decodeURIComponent throws for
  }
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
