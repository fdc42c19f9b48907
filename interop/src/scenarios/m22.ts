import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';
import { FLOWSPEC_FAMILY, rulesOf } from './flowspec-rules.ts';

const PEER = '10.0.0.2';
const FAMILIES = 'families = ["ipv4_unicast", "ipv4_flowspec"]';

/** Drop what goes to port 80 of a network; and limit DNS to another one. */
const FIRST = [
  { type: 1, prefix: '192.168.1.0/24' },
  { type: 3, value: '=6' },
  { type: 5, value: '=80' },
];
const SECOND = [
  { type: 1, prefix: '10.0.0.0/8' },
  { type: 3, value: '=17' },
  { type: 5, value: '=53' },
];

/** FRR with IPv4 FlowSpec beside unicast. */
export function frrWithFlowspec(): string {
  return frrConfig({
    as: 65002,
    routerId: PEER,
    neighbor: '10.0.0.1',
    neighborAs: 65001,
    extra: ['address-family ipv4 flowspec', ' neighbor 10.0.0.1 activate', 'exit-address-family'],
  });
}

export const m22: Scenario = {
  name: 'M22',
  summary: 'FlowSpec rules to FRR: two come, one goes, the session never notices',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(peerNode, frrWithFlowspec());
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: neighborToml(PEER, 65002, [FAMILIES]),
    });
    await established(check, dut, PEER, 90);
    await check.eventually('FRR has agreed on the family', 30, async () => {
      assert.ok('ipv4Flowspec' in ((await frr.neighbor('10.0.0.1')).addressFamilyInfo ?? {}));
    });
    const { connectionsDropped } = await frr.neighbor('10.0.0.1');
    const steady = async () => assert.equal((await frr.neighbor('10.0.0.1')).connectionsDropped, connectionsDropped);
    const atFrr = async () => (await frr.vtysh('show bgp ipv4 flowspec detail')).replaceAll(/\s+/g, ' ');
    const count = async () => (await atFrr()).split('BGP flowspec entry').length - 1;

    await dut.rpc('InjectionService/AddFlowSpec', {
      afiSafi: FLOWSPEC_FAMILY,
      components: FIRST,
      actions: [{ trafficRate: { rate: 0 } }],
    });
    await check.eventually('the first rule is in the Loc-RIB', 30, async () => {
      const rules = await rulesOf(dut);
      assert.equal(rules.length, 1);
      assert.deepEqual(
        rules[0]?.components?.map(({ type }) => type),
        [1, 3, 5],
      );
      assert.equal(rules[0]?.components?.[0]?.prefix, '192.168.1.0/24');
      assert.deepEqual(rules[0]?.actions?.[0]?.trafficRate ?? {}, {});
    });
    await check.eventually('and at FRR, with its three parts and its rate of 0', 30, async () => {
      const text = await atFrr();
      assert.match(text, /Destination Address 192\.168\.1\.0\/24/);
      assert.match(text, /IP Protocol = 6/);
      assert.match(text, /Destination Port = 80/);
      assert.match(text, /FS:rate 0\.0+/);
    });
    await check.that('without a flap', steady);

    await dut.rpc('InjectionService/AddFlowSpec', {
      afiSafi: FLOWSPEC_FAMILY,
      components: SECOND,
      actions: [{ trafficRate: { rate: 1000 } }],
    });
    await check.eventually('the second one too', 30, async () => {
      assert.equal((await rulesOf(dut)).length, 2);
      assert.equal(await count(), 2);
      assert.match(
        await atFrr(),
        /Destination Address 10\.0\.0\.0\/8 IP Protocol = 17 Destination Port = 53 .*FS:rate 1000/,
      );
    });
    await check.that('without a flap, again', steady);

    await dut.rpc('InjectionService/DeleteFlowSpec', { afiSafi: FLOWSPEC_FAMILY, components: FIRST });
    await check.eventually('the first is deleted: only the second is left, here and there', 30, async () => {
      const rules = await rulesOf(dut);
      assert.equal(rules.length, 1);
      assert.equal(rules[0]?.components?.[0]?.prefix, '10.0.0.0/8');
      assert.equal(await count(), 1);
      assert.match(await atFrr(), /Destination Address 10\.0\.0\.0\/8/);
    });
    await check.that('deleting it again is refused', async () => {
      const again = dut.rpc('InjectionService/DeleteFlowSpec', { afiSafi: FLOWSPEC_FAMILY, components: FIRST });
      await assert.rejects(again, { code: 'not_found' });
    });
    await check.that('the session never dropped', steady);
  },
};
