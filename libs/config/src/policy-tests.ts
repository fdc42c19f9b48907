import {
  compileChain,
  type ExpectedRoute,
  type Policy,
  type PolicyContext,
  type PolicyDiagnostic,
  type PolicySource,
  type PolicyTest,
  runPolicyTest,
  type SampleRoute,
} from '@bgp/policy';
import { type PeerConfig, peerKind, type SpeakerConfig } from '@bgp/speaker';
import { parseAsPath } from '@bgp/wire';
import { didYouMean } from './did-you-mean.ts';
import { canonical, defined, ORIGINS } from './policy-source.ts';
import type { PolicyTestOutcome, PolicyTestReport } from './policy-test-report.ts';
import type { Report } from './report.ts';
import type { ChainTest, DefinitionTest, PolicySection } from './schema/policy.ts';
import type { ConfigPath } from './toml/path.ts';

const NO_POLICY_TESTS: PolicyTestReport = { tests: [], coverage: [] };

/** Sources that a `LoadCache` gives again are not tested again, unless their tests have changed. */
const TESTED = new WeakMap<PolicySource, { readonly text: string; readonly report: PolicyTestReport }>();

/** Tests of a policy by itself. */
export function testDefinition(
  source: PolicySource,
  tests: readonly DefinitionTest[],
  path: ConfigPath,
  report: Report,
): PolicyTestReport {
  if (tests.length === 0) return NO_POLICY_TESTS;
  const text = JSON.stringify(tests);
  const known = TESTED.get(source);
  if (known?.text === text) return known.report;
  const before = report.errorCount;
  const compiled = compileChain([source]);
  if (!compiled.ok) return NO_POLICY_TESTS; // what is wrong with the policy has been said
  const policy = compiled.value;
  const hits = new Float64Array(policy.terms.length);
  const outcomes = tests.flatMap((test, index) => {
    const { address, remote_asn: as, peer_group: peerGroup } = test.neighbor ?? {};
    const context = defined<PolicyContext>({
      neighbor: canonical(address ?? '192.0.2.1'),
      neighborAs: as ?? firstAs(test.route.as_path),
      peerGroup,
      routeType: test.route.route_type ?? 'external',
    });
    return run(policy, test, context, `policy ${source.name}`, [...path, 'tests', index], hits, report);
  });
  const terms = policy.terms.map((name, at) => ({ name: name.slice(source.name.length + 1), tests: hits[at] ?? 0 }));
  const result = { tests: outcomes, coverage: [{ policy: source.name, terms }] };
  if (report.errorCount === before) TESTED.set(source, { text, report: result }); // mistakes are to be said every time
  return result;
}

/** Tests of what neighbors run. */
export function testChains(
  tests: NonNullable<PolicySection['tests']>,
  speaker: SpeakerConfig,
  report: Report,
): readonly PolicyTestOutcome[] {
  return tests.flatMap((test, index) => {
    const path = ['policy', 'tests', index];
    const chosen = chainOf(test, speaker, path, report);
    if (chosen === undefined) return [];
    const { peer, direction, subject } = chosen;
    const policy = policyOf(peer, direction, speaker);
    if (policy === undefined) return []; // what is wrong with it has been said
    const context = defined<PolicyContext>({
      neighbor: peer.name,
      neighborAs: peer.remoteAs,
      peerGroup: peer.peerGroup,
      routeType: test.route.route_type ?? 'external',
    });
    return run(policy, test, context, subject, path, undefined, report);
  });
}

/** Reports what fails where the file says it. */
export function reportFailures({ tests }: PolicyTestReport, report: Report): void {
  for (const { name, failures, path } of tests) {
    for (const failure of failures) {
      report.error('policy-test-failed', path, `policy test "${name}" fails: ${failure}`);
    }
  }
}

function run(
  policy: Policy,
  test: DefinitionTest | ChainTest,
  context: PolicyContext,
  subject: string,
  path: ConfigPath,
  hits: Float64Array | undefined,
  report: Report,
): PolicyTestOutcome[] {
  const result = runPolicyTest(policy, toPolicyTest(test, context), hits);
  if (result.ok) return [{ name: test.name, subject, path, failures: result.value.failures }];
  for (const mistake of result.error) reportMistake(mistake, path, report);
  return [];
}

function toPolicyTest(test: DefinitionTest | ChainTest, context: PolicyContext): PolicyTest {
  const { prefix, rpki_validation: validity, aspa_validation: aspaState } = test.route;
  return {
    route: defined<SampleRoute>({
      prefix,
      ...attributes(test.route),
      originValidity: validity === 'not_found' ? 'not-found' : validity,
      aspaState,
    }),
    context,
    expect: defined<PolicyTest['expect']>({
      action: test.expect,
      by: test.by,
      result: test.result === undefined ? undefined : defined<ExpectedRoute>(attributes(test.result)),
    }),
  };
}

function attributes(table: NonNullable<DefinitionTest['result']>) {
  return {
    asPath: table.as_path,
    nextHop: table.next_hop,
    localPref: table.local_pref,
    med: table.med,
    origin: table.origin === undefined ? undefined : ORIGINS[table.origin],
    communities: table.communities,
  };
}

const FILE_KEYS: Readonly<Record<string | number, string>> = {
  asPath: 'as_path',
  nextHop: 'next_hop',
  localPref: 'local_pref',
};

function reportMistake({ path: place, message, hint }: PolicyDiagnostic, path: ConfigPath, report: Report): void {
  const [first, ...rest] = place[0] === 'expect' ? place.slice(1) : place;
  const keys = [first ?? 'route', ...rest].map((part) => FILE_KEYS[part] ?? part);
  report.error('invalid-value', [...path, ...keys], `invalid policy test: ${message}`, { hint });
}

function firstAs(path: string | undefined): number {
  const parsed = parseAsPath(path ?? '');
  return parsed.ok ? (parsed.value[0]?.asns[0] ?? 0) : 0;
}

function chainOf(test: ChainTest, speaker: SpeakerConfig, path: ConfigPath, report: Report) {
  const { import_from: from, export_to: to } = test;
  if ((from === undefined) === (to === undefined)) {
    report.error('conflict', path, 'a test needs import_from or export_to, one of both', {
      on: 'key',
      hint: 'write the neighbor whose routes it is about; to test one policy alone use policy.definitions.NAME.tests',
    });
    return undefined;
  }
  const direction = from === undefined ? 'export' : 'import';
  const named = canonical(from ?? to ?? '');
  const peer = speaker.peers.find(({ name }) => name === named);
  if (peer !== undefined) {
    return { peer, direction, subject: `${direction} ${direction === 'import' ? 'from' : 'to'} ${peer.name}` } as const;
  }
  const names = speaker.peers.map(({ name }) => name);
  const meant = didYouMean(named, names);
  report.error(
    'undefined-reference',
    [...path, direction === 'import' ? 'import_from' : 'export_to'],
    `there is no neighbor ${named}`,
    {
      hint: meant === undefined ? 'neighbors are named by their address' : `did you mean ${meant}?`,
    },
  );
  return undefined;
}

/** As the speaker does it: RFC 8212 §3, an external neighbor without policy exchanges nothing. */
function policyOf(peer: PeerConfig, direction: 'import' | 'export', speaker: SpeakerConfig): Policy | undefined {
  const chain = direction === 'import' ? peer.importChain : peer.exportChain;
  const isClosed = speaker.ebgpRequiresPolicy && peerKind(speaker, peer) === 'external';
  const nothing: PolicySource = { name: 'rfc8212', defaultAction: 'deny', statements: [] };
  const compiled = compileChain(chain ?? (isClosed ? [nothing] : []));
  return compiled.ok ? compiled.value : undefined;
}
