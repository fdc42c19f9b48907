import assert from 'node:assert/strict';
import { Dut, neighborToml, type RouteJson } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Stayrtr, type Vrp } from '../peers/stayrtr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const VALID = { prefix: '192.168.1.0', prefixLength: 24 };
const INVALID = { prefix: '192.168.2.0', prefixLength: 24 };
const UNKNOWN = { prefix: '10.10.0.0', prefixLength: 16 };
const NETWORKS = [VALID, INVALID, UNKNOWN].map(({ prefix, prefixLength }) => `${prefix}/${prefixLength}`);
const ROAS: readonly Vrp[] = [
  { prefix: '192.168.1.0/24', maxLength: 24, asn: 65002 },
  { prefix: '192.168.2.0/24', maxLength: 24, asn: 65099 },
];
const BOTH_VALID: readonly Vrp[] = ROAS.map((roa) => ({ ...roa, asn: 65002 }));
const CACHE = `
[[rpki.cache_servers]]
address = "10.0.9.2:3323"
refresh_interval = 30
retry_interval = 5
expire_interval = 120
`;
const REFUSE_INVALID = [
  'import_policy = [{ action = "deny", match_rpki_validation = "invalid" }, { action = "permit", prefix = "0.0.0.0/0", le = 32 }]',
];

function stateOf(routes: readonly RouteJson[], { prefix }: { readonly prefix: string }): string | undefined {
  return routes.find((route) => route.prefix === prefix)?.validationState;
}

export const m21: Scenario = {
  name: 'M21',
  summary: 'RPKI origin validation with data from StayRTR: states, a change of a VRP, the death of the cache',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const cacheNode = await lab.node('rtr');
    await lab.link(dutNode, ['10.0.9.1/24'], cacheNode, ['10.0.9.2/24']);
    const cache = await Stayrtr.start(cacheNode, '10.0.9.2', ROAS, ['-protocol', '1']);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: PEER, neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
    );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml(PEER, 65002) + CACHE });
    await established(check, dut, PEER, 90);
    const { connectionsDropped } = await frr.neighbor('10.0.0.1');
    const steady = async () => assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, connectionsDropped);

    for (const [table, routes] of [
      ['received', () => dut.received(PEER)],
      ['best', () => dut.best()],
    ] as const) {
      await check.eventually(`${table}: 192.168.1.0/24 is valid`, 60, async () =>
        assert.equal(stateOf(await routes(), VALID), 'valid'),
      );
      await check.eventually(`${table}: 192.168.2.0/24 is invalid, and there all the same`, 60, async () =>
        assert.equal(stateOf(await routes(), INVALID), 'invalid'),
      );
      await check.eventually(`${table}: 10.10.0.0/16 is not found`, 60, async () =>
        assert.equal(stateOf(await routes(), UNKNOWN), 'not_found'),
      );
    }
    await check.eventually('the metrics say how much there is, and from whom', 30, async () => {
      assert.match(await dut.scrape(), /rpki/);
      assert.equal(await dut.metric('bgp_rpki_vrp_count', { af: 'ipv4' }), 2);
      assert.equal(await dut.metric('bgp_rpki_source_up', { source: '10.0.9.2:3323' }), 1);
      assert.equal(
        await dut.metric('bgp_rib_origin_validity_paths', { afi_safi: 'ipv4_unicast', state: 'invalid' }),
        1,
      );
    });
    await check.that('three routes count', async () => {
      const { totalRoutes = 0 } = await dut.rpc<{ totalRoutes?: number }>('ControlService/GetHealth');
      assert.ok(totalRoutes >= 3);
    });
    await check.that('tsbgpctl names the cache, in the version that it speaks', async () => {
      assert.match(await dut.ctl('rpki'), /10\.0\.9\.2:3323 +synchronized +v1/);
      assert.match(await dut.ctl('rpki', 'validate', '192.168.2.0/24', '65002'), /invalid\n\s*VRP[\s\S]*AS65099/);
    });

    dut.reload(neighborToml(PEER, 65002, REFUSE_INVALID) + CACHE);
    await check.eventually('a policy refuses what is invalid', 30, async () => {
      const refused = (await dut.received(PEER)).find(({ prefix }) => prefix === INVALID.prefix);
      assert.notEqual(refused?.rejectedBy ?? '', '');
      assert.equal(stateOf(await dut.best(), INVALID), undefined);
    });
    cache.serve(BOTH_VALID);
    await check.eventually('another VRP lets the route in', 30, async () =>
      assert.equal(stateOf(await dut.best(), INVALID), 'valid'),
    );
    cache.serve(ROAS);
    await check.eventually('and the one before takes it out again', 30, async () => {
      assert.equal(stateOf(await dut.best(), INVALID), undefined);
      assert.equal(stateOf(await dut.received(PEER), INVALID), 'invalid');
    });
    await check.that('the session never dropped', steady);

    await cache.kill();
    await check.eventually('the cache is seen to be gone', 30, async () =>
      assert.equal(await dut.metric('bgp_rpki_source_up', { source: '10.0.9.2:3323' }), 0),
    );
    await check.throughout('its data stays while it has not expired', 12, async () => {
      assert.equal(stateOf(await dut.received(PEER), VALID), 'valid');
      assert.equal(stateOf(await dut.received(PEER), INVALID), 'invalid');
    });
    cache.serve(BOTH_VALID);
    await cache.launch();
    await check.eventually('when it is back, its new data counts', 40, async () => {
      assert.equal(await dut.metric('bgp_rpki_source_up', { source: '10.0.9.2:3323' }), 1);
      assert.equal(stateOf(await dut.best(), INVALID), 'valid');
    });
    await check.that('the session never dropped, until the end', steady);
  },
};
