import type { PolicySource, PolicyStatement } from '@bgp/policy';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import type { ConfigPreview } from './config-preview.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import type { ValidationPort } from './ports.ts';
import { Speaker } from './speaker.ts';
import { addNode, inject, isUp, type Node, prefixes } from './testing/lab.ts';
import { nlriText, told } from './testing/told.ts';

const CENTER = '10.0.0.1';
const MEMBERS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
const ROUTES = prefixes(12);

const statement: fc.Arbitrary<PolicyStatement> = fc.oneof(
  fc.record({
    action: fc.constant('deny' as const),
    match: fc.oneof(
      fc
        .subarray(ROUTES, { minLength: 1, maxLength: 4 })
        .map((some) => ({ prefixes: some.map((prefix) => ({ prefix })) })),
      fc.constantFrom(65002, 65003, 65004, 65005).map((as) => ({ originAs: [as] })),
      fc.constantFrom(...MEMBERS).map((neighbor) => ({ neighbors: [neighbor] })),
      fc.constantFrom('valid' as const, 'invalid' as const).map((originValidity) => ({ originValidity })),
      fc.constant({ aspaState: 'invalid' as const }),
    ),
  }),
  fc.record({
    action: fc.constantFrom('permit' as const, 'next' as const),
    match: fc.oneof(
      fc
        .subarray(ROUTES, { minLength: 1, maxLength: 6 })
        .map((some) => ({ prefixes: some.map((prefix) => ({ prefix })) })),
      fc.constant({ families: [IPV4_UNICAST] }),
      fc.constant({ originValidity: 'not-found' as const }),
    ),
    set: fc.oneof(
      fc.constantFrom(50, 100, 150).map((localPref) => ({ localPref })),
      fc.constantFrom(0, 7).map((med) => ({ med })),
      fc.constantFrom('65000:1', '65000:2').map((community) => ({ communitiesAdd: [community] })),
      fc.constantFrom(1, 2).map((count) => ({ prepend: { as: 65001, count } })),
    ),
  }),
);
const chain: fc.Arbitrary<readonly PolicySource[]> = fc
  .record({
    statements: fc.array(statement, { maxLength: 3 }),
    defaultAction: fc.constantFrom('permit', 'permit', 'deny'),
  })
  .map(({ statements, defaultAction }) => [
    { name: 'p', defaultAction: defaultAction as 'permit' | 'deny', statements },
  ]);

/** By prefix and origin, as they come. */
const RPKI: ValidationPort = {
  hasVrps: true,
  hasAspas: true,
  originState: (_family, w0, _w1, _w2, _w3, _length, origin) =>
    (['valid', 'not-found', 'invalid'] as const)[((w0 >>> 8) + origin) % 3] ?? 'not-found',
  aspaState: (_path, _role, neighborAs) => (neighborAs === 65003 ? 'invalid' : 'unknown'),
};

/** What differs between members, and may change while a session is up. */
const member = fc.record({
  importChain: chain,
  exportChain: chain,
  nextHopSelf: fc.boolean(),
  removesPrivateAs: fc.boolean(),
  asOverride: fc.boolean(),
  perClientBest: fc.boolean(),
});
const members = fc.tuple(member, member, member, member);
/** Once for the session's life: what may be sent. */
const withAddPath = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean());

type Member = Partial<PeerConfig> & { readonly removesPrivateAs: boolean };

function configOf(of: readonly Member[], addPath: readonly boolean[], only = MEMBERS): SpeakerConfig {
  const peers = MEMBERS.flatMap((address, at) => {
    if (!only.includes(address)) return [];
    const { removesPrivateAs, ...rest } = of[at]!;
    const base: PeerConfig = {
      ...defaultPeerConfig(address, 65002 + at),
      // A route server: paths come through, so that several compete.
      routeServerClient: true,
      ...(addPath[at] === true ? { addPath: { receive: false, send: true } } : {}),
    };
    return [{ ...base, ...rest, ...(removesPrivateAs ? { removePrivateAs: 'all' as const } : {}) }];
  });
  return { asn: 65001, routerId: CENTER, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers };
}

function planned({ routes }: ConfigPreview): string[] {
  return routes
    .map(({ peer, prefix, pathId, after }) => `${peer} ${after === undefined ? '-' : '+'}${nlriText(prefix, pathId)}`)
    .sort();
}

/** What the import policy makes of each route that came: its attributes, or nothing. */
function judged(speaker: Speaker): ReadonlyMap<string, string | undefined> {
  const page = speaker.listRoutes({ table: 'received', family: IPV4_UNICAST, limit: 1_000 });
  if (!page.ok) throw new Error(page.error.message);
  return new Map(
    page.value.routes.map(({ prefix, peer, attributes, rejectedBy }) => [
      `${peer} ${nlriText(prefix, 0)}`,
      rejectedBy === undefined ? JSON.stringify(attributes) : undefined,
    ]),
  );
}

/** Which of them are judged differently, as a preview writes it. */
function judgedAnew(before: ReturnType<typeof judged>, after: ReturnType<typeof judged>): string[] {
  const lines = [...before].flatMap(([route, was]) => {
    const now = after.get(route);
    return was === now ? [] : [`${route} ${was ?? 'refused'} → ${now ?? 'refused'}`];
  });
  return lines.sort();
}

function plannedJudgements({ received }: ConfigPreview): string[] {
  const text = (attributes: object | undefined) => (attributes === undefined ? 'refused' : JSON.stringify(attributes));
  return received.routes
    .map(({ peer, prefix, before, after }) => `${peer} ${nlriText(prefix, 0)} ${text(before)} → ${text(after)}`)
    .sort();
}

function preview(speaker: Speaker, next: SpeakerConfig, run: () => void): ConfigPreview {
  let result: ConfigPreview | undefined;
  const begun = speaker.preview(next, 10_000, (preview) => {
    result = preview;
  });
  if (!begun.ok) throw new Error(begun.error.message);
  run();
  if (result === undefined) throw new Error('the preview did not end');
  return result;
}

/** The explanation of a prefix says what the tables say, and gives the reasons that led there. */
function expectExplained(speaker: Speaker, name: string, prefix: string, isSent: boolean): void {
  const outward = speaker.explainExport(name, IPV4_UNICAST, prefix);
  if (!outward.ok) throw new Error(outward.error.message);
  expect(outward.value.isAdvertised).toBe(isSent);
  for (const { refusal, trace, sent } of outward.value.paths) {
    const last = trace?.entries.at(-1)?.outcome;
    if (sent !== undefined) expect([refusal, last]).toEqual([undefined, 'permit']);
    else if (refusal === 'policy_denied') expect(last).toBe('deny');
    if (refusal === 'split_horizon') expect(trace).toBeUndefined();
  }
  const inward = speaker.explainImport(name, IPV4_UNICAST, prefix);
  if (!inward.ok) throw new Error(inward.error.message);
  for (const { outcome, trace, route } of inward.value) {
    expect(trace.entries.at(-1)?.outcome).toBe(outcome);
    const { policy, term } = trace.entries.at(-1)!;
    expect(route.rejectedBy).toBe(outcome === 'deny' ? `${policy}/${term}` : undefined);
  }
}

/** Which member announces which of the routes. */
type Announces = (route: number, member: number) => boolean;
const thirds: Announces = (route, at) => (route + at) % 3 !== 0;

/** The center and its members, up and quiet. */
function startWorld(config: SpeakerConfig, addPath: readonly boolean[], seed: number, announces: Announces) {
  const network = createMemoryNetwork({ seed, keepTranscript: true });
  const { ports } = network.addHost({ addresses: [CENTER] });
  const center = new Speaker(config, { ...ports, validation: RPKI });
  const others: Node[] = MEMBERS.map((address, at) =>
    addNode(network, {
      address,
      asn: 65002 + at,
      peers: [
        {
          address: CENTER,
          remoteAs: 65001,
          enforceFirstAs: false,
          ...(addPath[at] === true ? { addPath: { receive: true, send: false } } : {}),
        },
      ],
    }),
  );
  for (const [at, node] of others.entries()) {
    for (const prefix of ROUTES.filter((_route, index) => announces(index, at))) inject(node, prefix, '192.0.2.1');
  }
  center.start();
  for (const { speaker } of others) speaker.start();
  expect(network.runUntil(() => isUp(...others), 60_000)).toBe(true);
  network.runFor(3_000);
  return { network, center, others };
}

/** What the center has and what each member has of it; path identifiers are only names, and say who came first. */
function tablesOf(center: Speaker): string[] {
  const rows = (query: { table: 'received' | 'best' } | { table: 'advertised'; peer: string }, of: string) => {
    const page = center.listRoutes({ ...query, family: IPV4_UNICAST, limit: 1_000 });
    if (!page.ok) throw new Error(page.error.message);
    return page.value.routes.map(({ prefix, peer, attributes, rejectedBy }) =>
      JSON.stringify([of, prefix, peer, attributes, rejectedBy]),
    );
  };
  return [
    ...rows({ table: 'received' }, 'received'),
    ...rows({ table: 'best' }, 'best'),
    ...MEMBERS.flatMap((peer) => rows({ table: 'advertised', peer }, `sent to ${peer}`)),
  ].sort();
}

describe('a reload', () => {
  test.prop([members, members, withAddPath, fc.integer()], { numRuns: 100 })(
    'leaves what a cold start with the new configuration comes to',
    (before, after, addPath, seed) => {
      const { network, center } = startWorld(configOf(before, addPath), addPath, seed, thirds);
      expect(center.reconfigure(configOf(after, addPath))).toMatchObject({ ok: true });
      network.runFor(5_000);
      const cold = startWorld(configOf(after, addPath), addPath, seed, thirds);
      expect(tablesOf(center)).toEqual(tablesOf(cold.center));
    },
  );
});

describe('a preview', () => {
  test.prop([members, members, withAddPath, fc.integer()], { numRuns: 100 })(
    'is what is really sent: no path more, none less, and afterwards there is nothing left to do',
    (before, after, addPath, seed) => {
      const { network, center, others } = startWorld(configOf(before, addPath), addPath, seed, thirds);

      const next = configOf(after, addPath);
      const tables = () => MEMBERS.map((name) => center.fingerprint('advertised', IPV4_UNICAST, name));
      const was = tables();
      const wasJudged = judged(center);
      const plan = preview(center, next, () => network.runFor(1_000));
      expect(tables()).toEqual(was);

      const mark = network.transcript.length;
      let isSettled = false;
      const done = center.reconfigure(next, () => {
        isSettled = true;
      });
      expect(done).toMatchObject({ ok: true, value: plan.change });
      network.runFor(5_000);
      expect(isSettled).toBe(true);
      expect(planned(plan)).toEqual(told(network.transcript.slice(mark), CENTER, MEMBERS, addPath));
      expect(plan.counts.reduce((sum, { announced, withdrawn }) => sum + announced + withdrawn, 0)).toBe(
        plan.routes.length,
      );
      expect(plannedJudgements(plan)).toEqual(judgedAnew(wasJudged, judged(center)));
      const { counts } = plan.received;
      expect(counts.reduce((sum, { accepted, refused, changed }) => sum + accepted + refused + changed, 0)).toBe(
        plan.received.routes.length,
      );
      expect(isUp(...others)).toBe(true);

      for (const name of MEMBERS) {
        const page = center.listRoutes({ table: 'advertised', peer: name, family: IPV4_UNICAST, limit: 1_000 });
        const sent = new Set(page.ok ? page.value.routes.map(({ prefix }) => prefix) : []);
        for (const prefix of ROUTES) expectExplained(center, name, prefix, sent.has(prefix));
      }

      const nothing = preview(center, next, () => network.runFor(1_000));
      expect(nothing).toMatchObject({
        change: { peers: [], ranges: [] },
        counts: [],
        routes: [],
        received: { counts: [], routes: [] },
      });
    },
  );

  test.prop([members, withAddPath, fc.subarray(MEMBERS, { minLength: 2, maxLength: 3 }), fc.integer()], {
    numRuns: 15,
  })('of neighbors that leave: what the others would no longer have', (config, addPath, staying, seed) => {
    const { network, center } = startWorld(configOf(config, addPath), addPath, seed, (index) => index < 4);
    const next = configOf(config, addPath, staying);
    const plan = preview(center, next, () => network.runFor(1_000));
    const mark = network.transcript.length;
    expect(center.reconfigure(next)).toMatchObject({ ok: true });
    network.runFor(5_000);
    const said = told(network.transcript.slice(mark), CENTER, MEMBERS, addPath);
    // Several go one after another, so a path may be told that is not the last word; where it ends is exact.
    const last = new Map(said.map((line) => [line.replace(/ [+-]/, ' '), line]));
    for (const line of planned(plan)) expect(said).toContain(line);
    expect(plan.change.peers.every(({ effect }) => effect === 'removed')).toBe(true);
    expect(last.size).toBeGreaterThanOrEqual(planned(plan).length);
  });
});
