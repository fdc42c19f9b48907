import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'];

export const m15: Scenario = {
  name: 'M15',
  summary: 'route refresh: SoftResetIn keeps the session and the import policy',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
    );
    const policy = ['import_policy = [{ action = "permit", prefix = "0.0.0.0/0", le = 32, set_local_pref = 150 }]'];
    const rest = neighborToml('10.0.0.2', 65002, policy);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    const allHave150 = async (prefixes: readonly string[]) => {
      const routes = await dut.best();
      assert.deepEqual(prefixesOf(routes), prefixes);
      for (const route of routes) assert.equal(route.localPref, 150);
    };
    await established(check, dut, '10.0.0.2', 90);
    await check.eventually('both routes have LOCAL_PREF 150', 30, () => allHave150(NETWORKS));
    await frr.configure(
      'ip route 10.99.0.0/24 Null0',
      'router bgp 65002',
      'address-family ipv4 unicast',
      'network 10.99.0.0/24',
    );
    await check.eventually('a third one too', 30, () => allHave150(['10.99.0.0/24', ...NETWORKS]));
    const updates = (await dut.metric('bgp_messages_received_total', { peer: '10.0.0.2', type: 'update' })) ?? 0;
    await dut.rpc('NeighborService/SoftResetIn', { address: '10.0.0.2' });
    await check.that('all three are there with LOCAL_PREF 150', () => allHave150(['10.99.0.0/24', ...NETWORKS]));
    await check.that('and FRR had nothing to do with it: its routes are kept here', async () => {
      const now = await dut.metric('bgp_messages_received_total', { peer: '10.0.0.2', type: 'update' });
      assert.equal(now ?? 0, updates);
    });
    await frr.vtysh('clear bgp ipv4 unicast * soft in');
    await check.throughout('the session stays up through refreshes in both directions', 3, async () => {
      assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, 0);
    });
  },
};
