import { Dut, neighborToml } from '../dut.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { pair, type Scenario } from '../scenario.ts';
import { m0Tests } from './m0.ts';

export const m0Frr: Scenario = {
  name: 'M0-frr',
  summary: 'a session with FRR comes up, survives a crash and a reset, and is counted right',
  async run({ lab, check, soak }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: '10.0.0.2', neighbor: '10.0.0.1', neighborAs: 65001 }),
    );
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.0.2', 65002) });
    await m0Tests(
      check,
      dut,
      {
        address: '10.0.0.2',
        isEstablished: async () => (await frr.neighbor('10.0.0.1')).bgpState === 'Established',
        crash: async () => {
          await frr.killForGood();
          return undefined;
        },
        restart: () => frr.resurrect(),
        reset: async () => {
          await frr.vtysh('clear bgp *');
          return 4;
        },
      },
      soak ? 30 : 0,
    );
  },
};
