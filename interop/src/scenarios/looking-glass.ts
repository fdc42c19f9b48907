import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, type Scenario } from '../scenario.ts';

const [MEMBER, OTHER] = ['10.0.0.2', '10.0.1.2'];
const [GOOD, LONG, SHARED] = ['192.168.1.0/24', '192.168.2.128/25', '192.168.3.0/24'];
const GLASS = 'http://127.0.0.1:29184';

const CONFIG = `
[global.telemetry.looking_glass]
addr = "127.0.0.1:29184"
rejection_reasons = { "members/too-long" = "65001:65666:3" }

[policy.definitions.members]
default_action = "permit"
[[policy.definitions.members.statements]]
name = "too-long"
action = "deny"
prefix = "0.0.0.0/0"
ge = 25
le = 32

[policy.definitions.quiet]
default_action = "permit"
[[policy.definitions.quiet.statements]]
name = "not-shared"
action = "deny"
prefix = "${SHARED}"

`;

interface RouteDocument {
  readonly api: { readonly result_from_cache: boolean };
  readonly routes: readonly {
    readonly network: string;
    readonly learnt_from: string;
    readonly primary: boolean;
    readonly filtered_reason?: string;
    readonly noexport_reason?: string;
    readonly bgp: { readonly as_path: readonly string[]; readonly large_communities: readonly (readonly number[])[] };
  }[];
}

export const lookingGlass: Scenario = {
  name: 'looking-glass',
  summary: 'accepted, refused and held-back routes of two FRRs over HTTP, as alice-lg asks for them',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const frrs = await Promise.all(
      [
        { address: MEMBER, as: 65002, neighbor: '10.0.0.1', networks: [GOOD, LONG, SHARED] },
        { address: OTHER, as: 65003, neighbor: '10.0.1.1', networks: [SHARED] },
      ].map(async ({ address, as, neighbor, networks }) => {
        const node = await lab.node(`frr${as}`);
        await lab.link(dutNode, [`${neighbor}/24`], node, [`${address}/24`]);
        return Frr.start(node, frrConfig({ as, routerId: address, neighbor, neighborAs: 65001, networks }));
      }),
    );
    const rest =
      CONFIG +
      neighborToml(MEMBER, 65002, ['import_policy_chain = ["members"]', 'description = "Member"']) +
      neighborToml(OTHER, 65003, ['export_policy_chain = ["quiet"]']);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    await established(check, dut, MEMBER, 90);
    await established(check, dut, OTHER, 90);

    const get = async <T>(path: string): Promise<T> => {
      const { status, text } = await dut.http(GLASS + path);
      assert.equal(status, 200, text);
      return JSON.parse(text) as T;
    };
    const routes = async (path: string) => (await get<RouteDocument>(path)).routes;
    const networks = async (path: string) => (await routes(path)).map(({ network }) => network).sort();

    await check.required('the accepted routes of a member', 30, async () => {
      assert.deepEqual(await networks(`/routes/protocol/bgp_${MEMBER}`), [GOOD, SHARED]);
    });
    await check.eventually('the refused one, with the statement and the community that stands for it', 30, async () => {
      const [route, ...others] = await routes(`/routes/filtered/bgp_${MEMBER}`);
      assert.deepEqual(others, []);
      assert.equal(route?.network, LONG);
      assert.equal(route?.filtered_reason, 'members/too-long');
      assert.deepEqual(route?.bgp.large_communities, [[65001, 65666, 3]]);
      assert.deepEqual(route?.bgp.as_path, ['65002']);
    });
    await check.eventually('every path of a prefix, the best one marked', 30, async () => {
      const paths = (await routes(`/routes/prefix?prefix=${SHARED}`)).map((route) => [
        route.learnt_from,
        route.primary,
      ]);
      assert.deepEqual(paths.sort(), [
        [MEMBER, true],
        [OTHER, false],
      ]);
    });
    await check.eventually('what a neighbor does not get, and why', 30, async () => {
      const held = await routes(`/routes/noexport/bgp_${OTHER}`);
      assert.deepEqual(
        held.map(({ network, noexport_reason: reason }) => [network, reason]),
        [[SHARED, 'policy_denied']],
      );
      assert.deepEqual(await networks(`/routes/export/bgp_${OTHER}`), [GOOD]);
      assert.equal((await frrs[1]?.routes(GOOD))?.length, 1);
    });
    await check.eventually('counters agree with the lists', 30, async () => {
      const { protocols } = await get<{ protocols: Record<string, Record<string, unknown>> }>('/protocols/bgp');
      assert.deepEqual(Object.keys(protocols).sort(), [`bgp_${MEMBER}`, `bgp_${OTHER}`]);
      const member = protocols[`bgp_${MEMBER}`];
      assert.equal(member?.state, 'established');
      assert.equal(member?.description, 'Member');
      assert.deepEqual(member?.routes, { imported: 2, filtered: 1, exported: 0, preferred: 2 });
    });
    await check.that('mistakes are answered with 4xx and a sentence', async () => {
      for (const [path, expected] of [
        ['/routes/peer/nobody', 400],
        ['/nothing', 404],
      ] as const) {
        const { status, text } = await dut.http(GLASS + path);
        assert.equal(status, expected);
        assert.match((JSON.parse(text) as { error: string }).error, /\.$/);
      }
    });
    await frrs[0]?.configure('router bgp 65002', 'address-family ipv4 unicast', `no network ${GOOD}`);
    await check.eventually('a withdrawn route is gone from it', 30, async () => {
      assert.deepEqual(await networks(`/routes/protocol/bgp_${MEMBER}`), [SHARED]);
    });
  },
};
