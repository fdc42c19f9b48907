import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';
import { M1_NETWORKS } from './m1.ts';

const TAGGED = 65001 * 65536 + 100;

const POLICY = `
[policy]
import_chain = ["deny-long-prefixes", "tag-internal", "set-lp-upstream"]

[[policy.definitions.deny-long-prefixes.statements]]
action = "deny"
prefix = "0.0.0.0/0"
ge = 25
le = 32

[[policy.definitions.tag-internal.statements]]
action = "permit"
prefix = "10.0.0.0/8"
le = 16
set_community_add = ["65001:100"]

[[policy.definitions.set-lp-upstream.statements]]
action = "permit"
match_as_path = "_65002_"
set_local_pref = 200

[[policy.export]]
action = "deny"
prefix = "10.10.0.0/16"

[[policy.export]]
action = "permit"
prefix = "0.0.0.0/0"
le = 24
set_med = 50
set_as_path_prepend = { asn = 65001, count = 2 }
`;

export const m13: Scenario = {
  name: 'M13',
  summary: 'policy chains on import, statements on export, changed over the API while sessions stay up',
  async run({ lab, check }) {
    const [dutNode, nodeA, nodeB] = [await lab.node('dut'), await lab.node('frr-a'), await lab.node('frr-b')];
    await lab.link(dutNode, ['10.0.0.1/24'], nodeA, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], nodeB, ['10.0.1.2/24']);
    const networks = [...M1_NETWORKS, '203.0.113.128/25'];
    const [, b] = await Promise.all([
      Frr.start(
        nodeA,
        frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks }),
      ),
      Frr.start(nodeB, frrConfig({ as: 65003, routerId: '10.0.1.2', neighbor: '10.0.1.1', neighborAs: 65001 })),
    ]);
    const rest = POLICY + neighborToml('10.0.0.2', 65002) + neighborToml('10.0.1.2', 65003);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, '10.0.0.2', 90);
    await established(check, dut, '10.0.1.2', 90);
    await check.eventually('the three routes are best, with LOCAL_PREF 200', 30, async () => {
      const routes = await dut.best();
      assert.deepEqual(prefixesOf(routes), M1_NETWORKS);
      for (const route of routes) assert.equal(route.localPref, 200);
    });
    await check.eventually('what is longer than /24 is refused, and the term is named', 30, async () => {
      const { routes = [] } = await dut.rpc('RibService/ListReceivedRoutes', { neighborAddress: '10.0.0.2' });
      const refused = (routes as { prefix: string; rejectedBy?: string }[]).find(
        ({ prefix }) => prefix === '203.0.113.128',
      );
      assert.equal(refused?.rejectedBy, 'deny-long-prefixes/statement-1');
    });
    await check.that('10.10.0.0/16 alone has the community 65001:100', async () => {
      for (const route of await dut.best()) {
        assert.deepEqual(route.communities ?? [], route.prefix === '10.10.0.0' ? [TAGGED] : []);
      }
    });
    await check.eventually('B has the two others, with MED 50 and three times 65001', 30, async () => {
      for (const prefix of ['192.168.1.0/24', '192.168.2.0/24']) {
        assert.deepEqual(await b.paths(prefix), ['65001 65001 65001 65002']);
        const { paths } = JSON.parse(await b.vtysh(`show bgp ipv4 unicast ${prefix} json`)) as {
          paths: { metric?: number }[];
        };
        assert.equal(paths[0]?.metric, 50);
      }
    });
    await check.that('and not 10.10.0.0/16', async () => assert.deepEqual(await b.paths('10.10.0.0/16'), []));

    // Beyond the seed: the same over the API, previewed first.
    const upSince = async () => (await b.neighbor('10.0.1.1')).bgpTimerUpEstablishedEpoch;
    const before = await upSince();
    const definition = {
      statements: [{ action: 'permit', matchAsPath: '_65002$', prefix: '192.168.0.0/16', le: 24, setMed: 70 }],
      defaultAction: 'deny',
    };
    await dut.rpc('PolicyService/SetPolicy', { name: 'to-b', definition });
    const plan = await dut.rpc('ConfigService/PlanConfig', {
      toml: (await dut.rpc('ConfigService/GetConfig', {})).toml,
    });
    await check.that('planning what is in force says that nothing changes', () => {
      assert.deepEqual([plan.neighbors ?? [], plan.routes ?? []], [[], []]);
    });
    await dut.rpc('PolicyService/SetNeighborExportChain', { address: '10.0.1.2', policyNames: ['to-b'] });
    await check.eventually('B hears MED 70 and a path without the prepends', 30, async () => {
      assert.deepEqual(await b.paths('192.168.1.0/24'), ['65001 65002']);
      const { paths } = JSON.parse(await b.vtysh('show bgp ipv4 unicast 192.168.1.0/24 json')) as {
        paths: { metric?: number }[];
      };
      assert.equal(paths[0]?.metric, 70);
    });
    await check.that('a policy in use cannot be deleted', async () => {
      await assert.rejects(dut.rpc('PolicyService/DeletePolicy', { name: 'to-b' }), /export_policy_chain/);
    });
    await check.that('the session never went down', async () => {
      assert.ok(Math.abs(Number(await upSince()) - Number(before)) <= 2);
    });
  },
};
