import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { RtrAspaCache } from '../peers/rtr-aspa.ts';
import { established, type Scenario } from '../scenario.ts';

const [A, B] = ['10.0.0.2', '10.0.1.2'];
const CONTESTED = { prefix: '172.16.0.0', prefixLength: 24 };
/** Prefix, and the AS that A puts behind its own. */
const FROM_A = [
  ['192.168.1.0/24', undefined, 'valid'],
  ['192.168.2.0/24', 65003, 'valid'],
  ['192.168.3.0/24', 65004, 'invalid'],
  ['192.168.4.0/24', 65005, 'unknown'],
] as const;
const ROAS = [
  ...FROM_A.map(([prefix]) => ({ prefix, maxLength: 24, asn: 65002 })),
  { prefix: '172.16.0.0/24', maxLength: 24, asn: 65006 },
];
const ASPAS = [
  { customer: 65003, providers: [65002, 65006] },
  { customer: 65004, providers: [65099] },
];

/** Prefixes with another AS at the end of their paths: prepended by a route map on the way in to BGP, so that the own AS comes before. */
function frrWithPaths(
  as: number,
  address: string,
  neighbor: string,
  paths: readonly (readonly [string, number | undefined])[],
): string {
  const maps = paths.flatMap(([prefix, tail], at) => [
    `ip prefix-list P${at} seq 5 permit ${prefix}`,
    `route-map OUT permit ${at * 10 + 10}`,
    ` match ip address prefix-list P${at}`,
    ...(tail === undefined ? [] : [` set as-path prepend ${tail}`]),
    'exit',
  ]);
  const base = frrConfig({
    as,
    routerId: address,
    neighbor,
    neighborAs: 65001,
    networks: paths.map(([prefix]) => prefix),
    family: [`neighbor ${neighbor} route-map OUT out`],
  });
  return [...maps, base].join('\n');
}

interface Explanation {
  readonly bestRoute?: { readonly peerAddress?: string; readonly aspaState?: string };
  readonly candidates?: readonly { readonly vsBestReason?: string }[];
}

export const m27: Scenario = {
  name: 'M27',
  summary: 'ASPA over RTR version 2: states of paths, and the better one of two wins',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const [nodeA, nodeB, cacheNode] = [await lab.node('frr-a'), await lab.node('frr-b'), await lab.node('rtr')];
    await lab.link(dutNode, ['10.0.0.1/24'], nodeA, [`${A}/24`]);
    await lab.link(dutNode, ['10.0.1.1/24'], nodeB, [`${B}/24`]);
    await lab.link(dutNode, ['10.0.9.1/24'], cacheNode, ['10.0.9.2/24']);
    const cache = RtrAspaCache.start(cacheNode, 3323, ROAS, ASPAS);
    await Frr.start(
      nodeA,
      frrWithPaths(65002, A, '10.0.0.1', [
        ...FROM_A.map(([prefix, tail]) => [prefix, tail] as const),
        ['172.16.0.0/24', 65004],
      ]),
    );
    await Frr.start(nodeB, frrWithPaths(65006, B, '10.0.1.1', [['172.16.0.0/24', 65003]]));
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: `${neighborToml(A, 65002)}${neighborToml(B, 65006)}
[[rpki.cache_servers]]
address = "10.0.9.2:3323"
refresh_interval = 30
retry_interval = 5
expire_interval = 120
`,
    });
    await established(check, dut, A, 90);
    await established(check, dut, B, 90);
    const log = () => readFileSync(join(dutNode.folder, 'log', 'tsbgpd.log'), 'utf8');

    await check.eventually('the session with the cache is of version 2', 30, async () => {
      assert.match(log(), /"rtr_version":2/);
      assert.match(await dut.ctl('rpki'), /10\.0\.9\.2:3323 +synchronized +v2/);
    });
    await check.that('nothing was asked in another version', () => {
      assert.doesNotMatch(log(), /falling back to v1/);
      assert.doesNotMatch(cache.log(), /v[01]/);
    });
    for (const [prefix, tail, state] of FROM_A) {
      const path = [65002, ...(tail === undefined ? [] : [tail])];
      await check.eventually(`${prefix} with path ${path.join(' ')} is ${state}`, 30, async () => {
        const route = (await dut.received(A)).find((one) => `${one.prefix}/${one.prefixLength}` === prefix);
        assert.deepEqual(route?.asPath, path);
        assert.equal(route.aspaState, state);
      });
    }
    await check.eventually('192.168.1.0/24 has a valid origin as well', 30, async () => {
      const route = (await dut.received(A)).find(({ prefix }) => prefix === '192.168.1.0');
      assert.equal(route?.validationState, 'valid');
    });
    await check.eventually(
      'of two paths to 172.16.0.0/24 the valid one is best, though A has the lower address',
      30,
      async () => {
        const best = (await dut.best()).find(({ prefix }) => prefix === CONTESTED.prefix);
        assert.equal(best?.peerAddress, B);
        assert.deepEqual(best.asPath, [65006, 65003]);
        assert.equal(best.aspaState, 'valid');
      },
    );
    await check.eventually('the explanation says why', 30, async () => {
      const { bestRoute, candidates = [] } = await dut.rpc<Explanation>('RibService/ExplainBestPath', CONTESTED);
      assert.equal(bestRoute?.peerAddress, B);
      assert.deepEqual(
        candidates.map(({ vsBestReason }) => vsBestReason),
        ['aspa_preference'],
      );
    });
    await check.eventually('the metrics count records and states', 30, async () => {
      assert.equal(await dut.metric('bgp_aspa_records_total'), 2);
      assert.equal(await dut.metric('bgp_rib_aspa_paths', { afi_safi: 'ipv4_unicast', state: 'invalid' }), 2);
    });
    await check.that('what tsbgpctl shows', async () => {
      assert.match(await dut.ctl('rib', 'received', A), /192\.168\.3\.0\/24 .* invalid, path invalid/);
    });
  },
};
