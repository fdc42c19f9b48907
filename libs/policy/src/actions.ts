import { type ListEdit, parseIpAddress, type Result, type UnitPattern } from '@bgp/wire';
import type { Change } from './change.ts';
import {
  type CommunityError,
  encodeAllForms,
  encodeAsWritten,
  type PolicyCommunity,
  parsePolicyCommunity,
} from './community.ts';
import { type CommunityPattern, parseCommunityPattern } from './community-pattern.ts';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import { checkAsn, checkNumber, MAX_U32 } from './number-checks.ts';
import type { PolicyActions } from './types.ts';

/** Checks what a statement sets. Mistakes go to `into`; the change is then incomplete and must not be used. */
export function compileActions(actions: PolicyActions, path: DiagnosticPath, into: DiagnosticList): Change {
  const change: { -readonly [K in keyof Change]: Change[K] } = {};
  const { origin, localPref, med, prepend, nextHop } = actions;
  if (origin !== undefined && checkNumber(origin, 0, 2, [...path, 'origin'], into)) change.origin = origin;
  if (localPref !== undefined && checkNumber(localPref, 0, MAX_U32, [...path, 'localPref'], into)) {
    change.localPref = localPref;
  }
  if (med !== undefined && checkNumber(med, 0, MAX_U32, [...path, 'med'], into)) change.med = med;
  const { medAdd, prependFirstAs, replaceAs } = actions;
  if (medAdd !== undefined && checkNumber(medAdd, -MAX_U32, MAX_U32, [...path, 'medAdd'], into))
    change.medDelta = medAdd;
  if (prependFirstAs !== undefined && checkCount(prependFirstAs, [...path, 'prependFirstAs'], into)) {
    change.repeatFirstAs = prependFirstAs;
  }
  if (replaceAs !== undefined) {
    const isAs = checkAsn(replaceAs.as, [...path, 'replaceAs', 'as'], into);
    if (checkAsn(replaceAs.by, [...path, 'replaceAs', 'by'], into) && isAs) change.replaceAs = replaceAs;
  }
  if (prepend !== undefined && checkPrepend(prepend, [...path, 'prepend'], into)) change.prepend = prepend;
  if (nextHop !== undefined) {
    const target = compileNextHop(nextHop, [...path, 'nextHop'], into);
    if (target !== undefined) change.nextHop = target;
  }
  return { ...change, ...compileCommunities(actions, path, into) };
}

function checkPrepend(prepend: { as: number; count: number }, path: DiagnosticPath, into: DiagnosticList): boolean {
  const asOk = checkAsn(prepend.as, [...path, 'as'], into);
  return checkCount(prepend.count, [...path, 'count'], into) && asOk;
}

function checkCount(count: number, path: DiagnosticPath, into: DiagnosticList): boolean {
  if (Number.isInteger(count) && count >= 1 && count <= 10) return true;
  into.add('count-invalid', path, `count must be 1-10, but is ${count}`);
  return false;
}

function compileNextHop(text: string, path: DiagnosticPath, into: DiagnosticList): Change['nextHop'] {
  if (text === 'self' || text === 'unchanged') return text;
  const address = parseIpAddress(text);
  // RFC 4271 §5.1.3: a next hop is a unicast address.
  if (address.ok && isUnicast(address.value)) return address.value;
  const message = `"${text}" is not a next hop`;
  into.add('next-hop-invalid', path, message, 'write self, unchanged, or a unicast IPv4 or IPv6 address');
  return undefined;
}

function isUnicast(address: Uint8Array): boolean {
  if (address.every((octet) => octet === 0)) return false;
  const first = address[0]!; // 4 or 16 octets
  return address.length === 4 ? first < 224 : first !== 0xff;
}

type Removed = PolicyCommunity | CommunityPattern;

interface CommunityLists {
  readonly set: readonly PolicyCommunity[] | undefined;
  readonly remove: readonly Removed[];
  readonly add: readonly PolicyCommunity[];
}

function compileCommunities(actions: PolicyActions, path: DiagnosticPath, into: DiagnosticList): Change {
  const { communitiesSet: set, communitiesRemove: remove = [], communitiesAdd: add = [] } = actions;
  const lists = {
    set: set && parseAll(set, parsePolicyCommunity, [...path, 'communitiesSet'], into),
    remove: parseAll(remove, parseCommunityPattern, [...path, 'communitiesRemove'], into),
    add: parseAll(add, parsePolicyCommunity, [...path, 'communitiesAdd'], into),
  };
  checkContradictions(actions, path, into);

  const standard = listEdit(lists, 'standard', lists.set !== undefined, standardValues, standardValues);
  const extended = listEdit(lists, 'extended', kindIsSet(lists, 'extended'), builtForms, allForms);
  const large = listEdit(lists, 'large', kindIsSet(lists, 'large'), largeTexts, largeTexts);
  return {
    ...(standard && { communities: standard }),
    ...(extended && { extendedCommunities: extended }),
    ...(large && { largeCommunities: large }),
  };
}

/** Those that can be read; the others are named in `into`. */
function parseAll<T>(
  texts: readonly string[],
  parse: (text: string) => Result<T, CommunityError>,
  path: DiagnosticPath,
  into: DiagnosticList,
): T[] {
  return texts.flatMap((text, index) => {
    const parsed = parse(text);
    if (parsed.ok) return [parsed.value];
    into.add(parsed.error.code, [...path, index], parsed.error.message, parsed.error.hint);
    return [];
  });
}

function kindIsSet(lists: CommunityLists, kind: PolicyCommunity['kind']): boolean {
  return lists.set?.some((community) => community.kind === kind) ?? false;
}

function listEdit<T>(
  lists: CommunityLists,
  kind: PolicyCommunity['kind'],
  replaces: boolean,
  toAdd: (communities: readonly PolicyCommunity[]) => readonly T[],
  toRemove: (communities: readonly Removed[]) => readonly T[],
): ListEdit<T> | undefined {
  const remove = toRemove(lists.remove);
  const removeMatching = patternsOf(kind, lists.remove);
  const add = toAdd(lists.add);
  if (!replaces && remove.length === 0 && removeMatching.length === 0 && add.length === 0) return undefined;
  return {
    ...(replaces && { set: toAdd(lists.set ?? []) }),
    remove,
    ...(removeMatching.length > 0 && { removeMatching }),
    add,
  };
}

function patternsOf(kind: PolicyCommunity['kind'], removed: readonly Removed[]): readonly UnitPattern[] {
  return removed.flatMap((one) => (one.kind === 'pattern' && one.of === kind ? [one.pattern] : []));
}

function standardValues(communities: readonly Removed[]): readonly number[] {
  return communities.flatMap((community) => (community.kind === 'standard' ? [community.value] : []));
}

function largeTexts(communities: readonly Removed[]): readonly string[] {
  return communities.flatMap((community) =>
    community.kind === 'large' ? [`${community.a}:${community.b}:${community.c}`] : [],
  );
}

/** In the form that is written: an address, a 2-octet AS number, or a 4-octet one. */
function builtForms(communities: readonly PolicyCommunity[]): readonly bigint[] {
  return communities.flatMap((community) => {
    return community.kind === 'extended' ? [encodeAsWritten(community)] : [];
  });
}

/** Removing goes by meaning, as matching does: every encoding of the value goes. */
function allForms(communities: readonly Removed[]): readonly bigint[] {
  return communities.flatMap((community) => (community.kind === 'extended' ? encodeAllForms(community) : []));
}

/** Adding and removing one value in one statement has no order that a reader could know. */
function checkContradictions(actions: PolicyActions, path: DiagnosticPath, into: DiagnosticList): void {
  const removed = new Set(actions.communitiesRemove);
  for (const [index, text] of (actions.communitiesAdd ?? []).entries()) {
    if (!removed.has(text)) continue;
    into.add('community-contradiction', [...path, 'communitiesAdd', index], `"${text}" is both added and removed`);
  }
}
