import type { PolicySource } from '@bgp/policy';
import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { defaultPeerConfig } from './peer-defaults.ts';
import { Speaker } from './speaker.ts';

const EDGE: PolicySource = {
  name: 'edge',
  defaultAction: 'permit',
  statements: [
    { name: 'mark', action: 'next', match: { med: { ge: 3 } }, set: { communitiesAdd: ['65001:3'] } },
    { name: 'half', action: 'deny', match: { prefixes: [{ prefix: '20.0.0.0/9', le: 32 }] } },
    { name: 'never', action: 'deny', match: { communities: ['NO_EXPORT'] } },
  ],
};
const ROUTES = 6_000;

/** Every second route is in 20.0.0.0/9; MED goes 0 to 4. */
function world() {
  const network = createMemoryNetwork({ seed: 3 });
  const speakerAt = (
    address: string,
    asn: number,
    other: string,
    otherAs: number,
    chain: 'importChain' | 'exportChain',
  ) => {
    const peers = [{ ...defaultPeerConfig(other, otherAs), [chain]: [EDGE] }];
    const config = { asn, routerId: address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
    return new Speaker(config, network.addHost({ addresses: [address], listenPort: 179 }).ports);
  };
  const a = speakerAt('10.0.0.1', 65001, '10.0.0.2', 65002, 'exportChain');
  const b = speakerAt('10.0.0.2', 65002, '10.0.0.1', 65001, 'importChain');
  for (let i = 0; i < ROUTES; i++) {
    const prefix = `20.${(i % 2) * 128 + (i >>> 9)}.${(i >>> 1) & 255}.0/24`;
    a.inject({
      family: IPV4_UNICAST,
      prefix,
      nextHop: ['192.0.2.1'],
      attributes: { origin: 0, asPath: [], med: i % 5 },
      pathId: 0,
    });
  }
  a.start();
  b.start();
  network.runFor(60_000);
  return { a, b };
}

function count(speaker: Speaker, name: string, direction: 'import' | 'export') {
  const total = new Map<string, number>();
  let [routes, parts] = [0, 0];
  for (let cursor: string | undefined; ; ) {
    const part = speaker.countPolicyHits(name, direction, cursor);
    if (!part.ok) throw new Error(part.error.message);
    const { terms, hits, nextCursor } = part.value;
    for (const [at, term] of terms.entries()) total.set(term, (total.get(term) ?? 0) + hits[at]!);
    routes += part.value.routes;
    parts++;
    if (nextCursor === undefined) return { routes, parts, terms: Object.fromEntries(total) };
    cursor = nextCursor;
  }
}

it('counts what could be sent to a neighbor, in parts', () => {
  const { a } = world();
  expect(count(a, '10.0.0.2', 'export')).toEqual({
    routes: ROUTES,
    parts: 3,
    terms: { 'edge/mark': (ROUTES * 2) / 5, 'edge/half': ROUTES / 2, 'edge/never': 0, 'edge/default': ROUTES / 2 },
  });
});

it('counts what a neighbor has announced, refused or not', () => {
  const { b } = world();
  // The export policy of the other side has let half of them through.
  const { routes, terms } = count(b, '10.0.0.1', 'import');
  expect(routes).toBe(ROUTES / 2);
  expect(terms).toEqual({
    'edge/mark': (ROUTES / 2) * (2 / 5),
    'edge/half': 0,
    'edge/never': 0,
    'edge/default': ROUTES / 2,
  });
});

it('says so when there is no such neighbor, or the cursor is none', () => {
  const { a } = world();
  expect(a.countPolicyHits('10.0.0.9', 'import')).toMatchObject({ ok: false, error: { code: 'peer-not-found' } });
  expect(a.countPolicyHits('10.0.0.2', 'import', 'x')).toMatchObject({ ok: false, error: { code: 'query-invalid' } });
});
