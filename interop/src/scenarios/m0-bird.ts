import { Dut, neighborToml } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import type { Scenario } from '../scenario.ts';
import { m0Tests } from './m0.ts';

export const BIRD_CONFIG = `log stderr all;
router id 10.0.1.2;
protocol device {}
protocol direct { ipv4; }
protocol bgp dut {
  local 10.0.1.2 as 65003;
  neighbor 10.0.1.1 as 65001;
  hold time 90;
  connect retry time 5;
  connect delay time 1;
  error wait time 1, 5;
  ipv4 { import all; export none; };
}
`;

export const m0Bird: Scenario = {
  name: 'M0-bird',
  summary: 'the same five tests with BIRD, which sends an empty UPDATE as soon as it is Established',
  async run({ lab, check, soak }) {
    const dutNode = await lab.node('dut');
    const peerNode = await lab.node('peer');
    await lab.link(dutNode, ['10.0.1.1/24'], peerNode, ['10.0.1.2/24']);
    const bird = await Bird.start(peerNode, BIRD_CONFIG);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest: neighborToml('10.0.1.2', 65003) });
    await m0Tests(
      check,
      dut,
      {
        address: '10.0.1.2',
        isEstablished: async () => (await bird.protocolInfo('dut')).includes('Established'),
        crash: async () => {
          await bird.birdc('down');
          await bird.ended();
          return 2;
        },
        restart: async () => bird.launch(),
        reset: async () => {
          await bird.birdc('restart dut');
          return 4;
        },
      },
      soak ? 30 : 0,
    );
  },
};
