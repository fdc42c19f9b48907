import type { AttributeEdit, AttributeView, Family, Result } from '@bgp/wire';

/** A policy as plain data: what configuration, API and tests exchange. */
export interface PolicySource {
  readonly name: string;
  /** What happens to a route that no statement decided. */
  readonly defaultAction: 'permit' | 'deny';
  readonly statements: readonly PolicyStatement[];
}

/** All conditions present must hold. Names follow the configuration keys (`match_community` → `communities`). */
export interface PolicyStatement {
  readonly name?: string;
  /** `next` keeps the changes and goes on with the following statement. */
  readonly action: 'permit' | 'deny' | 'next';
  readonly match: PolicyMatch;
  readonly set?: PolicyActions;
}

export interface PolicyMatch {
  /** Any of these. `ge`/`le` absent: exactly the prefix's own length. */
  readonly prefixes?: readonly PrefixRange[];
  readonly families?: readonly Family[];
  /** Any of these: `A:B`, well-known names, `RT:…`, `RO:…`, `LC:a:b:c`; `*` for any number, `1-9` for a range. */
  readonly communities?: readonly string[];
  /** Regular expression over the path as text: `_65001_`; see `AsPathPattern`. */
  readonly asPath?: string;
  readonly asPathLength?: NumberRange;
  /** An absent LOCAL_PREF counts as 100, an absent MED as 0. */
  readonly localPref?: NumberRange;
  readonly med?: NumberRange;
  readonly nextHop?: string;
  readonly originAs?: readonly number[];
  /** AS of the neighbor at the other end (not the leftmost AS of the path). */
  readonly neighborAs?: readonly number[];
  /** Canonical addresses, as in `PolicyContext.neighbor`. */
  readonly neighbors?: readonly string[];
  /** Unlike all other conditions, any of the three lists may hold: `[policy.neighbor_sets.NAME]`. */
  readonly neighborSet?: NeighborSet;
  readonly routeType?: 'local' | 'internal' | 'external';
  /** RFC 6811 §2. */
  readonly originValidity?: OriginValidity;
  readonly aspaState?: AspaState;
  /** At least one of these holds as a whole. */
  readonly any?: readonly PolicyMatch[];
  /** Each of these holds as a whole. */
  readonly all?: readonly PolicyMatch[];
  /** This does not hold as a whole. */
  readonly not?: PolicyMatch;
}

export type OriginValidity = 'valid' | 'invalid' | 'not-found';
export type AspaState = 'valid' | 'invalid' | 'unknown';

/** At least one list is present and not empty. */
export interface NeighborSet {
  readonly addresses?: readonly string[];
  readonly remoteAs?: readonly number[];
  readonly peerGroups?: readonly string[];
}

export interface PrefixRange {
  readonly prefix: string;
  readonly ge?: number;
  readonly le?: number;
}

export interface NumberRange {
  readonly ge?: number;
  readonly le?: number;
}

export interface PolicyActions {
  readonly localPref?: number;
  readonly med?: number;
  /** Added to the MED after `med`, within 0–4294967295; negative: subtracted. */
  readonly medAdd?: number;
  /** `self` is resolved by the speaker to the session's local address; `unchanged` keeps it from setting that. */
  readonly nextHop?: 'self' | 'unchanged' | string;
  readonly communitiesAdd?: readonly string[];
  /** Patterns too, all that `PolicyMatch.communities` takes; what `communitiesAdd` names comes back. */
  readonly communitiesRemove?: readonly string[];
  /**
   * Replaces the standard communities; extended and large ones only where the list names one of their kind. Applied
   * before `communitiesRemove` and `communitiesAdd`.
   */
  readonly communitiesSet?: readonly string[];
  readonly prepend?: { readonly as: number; readonly count: number };
  /** The leftmost AS this many times more, 1 to 10. */
  readonly prependFirstAs?: number;
  /** Each `as` of the path becomes `by`. */
  readonly replaceAs?: { readonly as: number; readonly by: number };
  readonly origin?: number;
}

/** What can be wrong with a source. */
export type PolicyDiagnosticCode =
  | 'action-invalid'
  | 'as-path-invalid'
  | 'asn-invalid'
  | 'community-contradiction'
  | 'community-invalid'
  | 'community-unknown'
  | 'count-invalid'
  | 'family-unknown'
  | 'list-empty'
  | 'match-empty'
  | 'name-empty'
  | 'neighbor-invalid'
  | 'never-matches'
  | 'never-reached'
  | 'next-hop-invalid'
  | 'prefix-host-bits'
  | 'prefix-invalid'
  | 'range-empty'
  | 'range-invalid'
  | 'set-with-deny'
  | 'value-out-of-range';

/** Where a mistake is, as a path into the source (`statements[2].match.prefixes[0].ge`), and what it is. */
export interface PolicyDiagnostic {
  readonly code: PolicyDiagnosticCode;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

/** A prefix as a policy looks at it; see `RouteView`. */
export interface PrefixView {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
}

/**
 * The route a policy looks at. A cursor: one object is refilled for each route and must not be kept.
 * For an IPv4 prefix `w0` is the address; for IPv6 `w0`–`w3` are its four 32-bit words, most significant first.
 */
export interface RouteView extends PrefixView {
  readonly attributes: AttributeView;
  /** Absent counts as `not-found`. */
  readonly originValidity?: OriginValidity;
  /** Absent counts as `unknown`. */
  readonly aspaState?: AspaState;
}

/** The neighbor at the other end: the sender on import, the receiver on export. */
export interface PolicyContext {
  readonly neighbor: string;
  readonly neighborAs: number;
  readonly peerGroup?: string;
  readonly routeType: 'local' | 'internal' | 'external';
}

export type Verdict =
  | {
      readonly action: 'accept';
      readonly by: TermRef;
      readonly edit?: AttributeEdit;
      readonly nextHop?: 'self' | 'unchanged';
    }
  | { readonly action: 'reject'; readonly by: TermRef };

/** Which statement decided: stable index into `Policy.terms`. */
export type TermRef = number;

export type PolicyInput = 'prefix' | 'family' | 'attributes' | 'peer' | 'route-type' | 'validity';

export interface Policy {
  readonly name: string;
  /** `policy/statement` in words, by TermRef; for reject reasons, explain and counters. */
  readonly terms: readonly string[];
  /**
   * What a verdict can depend on. Without `prefix` (which includes the family) a verdict is valid for every route of the
   * same family with the same attributes, and the view's prefix may be anything; without `family` too, for all families.
   * `peer` stands for the context's neighbor, `route-type` for its `routeType`, `validity` for what RPKI says of prefix and path.
   */
  readonly reads: ReadonlySet<PolicyInput>;
  /** The same object for the same outcome, so that callers can memoise by identity. */
  /**
   * @param hits by TermRef: each term that matched counts one up, defaults too. Leave it out where nobody asks.
   */
  evaluate(route: RouteView, ctx: PolicyContext, hits?: Float64Array): Verdict;
  /** The same, with every statement that was tried: why it did not match, or what it did. */
  trace(route: RouteView, ctx: PolicyContext): PolicyTrace;
}

export interface PolicyTrace {
  readonly verdict: Verdict;
  /** In the order of trying; what comes after the decision is not in it. */
  readonly entries: readonly TraceEntry[];
}

export interface TracedCondition {
  /** Key of the match. `describeCondition` has it in words. */
  readonly condition: keyof PolicyMatch;
  /** What it asks for; of a list of prefixes or communities that holds, the first entry that does. */
  readonly wanted: string;
  readonly has: string;
}

export interface TraceEntry {
  readonly policy: string;
  /** The statement's name, its number, or `default`. */
  readonly term: string;
  readonly outcome: 'no-match' | 'permit' | 'deny' | 'next';
  /** With `no-match`: the first condition that does not hold, what it asks for, and what the route has. */
  readonly failed?: TracedCondition;
  /** With a statement that matched: every condition of it. */
  readonly matched?: readonly TracedCondition[];
  /** What a statement that matched changes, in words. */
  readonly changes?: readonly string[];
}

export type CompileResult = Result<Policy, readonly PolicyDiagnostic[]>;
