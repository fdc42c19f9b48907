import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

/** FRR has none: for two minutes after its start it says that it has restarted itself, and then nobody waits for its routes. */
const [FROM_OPENBGPD, FROM_BIRD] = ['192.168.1.0/24', '192.168.2.0/24'];
const PEERS = ['10.0.0.2', '10.0.1.2', '10.0.2.2'];

const BIRD = `router id 10.0.1.2;
protocol device {}
protocol static { ipv4; route ${FROM_BIRD} blackhole; }
protocol bgp dut {
  local 10.0.1.2 as 65003;
  neighbor 10.0.1.1 as 65001;
  connect delay time 3;
  connect retry time 3;
  error wait time 1, 2;
  graceful restart aware;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`;

const OPENBGPD = `AS 65004
router-id 10.0.2.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network ${FROM_OPENBGPD}
neighbor 10.0.2.1 {
  remote-as 65001
  announce graceful notification yes
}
allow from any
allow to any
`;

interface FrrRestart {
  readonly rBit?: boolean;
  readonly remoteGrMode?: string;
}

export const grOwn: Scenario = {
  name: 'gr-own',
  summary:
    'our own restart: FRR, BIRD and OpenBGPD keep our routes while we are away and drop nothing that we send again',
  async run({ lab, check }) {
    const dutNode = await lab.node('dut');
    const [frrNode, birdNode, openbgpdNode] = [
      await lab.node('frr'),
      await lab.node('bird'),
      await lab.node('openbgpd'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], frrNode, ['10.0.0.2/24']);
    await lab.link(dutNode, ['10.0.1.1/24'], birdNode, ['10.0.1.2/24']);
    await lab.link(dutNode, ['10.0.2.1/24'], openbgpdNode, ['10.0.2.2/24']);
    const [frr, bird, openbgpd] = await Promise.all([
      Frr.start(
        frrNode,
        frrConfig({
          as: 65002,
          routerId: '10.0.0.2',
          neighbor: '10.0.0.1',
          neighborAs: 65001,
          extra: ['bgp graceful-restart notification', 'neighbor 10.0.0.1 graceful-restart-helper'],
        }),
      ),
      Bird.start(birdNode, BIRD),
      Openbgpd.start(openbgpdNode, OPENBGPD),
    ]);
    const restart = ['gr_restart_time = 300'];
    const rest = [
      neighborToml('10.0.0.2', 65002, restart),
      // It comes last: FRR and OpenBGPD have to wait for its route.
      neighborToml('10.0.1.2', 65003, [...restart, 'passive = true']),
      neighborToml('10.0.2.2', 65004, restart),
    ].join('');
    const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
    for (const peer of PEERS) await established(check, dut, peer, 90);

    /** Who was seen without its route. */
    const without = new Set<string>();
    const mark = (isStale: boolean) => (isStale ? ' stale' : '');
    const held = async () => {
      const isBirdWaiting = /Neighbor graceful restart active/.test(await bird.birdc('show protocols all dut'));
      const paths = {
        frr: (await frr.routes(FROM_BIRD)).map(({ aspath, stale = false }) => `${aspath?.string}${mark(stale)}`),
        bird: (await bird.routes(FROM_OPENBGPD, 'protocol dut')).map(
          ({ attributes }) => `${attributes.path}${mark(isBirdWaiting)}`,
        ),
        openbgpd: (await openbgpd.routesFrom('10.0.2.1', FROM_BIRD)).map(
          ({ aspath, stale = false }) => `${aspath}${mark(stale)}`,
        ),
      };
      for (const name of ['frr', 'bird', 'openbgpd'] as const) if (paths[name].length === 0) without.add(name);
      return paths;
    };
    const fresh = { frr: ['65001 65003'], bird: ['65001 65004'], openbgpd: ['65001 65003'] };
    /** In what each prints: BIRD marks the neighbor, not the route. */
    const stale = { frr: ['65001 65003 stale'], bird: ['65001 65004 stale'], openbgpd: ['65001 65003 stale'] };
    await check.required('each has a route of another', 30, async () => assert.deepEqual(await held(), fresh));

    without.clear();
    await check.that('SIGTERM ends us orderly', async () => assert.equal(await dut.end('SIGTERM'), 0));
    await check.eventually('all three keep it, stale', 30, async () => assert.deepEqual(await held(), stale));
    await check.throughout('for as long as we are away', 2, async () => assert.deepEqual(await held(), stale));

    await dut.launch();
    let frrSawRestart = false;
    let birdSawRestart = false;
    await check.eventually('back again, each has its route fresh', 30, async () => {
      const now = await held();
      frrSawRestart ||= (await frrRestart(frr)).rBit === true;
      birdSawRestart ||= /Restart recovery/.test(await bird.birdc('show protocols all dut'));
      assert.deepEqual(now, fresh);
    });
    await check.that('FRR and BIRD have seen the R bit', () => {
      assert.deepEqual({ frrSawRestart, birdSawRestart }, { frrSawRestart: true, birdSawRestart: true });
    });

    await check.that('nobody was ever without it', () => assert.deepEqual([...without], []));

    await dut.end('SIGKILL');
    await check.eventually('killed, we are taken for restarting as well', 30, async () => {
      assert.deepEqual(await held(), stale);
    });
    await dut.launch();
    for (const peer of PEERS) await established(check, dut, peer, 60);
    await check.eventually('after a crash, too, each has its route fresh in the end', 30, async () => {
      assert.deepEqual(await held(), fresh);
    });
    await check.that('but nobody sees the R bit', async () => {
      assert.notEqual((await frrRestart(frr)).rBit, true);
      assert.doesNotMatch(await bird.birdc('show protocols all dut'), /Restart recovery/);
    });
  },
};

async function frrRestart(frr: Frr): Promise<FrrRestart> {
  const { gracefulRestartInfo = {} } = (await frr.neighbor('10.0.0.1')) as { gracefulRestartInfo?: FrrRestart };
  return gracefulRestartInfo;
}
