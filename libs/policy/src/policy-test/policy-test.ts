import {
  applyEdit,
  decodeAttributes,
  err,
  formatAsPath,
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  ok,
  type PathAttributes,
  type Result,
} from '@bgp/wire';
import type { Policy, PolicyContext, PolicyDiagnostic, RouteView, TraceEntry } from '../types.ts';
import { type SampleRoute, sampleRouteView } from './sample-route.ts';

/** A route, and what a policy is to make of it. */
export interface PolicyTest {
  readonly route: SampleRoute;
  readonly context: PolicyContext;
  readonly expect: ExpectedVerdict;
}

/** Only what is named is compared. */
export interface ExpectedVerdict {
  readonly action: 'permit' | 'deny';
  /** The statement that decides, as `policy/statement` or the part behind the slash. */
  readonly by?: string;
  /** How the route comes out; without meaning for `deny`. */
  readonly result?: ExpectedRoute;
}

export interface ExpectedRoute {
  readonly asPath?: string;
  /** An address, or the word that the policy leaves to the session. */
  readonly nextHop?: string;
  readonly localPref?: number;
  readonly med?: number;
  readonly origin?: number;
  /** All that it carries, of every kind, in any order. */
  readonly communities?: readonly string[];
}

export interface PolicyTestResult {
  /** One sentence each; empty: the test passes. */
  readonly failures: readonly string[];
  /** How the policy came to its verdict. */
  readonly entries: readonly TraceEntry[];
}

/**
 * Runs a policy over one route that is written down.
 *
 * @param hits as in `Policy.evaluate`: what the tests of a policy leave at 0, they do not test.
 * @returns mistakes of the test itself with their place in it (`route.prefix`, `expect.result.communities[0]`).
 */
export function runPolicyTest(
  policy: Policy,
  test: PolicyTest,
  hits?: Float64Array,
): Result<PolicyTestResult, readonly PolicyDiagnostic[]> {
  const route = sampleRouteView(test.route);
  const expected = expectedAttributes(test.expect.result ?? {});
  if (!route.ok || !expected.ok) {
    return err([
      ...(route.ok ? [] : placed(route.error, ['route'])),
      ...(expected.ok ? [] : placed(expected.error, ['expect', 'result'])),
    ]);
  }
  const verdict = policy.evaluate(route.value, test.context, hits);
  const { entries } = policy.trace(route.value, test.context);
  const action = verdict.action === 'accept' ? 'permit' : 'deny';
  const by = policy.terms[verdict.by] ?? '';
  const failures: string[] = [];
  if (action !== test.expect.action) failures.push(`expected ${test.expect.action}, but ${by} says ${action}`);
  else if (verdict.action === 'accept') {
    const edited = decodeAttributes(applyEdit(canonicalOf(route.value), verdict.edit ?? {}));
    failures.push(...differences(test.expect.result ?? {}, expected.value, edited, verdict.nextHop));
  }
  const { by: wantedBy } = test.expect;
  if (wantedBy !== undefined && wantedBy !== by && wantedBy !== by.slice(by.indexOf('/') + 1)) {
    failures.push(`expected ${wantedBy} to decide, but ${by} did`);
  }
  return ok({ failures, entries });
}

function canonicalOf({ attributes: { octets, start, end } }: RouteView): Uint8Array {
  return octets.subarray(start, end);
}

function placed(diagnostics: readonly PolicyDiagnostic[], path: readonly string[]): PolicyDiagnostic[] {
  return diagnostics.map((one) => ({ ...one, path: [...path, ...one.path] }));
}

/** What is expected, read by the rows that read the route itself, so that equal texts are equal values. */
function expectedAttributes({ nextHop, ...rest }: ExpectedRoute): Result<PathAttributes, readonly PolicyDiagnostic[]> {
  const isWord = nextHop === undefined || nextHop === 'self' || nextHop === 'unchanged';
  // A prefix has no part in it.
  const view = sampleRouteView({ prefix: '0.0.0.0/0', ...rest, ...(isWord ? {} : { nextHop }) });
  return view.ok ? ok(decodeAttributes(canonicalOf(view.value))) : view;
}

function differences(
  wanted: ExpectedRoute,
  expected: PathAttributes,
  got: PathAttributes,
  nextHopWord: string | undefined,
): string[] {
  const found: string[] = [];
  const compare = (what: string, want: string | number | undefined, has: string | number | undefined) => {
    if (want !== has) found.push(`${what} is ${has ?? 'absent'}, expected ${want}`);
  };
  if (wanted.localPref !== undefined) compare('LOCAL_PREF', wanted.localPref, got.localPref);
  if (wanted.med !== undefined) compare('MED', wanted.med, got.med);
  if (wanted.origin !== undefined) compare('ORIGIN', wanted.origin, got.origin);
  if (wanted.asPath !== undefined) {
    compare('AS_PATH', formatAsPath(expected.asPath ?? []) || 'empty', formatAsPath(got.asPath ?? []) || 'empty');
  }
  if (wanted.nextHop !== undefined) {
    compare('next hop', expected.nextHop ?? wanted.nextHop, nextHopWord ?? got.nextHop);
  }
  if (wanted.communities !== undefined) {
    const want = communitiesOf(expected);
    const has = communitiesOf(got);
    const missing = want.filter((one) => !has.includes(one));
    const extra = has.filter((one) => !want.includes(one));
    if (missing.length > 0) found.push(`communities lack ${missing.join(', ')}`);
    if (extra.length > 0) found.push(`communities have ${extra.join(', ')} besides`);
  }
  return found;
}

function communitiesOf({
  communities = [],
  extendedCommunities = [],
  largeCommunities = [],
}: PathAttributes): string[] {
  return [
    ...communities.map(formatCommunity),
    ...extendedCommunities.map(formatExtendedCommunity),
    ...largeCommunities.map((one) => `LC:${formatLargeCommunity(one)}`),
  ];
}
