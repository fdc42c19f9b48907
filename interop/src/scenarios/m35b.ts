import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Capture, hex } from '../lab/capture.ts';
import { Frr } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { FLOWSPEC_FAMILY } from './flowspec-rules.ts';
import { frrWithFlowspec } from './m22.ts';

const PEER = '10.0.0.2';
const [COMMUNITIES, MP_REACH_NLRI] = [8, 14];
/** AFI 1, SAFI 133, no next hop, reserved; then the rule: 5 octets, destination 192.168.1.0/24. */
const RULE = '0001850000050118c0a801';
const GRACEFUL_SHUTDOWN = 'ffff0000';

export const m35b: Scenario = {
  name: 'M35b',
  summary: 'graceful shutdown of FlowSpec rules, seen on the wire: FRR shows no communities of them',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(peerNode, frrWithFlowspec());
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: neighborToml(PEER, 65002, ['families = ["ipv4_unicast", "ipv4_flowspec"]']),
    });
    await established(check, dut, PEER, 90);
    const capture = await Capture.start(peerNode, 'eth1');
    /** The communities of the rule, each time that it was sent. */
    const sent = () =>
      capture
        .updates('10.0.0.1')
        .filter(({ attributes }) => hex(attributes.get(MP_REACH_NLRI)) === RULE)
        .map(({ attributes }) => hex(attributes.get(COMMUNITIES)));
    await dut.rpc('InjectionService/AddFlowSpec', {
      afiSafi: FLOWSPEC_FAMILY,
      components: [{ type: 1, prefix: '192.168.1.0/24' }],
      actions: [{ trafficRate: { rate: 0 } }],
    });
    await check.required('the rule is at FRR', 30, async () => {
      assert.match(await frr.vtysh('show bgp ipv4 flowspec detail'), /192\.168\.1\.0\/24/);
    });
    await check.eventually('sent once, without communities', 30, () => assert.deepEqual(sent(), ['']));
    await dut.rpc('NeighborService/SetGracefulShutdown', { address: PEER, enabled: true });
    await check.eventually('switched on: sent again, with GRACEFUL_SHUTDOWN', 30, () =>
      assert.deepEqual(sent(), ['', GRACEFUL_SHUTDOWN]),
    );
    await dut.rpc('NeighborService/SetGracefulShutdown', { address: PEER, enabled: false });
    await check.eventually('switched off: sent again, without', 30, () =>
      assert.deepEqual(sent(), ['', GRACEFUL_SHUTDOWN, '']),
    );
    await check.throughout('and no more', 1, () => assert.equal(sent().length, 3));
    capture.stop();
    await check.that('FRR still has it, in the same session', async () => {
      assert.match(await frr.vtysh('show bgp ipv4 flowspec detail'), /192\.168\.1\.0\/24/);
      assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, 0);
    });
  },
};
