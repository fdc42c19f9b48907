import {
  err,
  formatIpAddress,
  formatIpPrefix,
  ok,
  type PrefixOctets,
  parseIpAddress,
  parseIpPrefix,
  type Result,
} from '@bgp/wire';
import type { RisMessage } from './message.ts';
import { matchesPath, type PathPattern, parsePathPattern } from './path-pattern.ts';
import { isInside } from './prefix-key.ts';
import { RIS_TYPES, type RisType } from './types.ts';

/** One set of conditions; a message has to fulfil all of them. */
export interface Subscription {
  /** Equal for equal conditions. */
  readonly key: string;
  /** As the client is told: what it wrote, with the defaults. */
  readonly shown: Readonly<Record<string, unknown>>;
  readonly host?: string;
  readonly type?: RisType;
  readonly require?: string;
  readonly peer?: string;
  readonly path?: PathPattern;
  readonly prefix?: PrefixOctets;
  readonly moreSpecific: boolean;
  readonly lessSpecific: boolean;
}

export interface SocketOptions {
  readonly includeRaw: boolean;
  readonly acknowledge: boolean;
}

const FILTERS = ['host', 'type', 'require', 'peer', 'path', 'prefix', 'moreSpecific', 'lessSpecific', 'socketOptions'];

type Conditions = Omit<Subscription, 'key' | 'shown' | 'prefix'>;

/** The subscriptions of one `data`: one for each prefix. `null` counts as absent. Errors are one sentence. */
export function parseSubscriptions(data: unknown): Result<readonly Subscription[], string> {
  const given = fieldsOf(data, FILTERS);
  if (!given.ok) return given;
  const fields = given.value;
  const { host, type, require, peer, path } = fields;
  for (const name of ['host', 'require', 'peer', 'type']) {
    if (fields[name] !== undefined && typeof fields[name] !== 'string')
      return err(`The filter ${name} must be a text.`);
  }
  for (const name of ['moreSpecific', 'lessSpecific']) {
    if (fields[name] !== undefined && typeof fields[name] !== 'boolean') return err(`${name} must be true or false.`);
  }
  if (type !== undefined && !RIS_TYPES.includes(type as RisType))
    return err(`The filter type must be one of ${RIS_TYPES.join(', ')}.`);
  const address = peer === undefined ? undefined : parseIpAddress(peer as string);
  if (address?.ok === false) return err('The filter peer must be an IP address.');
  if (path !== undefined && typeof path !== 'string' && typeof path !== 'number') {
    return err('The filter path must be an AS number or a pattern such as "789$".');
  }
  const pattern = path === undefined ? undefined : parsePathPattern(path);
  if (pattern?.ok === false) return err('The filter path must be an AS number or a pattern such as "^123,[456,789]$".');
  const prefixes = parsePrefixes(fields.prefix);
  if (!prefixes.ok) return prefixes;

  const conditions: Conditions = {
    ...(host === undefined ? {} : { host: host as string }),
    ...(type === undefined ? {} : { type: type as RisType }),
    ...(require === undefined ? {} : { require: require as string }),
    ...(address === undefined ? {} : { peer: formatIpAddress(address.value) }),
    ...(pattern === undefined ? {} : { path: pattern.value }),
    moreSpecific: (fields.moreSpecific as boolean | undefined) ?? true,
    lessSpecific: (fields.lessSpecific as boolean | undefined) ?? false,
  };
  if (prefixes.value === undefined) return ok([subscription(conditions, path, undefined)]);
  return ok(prefixes.value.map((prefix) => subscription(conditions, path, prefix)));
}

/** Undefined: the message does not speak of them. */
export function parseSocketOptions(data: unknown): Result<SocketOptions | undefined, string> {
  const given = (data as { socketOptions?: unknown } | null | undefined)?.socketOptions;
  if (given === undefined || given === null) return ok(undefined);
  const fields = fieldsOf(given, ['includeRaw', 'acknowledge']);
  if (!fields.ok) return fields;
  const { includeRaw, acknowledge } = fields.value;
  for (const value of [includeRaw, acknowledge]) {
    if (value !== undefined && typeof value !== 'boolean') return err('socketOptions are true or false.');
  }
  return ok({ includeRaw: includeRaw === true, acknowledge: acknowledge === true });
}

export function matches(subscription: Subscription, message: RisMessage): boolean {
  const { host, type, require, peer, path, prefix, moreSpecific, lessSpecific } = subscription;
  const { data } = message;
  if (host !== undefined && host !== data.host) return false;
  if (type !== undefined && type !== message.type) return false;
  if (require !== undefined && !Object.hasOwn(data, require)) return false;
  if (peer !== undefined && peer !== data.peer) return false;
  // A message without a path has none that a pattern could be held against, inverted or not.
  if (path !== undefined && (message.path === undefined || !matchesPath(path, message.path))) return false;
  if (prefix === undefined) return true;
  return message.blocks().some((block) => {
    const isSame = block.length === prefix.length;
    if (isSame || (moreSpecific && block.length > prefix.length)) return isInside(block, prefix);
    return lessSpecific && isInside(prefix, block);
  });
}

function subscription(conditions: Conditions, path: unknown, prefix: PrefixOctets | undefined): Subscription {
  const { path: _pattern, ...plain } = conditions;
  const shown = {
    ...plain,
    ...(path === undefined ? {} : { path }),
    ...(prefix === undefined ? {} : { prefix: formatIpPrefix(prefix.octets, prefix.length) }),
  };
  const key = JSON.stringify(Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...conditions, key, shown, ...(prefix === undefined ? {} : { prefix }) };
}

function parsePrefixes(value: unknown): Result<readonly PrefixOctets[] | undefined, string> {
  if (value === undefined) return ok(undefined);
  const blocks: PrefixOctets[] = [];
  for (const text of Array.isArray(value) ? value : [value]) {
    const parsed = typeof text === 'string' ? parseIpPrefix(text) : undefined;
    if (parsed?.ok !== true)
      return err('The filter prefix must be a prefix such as "192.0.2.0/24", or a list of them.');
    blocks.push(parsed.value);
  }
  return blocks.length === 0 ? err('The filter prefix is an empty list.') : ok(blocks);
}

/** What is there and not null. A name that nobody knows is an error: ignored, it would let through what it should hold back. */
function fieldsOf(data: unknown, known: readonly string[]): Result<Readonly<Record<string, unknown>>, string> {
  if (data === undefined || data === null) return ok({});
  if (typeof data !== 'object' || Array.isArray(data)) return err('The data must be an object.');
  const unknown = Object.keys(data).find((name) => !known.includes(name));
  if (unknown !== undefined) return err(`There is no "${unknown.slice(0, 64)}" here; there are ${known.join(', ')}.`);
  return ok(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null && value !== undefined)));
}
