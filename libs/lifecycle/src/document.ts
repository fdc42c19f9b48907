import { formatIpAddress, formatIpPrefix, parseIpAddress, parseIpPrefix } from '@bgp/wire/net';

/** A parsed file, as the TOML parser gives it. */
export type Document = Readonly<Record<string, unknown>>;
type Table = Readonly<Record<string, unknown>>;

export function tableAt(document: Document, ...path: readonly string[]): Table | undefined {
  let at: unknown = document;
  for (const name of path) at = (at as Table | undefined)?.[name];
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? (at as Table) : undefined;
}

/** The document with another value at the path; undefined takes it away, and tables that are empty then go too. */
export function withValue(document: Document, path: readonly string[], value: unknown): Document {
  const [name, ...rest] = path;
  if (name === undefined) return document;
  const inner = rest.length === 0 ? value : withValue(tableAt(document, name) ?? {}, rest, value);
  const { [name]: _old, ...others } = document;
  if (inner === undefined || (rest.length > 0 && value === undefined && isEmpty(inner))) return others;
  // In place, so that the order of keys stays.
  return name in document
    ? Object.fromEntries(Object.entries(document).map(([key, old]) => [key, key === name ? inner : old]))
    : { ...document, [name]: inner };
}

/** The entries of `[[neighbors]]`, with the names that the speaker knows them by. */
export function neighborsOf(document: Document): readonly { readonly name: string; readonly table: Table }[] {
  return tablesOf(document.neighbors).map((table) => ({ name: neighborName(table), table }));
}

export function withNeighbor(document: Document, table: Table): Document {
  return { ...document, neighbors: [...tablesOf(document.neighbors), table] };
}

export function withoutNeighbor(document: Document, name: string): Document {
  const neighbors = tablesOf(document.neighbors).filter((table) => neighborName(table) !== name);
  return withValue(document, ['neighbors'], neighbors.length === 0 ? undefined : neighbors);
}

/** One neighbor's entry changed. */
export function withNeighborChanged(document: Document, name: string, change: (table: Table) => Table): Document {
  const neighbors = tablesOf(document.neighbors);
  return { ...document, neighbors: neighbors.map((table) => (neighborName(table) === name ? change(table) : table)) };
}

export function hasRange(document: Document, prefix: string): boolean {
  return tablesOf(document.dynamic_neighbors).some(
    (table) => canonicalPrefix(table.prefix) === canonicalPrefix(prefix),
  );
}

export function withRange(document: Document, table: Table): Document {
  return { ...document, dynamic_neighbors: [...tablesOf(document.dynamic_neighbors), table] };
}

export function withoutRange(document: Document, prefix: string): Document {
  const wanted = canonicalPrefix(prefix);
  const ranges = tablesOf(document.dynamic_neighbors).filter((table) => canonicalPrefix(table.prefix) !== wanted);
  return withValue(document, ['dynamic_neighbors'], ranges.length === 0 ? undefined : ranges);
}

/** Whoever names a policy, a set or a group, as paths that a person finds in the file. */
export function usersOf(document: Document, what: 'policy' | 'neighbor-set' | 'peer-group', name: string): string[] {
  const users: string[] = [];
  const visit = (value: unknown, path: string, key: string): void => {
    if (key in NAMED_BY[what] && names(value).includes(name)) users.push(path);
    if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) visit(one, `${path}[${elementName(one, at)}]`, '');
    } else if (typeof value === 'object' && value !== null) {
      for (const [inner, one] of Object.entries(value)) visit(one, path === '' ? inner : `${path}.${inner}`, inner);
    }
  };
  visit(document, '', '');
  return users;
}

const NAMED_BY = {
  policy: { import_policy_chain: 1, export_policy_chain: 1, import_chain: 1, export_chain: 1 },
  'neighbor-set': { match_neighbor_set: 1 },
  'peer-group': { peer_group: 1, peer_groups: 1 },
} as const;

function names(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function elementName(element: unknown, at: number): string {
  const { address, interface: link, prefix, name } = (element ?? {}) as Table;
  const text = address ?? link ?? name ?? prefix;
  return typeof text === 'string' ? `"${text}"` : String(at);
}

function tablesOf(value: unknown): Table[] {
  return Array.isArray(value) ? value : [];
}

function neighborName({ address, interface: link }: Table): string {
  if (typeof address !== 'string') return typeof link === 'string' ? link : '';
  const name = canonicalAddress(address);
  return typeof link === 'string' ? `${name}%${link}` : name;
}

function canonicalAddress(text: string): string {
  const parsed = parseIpAddress(text);
  return parsed.ok ? formatIpAddress(parsed.value) : text;
}

/** Host bits do not count, as in the speaker. */
function canonicalPrefix(text: unknown): string {
  const parsed = typeof text === 'string' ? parseIpPrefix(text) : undefined;
  if (parsed?.ok !== true) return String(text);
  const { octets, length } = parsed.value;
  const masked = octets.map((octet, at) => octet & ((0xff00 >>> Math.min(8, Math.max(0, length - at * 8))) & 0xff));
  return formatIpPrefix(masked, length);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
