import { isSecretKey, REDACTED } from './redact.ts';
import { alignElements } from './toml/align.ts';
import { areEqual } from './toml/equal.ts';
import { isTable, renderKey, renderValue } from './toml/render-value.ts';

type Table = Readonly<Record<string, unknown>>;

/** One difference between two files, as a person would name it. Secrets are never shown. */
export interface DocumentChange {
  /** `neighbors["10.0.0.2"].hold_time`; elements are named by what tells them apart, else by position. */
  readonly path: string;
  /** As written in a file, shortened; absent: it was not there. */
  readonly before?: string;
  /** Absent: it is gone. */
  readonly after?: string;
}

const LONGEST = 120;

/** What differs between two parsed files: the innermost values, and whole elements or tables that come or go. */
export function diffDocuments(before: Table, after: Table): DocumentChange[] {
  const changes: DocumentChange[] = [];
  diffTables(before, after, '', changes);
  return changes;
}

function diffTables(before: Table, after: Table, path: string, into: DocumentChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const here = path === '' ? renderKey(key) : `${path}.${renderKey(key)}`;
    diffValues(before[key], after[key], here, key, into);
  }
}

function diffValues(before: unknown, after: unknown, path: string, key: string, into: DocumentChange[]): void {
  if (areEqual(before, after)) return;
  if (isTable(before) && isTable(after)) return diffTables(before, after, path, into);
  const isList = (value: unknown): value is Table[] => Array.isArray(value) && value.every(isTable);
  if (isList(before) && isList(after)) {
    const pairs = alignElements(before, after);
    if (pairs !== undefined) return diffElements(before, after, pairs, path, into);
  }
  into.push({
    path,
    ...(before === undefined ? {} : { before: shown(key, before) }),
    ...(after === undefined ? {} : { after: shown(key, after) }),
  });
}

function diffElements(
  before: readonly Table[],
  after: readonly Table[],
  pairs: readonly (number | undefined)[],
  path: string,
  into: DocumentChange[],
): void {
  before.forEach((element, at) => {
    if (!pairs.includes(at)) into.push({ path: `${path}[${nameOf(element, at)}]`, before: shown('', element) });
  });
  after.forEach((element, at) => {
    const old = pairs[at];
    const here = `${path}[${nameOf(element, at)}]`;
    if (old === undefined) into.push({ path: here, after: shown('', element) });
    else diffTables(before[old]!, element, here, into);
  });
}

function nameOf(element: Table, at: number): string {
  const name = element.name ?? element.address ?? element.interface ?? (element.peer_group && element.prefix);
  return typeof name === 'string' ? JSON.stringify(name) : String(at);
}

function shown(key: string, value: unknown): string {
  const text = renderValue(withoutSecrets(key, value)).replaceAll(/\n\s*/g, ' ').replace(', ]', ' ]');
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

function withoutSecrets(key: string, value: unknown): unknown {
  if (isSecretKey(key)) return REDACTED;
  if (Array.isArray(value)) return value.map((one) => withoutSecrets('', one));
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecrets(name, one)]));
}
