import { err, ok, type Result } from '@bgp/wire';
import { createVrp, type Vrp } from './vrp.ts';

/** RFC 8416 §3.3.1: takes away what fits all that it names. */
export interface PrefixFilter {
  /** Words and length as in `Vrp`; the VRPs of this prefix and of everything inside it. */
  readonly prefix?: Vrp;
  readonly asn?: number;
}

/** What an operator knows better than the caches. */
export interface SlurmExceptions {
  readonly prefixFilters: readonly PrefixFilter[];
  readonly prefixAssertions: readonly Vrp[];
  /** Entries about router keys, which this library does not keep. */
  readonly bgpsecIgnored: number;
}

export const NO_EXCEPTIONS: SlurmExceptions = { prefixFilters: [], prefixAssertions: [], bgpsecIgnored: 0 };

/** What is wrong in the file; `path` as in `validationOutputFilters.prefixFilters[2].asn`. */
export interface SlurmError {
  readonly code: 'json-invalid' | 'version-unsupported' | 'member-missing' | 'member-unknown' | 'entry-invalid';
  readonly path: string;
  readonly detail?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a SLURM file, version 1. One mistake refuses all of it (RFC 8416 §3.1): an exception that is left out in silence would be worse
 * than none.
 * @source RFC 8416 §3
 */
export function parseSlurm(text: string): Result<SlurmExceptions, SlurmError> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return err({ code: 'json-invalid', path: '', detail: (error as Error).message }); // JSON.parse throws SyntaxError only
  }
  const top = object(file, '', ['slurmVersion', 'validationOutputFilters', 'locallyAddedAssertions']);
  if (!top.ok) return top;
  if (top.value.slurmVersion !== 1) return err({ code: 'version-unsupported', path: 'slurmVersion' });
  const filters = lists(top.value, 'validationOutputFilters', ['prefixFilters', 'bgpsecFilters']);
  if (!filters.ok) return filters;
  const assertions = lists(top.value, 'locallyAddedAssertions', ['prefixAssertions', 'bgpsecAssertions']);
  if (!assertions.ok) return assertions;
  const prefixFilters = each(filters.value, 'validationOutputFilters', 'prefixFilters', toFilter);
  if (!prefixFilters.ok) return prefixFilters;
  const prefixAssertions = each(assertions.value, 'locallyAddedAssertions', 'prefixAssertions', toAssertion);
  if (!prefixAssertions.ok) return prefixAssertions;
  const bgpsecIgnored = (filters.value.bgpsecFilters?.length ?? 0) + (assertions.value.bgpsecAssertions?.length ?? 0);
  return ok({ prefixFilters: prefixFilters.value, prefixAssertions: prefixAssertions.value, bgpsecIgnored });
}

/** RFC 8416 §3.3.1: its prefix is the filter's or inside it, and the AS is the filter's, as far as the filter names them. */
export function isFiltered({ prefixFilters }: SlurmExceptions, vrp: Vrp): boolean {
  return prefixFilters.some(
    ({ prefix, asn }) => (asn === undefined || asn === vrp.asn) && (prefix === undefined || holds(prefix, vrp)),
  );
}

function holds(outer: Vrp, inner: Vrp): boolean {
  if (outer.afi !== inner.afi || outer.length > inner.length) return false;
  const differs = (a: number, b: number, bits: number) => bits > 0 && (a ^ b) >>> (32 - Math.min(32, bits)) !== 0;
  const { length } = outer;
  return !(
    differs(outer.w0, inner.w0, length) ||
    differs(outer.w1, inner.w1, length - 32) ||
    differs(outer.w2, inner.w2, length - 64) ||
    differs(outer.w3, inner.w3, length - 96)
  );
}

function toFilter(entry: unknown, path: string): Result<PrefixFilter, SlurmError> {
  const fields = object(entry, path, ['prefix', 'asn', 'comment'], []);
  if (!fields.ok) return fields;
  const { prefix, asn } = fields.value;
  if (prefix === undefined && asn === undefined) return invalid(path, 'prefix or asn has to be there');
  const commented = checkComment(fields.value, path);
  if (!commented.ok) return commented;
  if (asn !== undefined && !isAsn(asn)) return invalid(`${path}.asn`, 'not an AS number');
  if (prefix === undefined) return ok({ asn: asn as number }); // not undefined, and checked
  const parsed = typeof prefix === 'string' ? createVrp(prefix, 0) : 'prefix-invalid';
  if (typeof parsed === 'string') return invalid(`${path}.prefix`, parsed);
  return ok(asn === undefined ? { prefix: parsed } : { prefix: parsed, asn: asn as number }); // checked above
}

function toAssertion(entry: unknown, path: string): Result<Vrp, SlurmError> {
  const fields = object(entry, path, ['prefix', 'asn', 'maxPrefixLength', 'comment'], ['prefix', 'asn']);
  if (!fields.ok) return fields;
  const { prefix, asn, maxPrefixLength } = fields.value;
  const commented = checkComment(fields.value, path);
  if (!commented.ok) return commented;
  if (typeof prefix !== 'string') return invalid(`${path}.prefix`, 'not a prefix');
  if (!isAsn(asn)) return invalid(`${path}.asn`, 'not an AS number');
  if (maxPrefixLength !== undefined && typeof maxPrefixLength !== 'number')
    return invalid(`${path}.maxPrefixLength`, 'not a number');
  const vrp = createVrp(prefix, asn, maxPrefixLength);
  return typeof vrp === 'string' ? invalid(path, vrp) : ok(vrp);
}

function checkComment({ comment }: Fields, path: string): Result<void, SlurmError> {
  return comment === undefined || typeof comment === 'string'
    ? ok(undefined)
    : invalid(`${path}.comment`, 'not a text');
}

function isAsn(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** RFC 8416 §3.1: members that the RFC does not name are mistakes. */
function object(value: unknown, path: string, known: readonly string[], needed = known): Result<Fields, SlurmError> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invalid(path, 'not an object');
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) return err({ code: 'member-unknown', path: path === '' ? name : `${path}.${name}` });
  }
  for (const name of needed) {
    if (!Object.hasOwn(value, name))
      return err({ code: 'member-missing', path: path === '' ? name : `${path}.${name}` });
  }
  return ok(value as Fields); // an object of JSON has string keys
}

function lists(top: Fields, name: string, members: readonly string[]) {
  const fields = object(top[name], name, members);
  if (!fields.ok) return fields;
  for (const member of members) {
    if (!Array.isArray(fields.value[member])) return invalid(`${name}.${member}`, 'not a list');
  }
  return ok(fields.value as Readonly<Record<string, readonly unknown[]>>); // all of them are lists
}

function each<T>(
  from: Readonly<Record<string, readonly unknown[]>>,
  parent: string,
  member: string,
  read: (entry: unknown, path: string) => Result<T, SlurmError>,
): Result<readonly T[], SlurmError> {
  const values: T[] = [];
  for (const [index, entry] of (from[member] ?? []).entries()) {
    const value = read(entry, `${parent}.${member}[${index}]`);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return ok(values);
}

function invalid(path: string, detail: string): Result<never, SlurmError> {
  return err({ code: 'entry-invalid', path, detail });
}
