import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const NETWORKS = {
  bird: ['192.168.1.0/24', '192.168.2.0/24'],
  openbgpd: ['192.168.3.0/24', '192.168.4.0/24'],
  frr: ['192.168.5.0/24'],
};

const BIRD = `router id 10.0.0.2;
debug protocols { states, routes, events };
log stderr all;
protocol device {}
protocol static {
  ipv4;
${NETWORKS.bird.map((prefix) => `  route ${prefix} blackhole;`).join('\n')}
}
protocol bgp dut {
  local 10.0.0.2 as 65002;
  neighbor 10.0.0.1 as 65001;
  ipv4 {
    import all;
    export where source = RTS_STATIC;
  };
}
`;

const OPENBGPD = `AS 65003
router-id 10.0.1.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
${NETWORKS.openbgpd.map((prefix) => `network ${prefix}`).join('\n')}
neighbor 10.0.1.1 {
  remote-as 65001
  announce enhanced refresh enforce
  announce extended message enforce
}
allow from any
allow to any
`;

export const refresh: Scenario = {
  name: 'refresh',
  summary: 'route refresh, enhanced (BIRD, OpenBGPD) and plain (FRR), asked for by either side; extended messages',
  async run({ lab, check }) {
    const [dutNode, birdNode, openbgpdNode, frrNode] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
      await lab.node('frr'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], birdNode, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], openbgpdNode, ['10.0.1.2/24']);
    await lab.link(dutNode, ['10.0.2.1/24'], frrNode, ['10.0.2.2/24']);
    const [bird, openbgpd, frr] = await Promise.all([
      Bird.start(birdNode, BIRD),
      Openbgpd.start(openbgpdNode, OPENBGPD),
      Frr.start(
        frrNode,
        frrConfig({
          as: 65004,
          routerId: '10.0.2.2',
          neighbor: '10.0.2.1',
          neighborAs: 65001,
          networks: NETWORKS.frr,
        }),
      ),
    ]);
    const rest = neighborToml('10.0.0.2', 65002) + neighborToml('10.0.1.2', 65003) + neighborToml('10.0.2.2', 65004);
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) await established(check, dut, peer, 90);

    const all = Object.values(NETWORKS).flat();
    const count = async (name: string, labels: Record<string, string>) => (await dut.metric(name, labels)) ?? 0;
    const begun = (peer: string) => count('bgp_route_refresh_received_total', { peer, phase: 'begun' });
    const completed = (peer: string) => count('bgp_route_refresh_received_total', { peer, phase: 'completed' });
    const refreshesSent = (peer: string) => count('bgp_messages_sent_total', { peer, type: 'route_refresh' });
    await check.required('all routes are here', 30, async () => assert.deepEqual(prefixesOf(await dut.best()), all));
    await check.that('messages of 65,535 octets are agreed on with OpenBGPD, which insists', async () => {
      assert.equal((await dut.neighbor('10.0.1.2')).negotiated?.maxMessageOctets, 65535);
    });
    const held = async () => {
      assert.equal((await bird.routes('192.168.3.0/24', 'protocol dut')).length, 1);
      assert.equal((await openbgpd.routesFrom('10.0.1.1', '192.168.1.0/24')).length, 1);
      assert.deepEqual(await frr.paths('192.168.1.0/24'), ['65001 65002']);
    };
    await check.required('and at each of the others', 30, held);

    const birdBefore = { begun: await begun('10.0.0.2'), completed: await completed('10.0.0.2') };
    await bird.birdc('reload bgp out dut');
    await check.eventually('BIRD sends its table again between BoRR and EoRR, and nothing is swept', 30, async () => {
      assert.equal(await begun('10.0.0.2'), birdBefore.begun + 1);
      assert.equal(await completed('10.0.0.2'), birdBefore.completed + 1);
      assert.deepEqual(prefixesOf(await dut.best()), all);
    });

    for (const [name, peer, ask] of [
      ['BIRD', '10.0.0.2', () => bird.birdc('reload bgp in dut')],
      ['OpenBGPD', '10.0.1.2', () => openbgpd.bgpctl('neighbor', '10.0.1.1', 'refresh')],
    ] as const) {
      const [sent, updates] = [
        await refreshesSent(peer),
        await count('bgp_messages_sent_total', { peer, type: 'update' }),
      ];
      await ask();
      await check.eventually(`${name} asks: our table goes out again between BoRR and EoRR`, 30, async () => {
        assert.equal(await refreshesSent(peer), sent + 2);
        assert.ok((await count('bgp_messages_sent_total', { peer, type: 'update' })) > updates);
      });
    }
    const plain = await refreshesSent('10.0.2.2');
    const updates = await count('bgp_messages_sent_total', { peer: '10.0.2.2', type: 'update' });
    await frr.vtysh('clear bgp ipv4 unicast 10.0.2.1 soft in');
    await check.eventually('FRR asks and gets the table', 30, async () => {
      assert.ok((await count('bgp_messages_sent_total', { peer: '10.0.2.2', type: 'update' })) > updates);
    });
    await check.throughout('everyone still has everything', 2, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), all);
      await held();
    });
    await check.that(
      'FRR said whether it knows the enhanced form, and got the messages of that form or none',
      async () => {
        const { remoteCapabilities = [] } = (await dut.neighbor('10.0.2.2')).negotiated ?? {};
        const isEnhanced = remoteCapabilities.some((name) => /enhanced/i.test(name));
        assert.equal(await refreshesSent('10.0.2.2'), plain + (isEnhanced ? 2 : 0));
      },
    );
    await check.that('no session was lost over it', async () => {
      for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2'])
        assert.equal((await dut.neighbor(peer)).flapCount, undefined);
    });
  },
};
