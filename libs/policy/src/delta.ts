import { DiagnosticList } from './diagnostics.ts';
import { sourceFingerprint } from './fingerprint.ts';
import { PrefixIndexBuilder } from './prefix-ranges.ts';
import type { PolicyMatch, PolicySource, PolicyStatement, PrefixRange, PrefixView } from './types.ts';

/**
 * The routes that a change of policy can touch. Never too few; there may be some for which nothing changes. Names and numbers of terms
 * do not count: only whether a route passes, and how it changes.
 */
export type PolicyDelta =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  /** Whatever any of these ranges holds for. */
  | { readonly kind: 'prefixes'; readonly ranges: readonly PrefixRange[] };

const NONE: PolicyDelta = { kind: 'none' };
const ALL: PolicyDelta = { kind: 'all' };

/**
 * Compares two chains. A route that matches none of the statements that differ runs through the same statements before and after, with
 * the same end; so only those count, and of two prefix lists only what one has and the other has not.
 */
export function policyDelta(before: readonly PolicySource[], after: readonly PolicySource[]): PolicyDelta {
  if (before.length !== after.length) return ALL;
  const ranges: PrefixRange[] = [];
  for (const [at, old] of before.entries()) {
    const now = after[at]!; // as long
    if (old === now || sourceFingerprint(old) === sourceFingerprint(now)) continue;
    const touched = sourceDelta(old, now);
    if (touched === undefined) return ALL;
    ranges.push(...touched);
  }
  return ranges.length === 0 ? NONE : { kind: 'prefixes', ranges };
}

/** Whether a delta touches a prefix; undefined for all of them. */
export function compileDelta(delta: PolicyDelta): ((route: PrefixView) => boolean) | undefined {
  if (delta.kind === 'all') return undefined;
  if (delta.kind === 'none') return () => false;
  const builder = new PrefixIndexBuilder();
  const mistakes = new DiagnosticList();
  for (const range of delta.ranges) if (!builder.add(range, 0, [], mistakes)) return undefined;
  const index = builder.build();
  return (route) => index.lookup(route) >= 0;
}

/** Undefined: any route. */
function sourceDelta(before: PolicySource, after: PolicySource): readonly PrefixRange[] | undefined {
  if (before.defaultAction !== after.defaultAction) return undefined;
  const [old, now] = [before.statements, after.statements];
  let start = 0;
  while (start < old.length && start < now.length && areSame(old[start]!, now[start]!)) start++;
  let end = 0;
  const shorter = Math.min(old.length, now.length) - start;
  while (end < shorter && areSame(old[old.length - 1 - end]!, now[now.length - 1 - end]!)) end++;
  const [removed, added] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  if (removed.length === 1 && added.length === 1) {
    const lists = differentPrefixes(removed[0]!, added[0]!);
    if (lists !== undefined) return lists;
  }
  const ranges: PrefixRange[] = [];
  for (const { match } of [...removed, ...added]) {
    const own = prefixesOf(match);
    if (own === undefined) return undefined;
    ranges.push(...own);
  }
  return ranges;
}

/** Prefixes that only one of two statements lists; undefined when they differ in more than that. */
function differentPrefixes(before: PolicyStatement, after: PolicyStatement): PrefixRange[] | undefined {
  const { prefixes: old, ...oldMatch } = before.match;
  const { prefixes: now, ...nowMatch } = after.match;
  if (old === undefined || now === undefined) return undefined;
  if (!areSame({ ...before, match: oldMatch }, { ...after, match: nowMatch })) return undefined;
  const [oldKeys, nowKeys] = [new Set(old.map(keyOf)), new Set(now.map(keyOf))];
  return [...old.filter((range) => !nowKeys.has(keyOf(range))), ...now.filter((range) => !oldKeys.has(keyOf(range)))];
}

/** Every route that meets the match lies in one of these; undefined: no prefix is asked for. */
function prefixesOf(match: PolicyMatch): readonly PrefixRange[] | undefined {
  if (match.prefixes !== undefined) return match.prefixes;
  for (const part of match.all ?? []) {
    const own = prefixesOf(part);
    if (own !== undefined) return own;
  }
  const parts = match.any?.map(prefixesOf);
  return parts?.every((part) => part !== undefined) === true ? parts.flat() : undefined;
}

function keyOf({ prefix, ge, le }: PrefixRange): string {
  return `${prefix} ${ge ?? ''} ${le ?? ''}`;
}

/** Their names say nothing about routes. */
function areSame({ name: _a, ...a }: PolicyStatement, { name: _b, ...b }: PolicyStatement): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
