import type { PolicySource, PolicyStatement } from '@bgp/policy';
import type { OriginValidity, PathValidity } from '@bgp/rib';
import { createMemoryNetwork, type MemoryNetwork } from '@bgp/testkit';
import { type AsPath, IPV4_UNICAST, parseIpPrefix } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import type { ValidationChange, ValidationPort } from './ports.ts';
import { Speaker } from './speaker.ts';
import { addNode, isUp, type Node } from './testing/lab.ts';
import { told } from './testing/told.ts';

const CENTER = '10.0.0.1';
const MEMBERS = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
const ROUTES = ['20.0.0.0/8', '20.0.0.0/16', '20.0.1.0/24', '20.1.0.0/16', '21.0.0.0/8', '21.0.0.0/9', '22.0.0.0/24'];
const TAILS: readonly AsPath[] = [
  [],
  [{ type: 'sequence', asns: [64501] }],
  [{ type: 'sequence', asns: [64502, 64501] }],
  [{ type: 'set', asns: [64501] }],
];

interface Roa {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: number;
}

/** RPKI as a list of everything: slow, and obviously what RFC 6811 §2 says; of ASPA the upstream case. */
class PlainRpki implements ValidationPort {
  roas: readonly Roa[] = [];
  providers: Readonly<Record<number, readonly number[]>> = {};

  get hasVrps(): boolean {
    return this.roas.length > 0;
  }

  get hasAspas(): boolean {
    return Object.keys(this.providers).length > 0;
  }

  originState(_f: number, w0: number, _1: number, _2: number, _3: number, length: number, as: number): OriginValidity {
    const covering = this.roas.filter(({ prefix }) => {
      const [word, bits] = wordAndLength(prefix);
      return bits <= length && (bits === 0 || (w0 ^ word) >>> (32 - bits) === 0);
    });
    if (covering.length === 0) return 'not-found';
    return covering.some(({ maxLength, asn }) => asn === as && length <= maxLength) ? 'valid' : 'invalid';
  }

  aspaState(path: AsPath): PathValidity {
    if (path.some(({ type }) => type !== 'sequence')) return 'invalid';
    const asns = path.flatMap((segment) => segment.asns).filter((as, at, all) => as !== all[at - 1]);
    const hops = asns.slice(1).map((customer, at) => {
      const list = this.providers[customer];
      return list === undefined ? 'unknown' : list.includes(asns[at]!) ? 'valid' : 'invalid'; // one before each
    });
    if (hops.includes('invalid')) return 'invalid';
    return hops.includes('unknown') ? 'unknown' : 'valid';
  }
}

function wordAndLength(prefix: string): readonly [number, number] {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) throw new Error(prefix);
  const { octets, length } = parsed.value;
  return [new DataView(octets.buffer, octets.byteOffset).getUint32(0), length];
}

/** What a change of the data touches, said as roughly as a careful caller may say it. */
function changeOf(before: PlainRpki, after: PlainRpki): ValidationChange {
  const key = (roa: Roa) => JSON.stringify(roa);
  const [old, now] = [before.roas.map(key), after.roas.map(key)];
  const changed = [
    ...before.roas.filter((roa) => !now.includes(key(roa))),
    ...after.roas.filter((roa) => !old.includes(key(roa))),
  ];
  const customers = [...new Set([...Object.keys(before.providers), ...Object.keys(after.providers)])].map(Number);
  return {
    prefixes: changed.map(({ prefix }) => ({ prefix, maxLength: 32 })),
    // The first record, or the last that goes, says something about every path.
    customers:
      before.hasAspas !== after.hasAspas
        ? 'all'
        : customers.filter((as) => before.providers[as]?.join() !== after.providers[as]?.join()),
  };
}

const roa: fc.Arbitrary<Roa> = fc.record({
  prefix: fc.constantFrom(...ROUTES, '0.0.0.0/0', '20.0.0.0/12'),
  maxLength: fc.constantFrom(8, 16, 24).map((length) => length),
  asn: fc.constantFrom(0, 64501, 65001, 65002, 65003),
});
const state = fc.record({
  roas: fc.array(roa, { maxLength: 5 }),
  providers: fc.dictionary(
    fc.constantFrom('64501', '64502', '65002'),
    fc.subarray([64502, 65002, 65003, 65004], { minLength: 1 }),
    { maxKeys: 3 },
  ),
});

const match = fc.oneof(
  fc
    .constantFrom('valid' as const, 'invalid' as const, 'not-found' as const)
    .map((originValidity) => ({ originValidity })),
  fc.constantFrom('valid' as const, 'invalid' as const, 'unknown' as const).map((aspaState) => ({ aspaState })),
  fc.constantFrom(...ROUTES).map((prefix) => ({ prefixes: [{ prefix, le: 32 }] })),
);
const statement: fc.Arbitrary<PolicyStatement> = fc.oneof(
  fc.record({ action: fc.constant('deny' as const), match }),
  fc.record({
    action: fc.constantFrom('permit' as const, 'next' as const),
    match,
    set: fc.constantFrom(
      { localPref: 50 },
      { localPref: 150 },
      { communitiesAdd: ['65000:1'] },
      { prepend: { as: 65001, count: 2 } },
    ),
  }),
);
const chain: fc.Arbitrary<readonly PolicySource[]> = fc
  .array(statement, { maxLength: 3 })
  .map((statements) => [{ name: 'p', defaultAction: 'permit', statements }]);
const member = fc.record({
  importChain: chain,
  exportChain: chain,
  routeServerClient: fc.boolean(),
  perClientBest: fc.boolean(),
  removePrivateAs: fc.constantFrom(undefined, 'all' as const, 'replace' as const),
  sendsAll: fc.boolean(),
});
const setup = fc.record({
  members: fc.tuple(member, member, member, member),
  validityInDecision: fc.record({ origin: fc.boolean(), path: fc.boolean() }),
});
type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

function configOf({ members, validityInDecision }: Setup): SpeakerConfig {
  const peers = members.map(
    ({ sendsAll, removePrivateAs, ...rest }, at): PeerConfig => ({
      ...defaultPeerConfig(MEMBERS[at]!, 65002 + at), // as many
      ...rest,
      ...(removePrivateAs === undefined ? {} : { removePrivateAs }),
      ...(sendsAll ? { addPath: { receive: false, send: true } } : {}),
    }),
  );
  return { asn: 65001, routerId: CENTER, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers, validityInDecision };
}

const NOTHING: readonly PolicySource[] = [{ name: 'nothing', defaultAction: 'deny', statements: [] }];

interface World {
  readonly network: MemoryNetwork;
  readonly center: Speaker;
  readonly others: readonly Node[];
  readonly rpki: PlainRpki;
}

/** A speaker among its neighbors, in step, with this data from the start. */
function world(of: Setup, data: Pick<PlainRpki, 'roas' | 'providers'>, seed: number): World {
  const network = createMemoryNetwork({ seed, keepTranscript: true });
  const host = network.addHost({ addresses: [CENTER] });
  const rpki = Object.assign(new PlainRpki(), data);
  const center = new Speaker(configOf(of), { ...host.ports, validation: rpki });
  const others = MEMBERS.map((address, at) => {
    const addPath = of.members[at]!.sendsAll ? { addPath: { receive: true, send: false } } : {};
    // It takes nothing, so that what it announces does not depend on what it hears.
    const peers = [{ address: CENTER, remoteAs: 65001, importChain: NOTHING, ...addPath }];
    return addNode(network, { address, asn: 65002 + at, peers });
  });
  for (const [at, { speaker }] of others.entries()) {
    for (const [index, prefix] of ROUTES.entries()) {
      if ((index + at) % 3 === 0) continue;
      const asPath = TAILS[(index * 2 + at) % TAILS.length]!; // in range
      const route = {
        family: IPV4_UNICAST,
        prefix,
        nextHop: ['192.0.2.1'],
        attributes: { origin: 0, asPath },
        pathId: 0,
      };
      expect(speaker.inject(route).ok).toBe(true);
    }
  }
  const own = { family: IPV4_UNICAST, prefix: '21.0.0.0/8', nextHop: ['192.0.2.9'], pathId: 0 };
  expect(center.inject({ ...own, attributes: { origin: 0, asPath: [] } }).ok).toBe(true);
  center.start();
  for (const { speaker } of others) speaker.start();
  expect(network.runUntil(() => isUp(...others), 60_000)).toBe(true);
  network.runFor(3_000);
  return { network, center, others, rpki };
}

/** Everything that can be seen, without path identifiers: those go by who came first. */
function seen({ center }: World) {
  const rows = (table: 'best' | 'received' | 'advertised', peer?: string) => {
    const query = { table, family: IPV4_UNICAST, limit: 1_000, ...(peer === undefined ? {} : { peer }) };
    const page = center.listRoutes(query);
    if (!page.ok) throw new Error(page.error.message);
    return page.value.routes
      .map(({ prefix, peer: from, attributes, originValidity, aspaState, rejectedBy = '' }) =>
        JSON.stringify([
          prefix,
          table === 'advertised' ? attributes : [from, attributes],
          originValidity,
          aspaState,
          rejectedBy,
        ]),
      )
      .sort();
  };
  return {
    best: rows('best'),
    received: rows('received'),
    advertised: MEMBERS.map((name) => rows('advertised', name)),
    counts: center.ribStatus().map(({ validity }) => validity),
  };
}

/** `member prefix path id` with the attributes, as the center believes to have told it. */
function held({ center }: World): Map<string, string> {
  const all = new Map<string, string>();
  for (const peer of MEMBERS) {
    const page = center.listRoutes({ table: 'advertised', peer, family: IPV4_UNICAST, limit: 1_000 });
    if (!page.ok) throw new Error(page.error.message);
    for (const { prefix, pathId, attributes } of page.value.routes) {
      all.set(`${peer} ${prefix}${pathId === 0 ? '' : ` path ${pathId}`}`, JSON.stringify(attributes));
    }
  }
  return all;
}

/**
 * A member with a best path of its own kind had the second best while its own route was the best for the others. When that one becomes
 * the best for all, it goes to all at once, and so to this member again.
 */
function isRepeated(line: string, had: Map<string, string>, has: Map<string, string>, { members }: Setup): boolean {
  const key = line.replace(' +', ' ');
  const isPerClient = members[MEMBERS.indexOf(line.split(' ')[0] ?? '')]?.perClientBest === true;
  return isPerClient && line.includes('+') && had.get(key) !== undefined && had.get(key) === has.get(key);
}

describe('a change of RPKI data', () => {
  test.prop([setup, state, fc.array(state, { minLength: 1, maxLength: 3 }), fc.integer()], { numRuns: 120 })(
    'ends where a start with that data ends, and tells neighbors exactly what is different',
    (of, first, later, seed) => {
      const running = world(of, first, seed);
      const { network, center, others, rpki } = running;
      const addPath = of.members.map(({ sendsAll }) => sendsAll);
      for (const next of later) {
        const before = Object.assign(new PlainRpki(), { roas: rpki.roas, providers: rpki.providers });
        const had = held(running);
        Object.assign(rpki, next);
        const mark = network.transcript.length;
        let isSettled = false;
        center.validationChanged(changeOf(before, rpki), () => {
          isSettled = true;
        });
        network.runFor(2_000);
        expect(isSettled).toBe(true);
        const has = held(running);
        const expected = [
          ...[...had.keys()].filter((key) => !has.has(key)).map((key) => key.replace(' ', ' -')),
          ...[...has].filter(([key, value]) => had.get(key) !== value).map(([key]) => key.replace(' ', ' +')),
        ];
        const said = told(network.transcript.slice(mark), CENTER, MEMBERS, addPath);
        expect(said.filter((line) => expected.includes(line) || !isRepeated(line, had, has, of))).toEqual(
          expected.sort(),
        );
        expect(isUp(...others)).toBe(true);
      }
      const cold = world(of, rpki, seed + 1);
      expect(seen(running)).toEqual(seen(cold));
    },
  );

  test.prop([setup, state, state, fc.integer()], { numRuns: 30 })(
    'while another is being worked off: both count',
    (of, one, two, seed) => {
      const running = world(of, { roas: [], providers: {} }, seed);
      const { network, center, rpki } = running;
      for (const next of [one, two]) {
        const before = Object.assign(new PlainRpki(), { roas: rpki.roas, providers: rpki.providers });
        Object.assign(rpki, next);
        center.validationChanged(changeOf(before, rpki));
      }
      network.runFor(2_000);
      expect(seen(running)).toEqual(seen(world(of, rpki, seed)));
    },
  );
});
