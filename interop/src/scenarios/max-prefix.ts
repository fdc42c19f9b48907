import assert from 'node:assert/strict';
import { Dut, neighborToml, prefixesOf } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const [BIRD_PEER, OPENBGPD_PEER] = ['10.0.0.2', '10.0.1.2'];
/** Seconds. */
const RESTART_TIME = 15;

/** Dials again at once after an error, so that only we keep the session down. */
const BIRD = `router id ${BIRD_PEER};
log stderr all;
protocol device {}
protocol static { ipv4; route 192.168.1.0/24 blackhole; }
protocol static extra {
  disabled;
  ipv4;
  route 192.168.2.0/24 blackhole;
  route 192.168.3.0/24 blackhole;
}
protocol bgp dut {
  local ${BIRD_PEER} as 65002;
  neighbor 10.0.0.1 as 65001;
  connect delay time 1;
  error wait time 1, 1;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

const OPENBGPD = `AS 65003
router-id ${OPENBGPD_PEER}
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network 192.168.4.0/24
neighbor 10.0.1.1 {
  remote-as 65001
}
allow from any
allow to any
`;

export const maxPrefix: Scenario = {
  name: 'max-prefix',
  summary: 'limits of received and sent prefixes: Cease/1, restart after a time (BIRD), only by hand (OpenBGPD)',
  async run({ lab, check }) {
    const [dutNode, birdNode, openbgpdNode] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], birdNode, [`${BIRD_PEER}/24`]);
    await lab.link(dutNode, ['10.0.1.1/24'], openbgpdNode, [`${OPENBGPD_PEER}/24`]);
    const [bird, openbgpd] = await Promise.all([Bird.start(birdNode, BIRD), Openbgpd.start(openbgpdNode, OPENBGPD)]);
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml(BIRD_PEER, 65002, [
          'max_prefixes_per_family = { ipv4_unicast = 2 }',
          `max_prefixes_restart_time = ${RESTART_TIME}`,
          'max_prefixes_out = 3',
          'connect_retry_time = 1',
        ]) + neighborToml(OPENBGPD_PEER, 65003, ['max_prefixes = 1', 'max_prefixes_restart_time = 0']),
    });
    await established(check, dut, BIRD_PEER, 60);
    await established(check, dut, OPENBGPD_PEER, 60);
    const isUp = async (peer: string) => (await dut.neighbor(peer)).state === 'SESSION_STATE_ESTABLISHED';
    const ceases = async (peer: string) =>
      (await dut.metric('bgp_notifications_sent_total', { peer, code: '6', subcode: '1' })) ?? 0;
    await check.required('within the limits both have their sessions', 30, async () => {
      assert.deepEqual(prefixesOf(await dut.best()), ['192.168.1.0/24', '192.168.4.0/24']);
    });

    const injected = ['203.0.113.0', '198.51.100.0', '192.0.2.0'];
    for (const prefix of injected) {
      await dut.rpc('InjectionService/AddPath', { prefix, prefixLength: 24, nextHop: '10.0.0.1' });
    }
    const ours = async () => {
      const held: string[] = [];
      for (const prefix of injected) {
        if ((await bird.routes(`${prefix}/24`, 'protocol dut')).length > 0) held.push(prefix);
      }
      return held;
    };
    await check.required("with OpenBGPD's there are four for BIRD, it gets at most three", 30, async () => {
      const held = await ours();
      assert.ok(held.length > 0 && held.length <= 2, `${held.length} of ours`);
      assert.deepEqual(
        prefixesOf(await dut.advertised(BIRD_PEER)),
        ['192.168.4.0/24', ...held.map((it) => `${it}/24`)].sort(),
      );
    });
    const before = await ours();
    const gone = before[0] ?? '';
    await dut.rpc('InjectionService/DeletePath', { prefix: gone, prefixLength: 24 });
    await check.eventually('one of them is withdrawn: one that waited takes its place', 30, async () => {
      const held = await ours();
      assert.ok(!held.includes(gone));
      assert.equal(held.length, before.length);
    });

    const since = Date.now();
    await bird.birdc('enable extra');
    await check.required('BIRD sends two more: Cease/1, its routes go', 30, async () => {
      assert.equal(await ceases(BIRD_PEER), 1);
      assert.equal(await isUp(BIRD_PEER), false);
      assert.deepEqual(await dut.received(BIRD_PEER), []);
    });
    await check.eventually('BIRD knows why', 30, () => {
      assert.match(bird.log(), /Received: Maximum number of prefixes reached/);
    });
    await bird.birdc('disable extra');
    await check.until(
      'it is not let in again before the time, however often it dials',
      since + (RESTART_TIME - 1) * 1000,
      async () => assert.equal(await isUp(BIRD_PEER), false),
    );
    await check.eventually('but then, within the limit again, and stays', 30, async () => {
      assert.equal(await isUp(BIRD_PEER), true);
      assert.deepEqual(prefixesOf(await dut.received(BIRD_PEER)), ['192.168.1.0/24']);
    });

    await openbgpd.bgpctl('network', 'add', '192.168.5.0/24');
    await check.required('OpenBGPD sends one too many: Cease/1', 30, async () => {
      assert.equal(await ceases(OPENBGPD_PEER), 1);
      assert.equal(await isUp(OPENBGPD_PEER), false);
    });
    await openbgpd.bgpctl('network', 'delete', '192.168.5.0/24');
    await openbgpd.bgpctl('neighbor', '10.0.1.1', 'clear');
    await check.throughout('it stays out until somebody lets it in', 5, async () => {
      assert.equal(await isUp(OPENBGPD_PEER), false);
    });
    await dut.rpc('NeighborService/EnableNeighbor', { address: OPENBGPD_PEER });
    await check.eventually('which brings it back', 60, async () => {
      assert.equal(await isUp(OPENBGPD_PEER), true);
      assert.deepEqual(prefixesOf(await dut.received(OPENBGPD_PEER)), ['192.168.4.0/24']);
    });
    await check.that('nobody was ceased twice', async () => {
      assert.deepEqual([await ceases(BIRD_PEER), await ceases(OPENBGPD_PEER)], [1, 1]);
    });
  },
};
