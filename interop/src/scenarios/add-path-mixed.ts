import assert from 'node:assert/strict';
import { Dut, neighborToml } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { Gobgp } from '../peers/gobgp.ts';
import { Openbgpd } from '../peers/openbgpd.ts';
import { established, type Scenario } from '../scenario.ts';

const SHARED = '192.168.50.0/24';

/** Two paths of its own. */
const BIRD = `router id 10.0.0.2;
protocol device {}
protocol static path_a { ipv4; route ${SHARED} blackhole; }
protocol static path_b { ipv4 { preference 150; }; route ${SHARED} blackhole; }
protocol bgp dut {
  local 10.0.0.2 as 65002;
  neighbor 10.0.0.1 as 65001;
  ipv4 {
    add paths on;
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if proto = "path_b" then bgp_path.prepend(65002);
      accept;
    };
  };
}
`;

const GOBGP = `[global.config]
  as = 65003
  router-id = "10.0.1.2"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.1.1"
    peer-as = 65001
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.add-paths.config]
      receive = true
      send-max = 8
`;

const OPENBGPD = `AS 65004
router-id 10.0.2.2
fib-update no
socket "/run/openbgpd/bgpd.sock.0"
network ${SHARED}
neighbor 10.0.2.1 {
  remote-as 65001
  announce add-path recv enforce
  announce add-path send all
}
allow from any
allow to any
`;

export const addPathMixed: Scenario = {
  name: 'add-path',
  summary: 'Add-Path in both directions with BIRD, GoBGP and OpenBGPD, each with its own paths of one prefix',
  async run({ lab, check }) {
    const [dutNode, birdNode, gobgpNode, openbgpdNode] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('gobgp'),
      await lab.node('openbgpd'),
    ];
    for (const [link, node] of [birdNode, gobgpNode, openbgpdNode].entries()) {
      await lab.link(dutNode, [`10.0.${link}.1/24`], node, [`10.0.${link}.2/24`]);
    }
    const [bird, gobgp, openbgpd] = await Promise.all([
      Bird.start(birdNode, BIRD),
      Gobgp.start(gobgpNode, GOBGP),
      Openbgpd.start(openbgpdNode, OPENBGPD),
    ]);
    const addPath = (more = '') => [`add_path = { receive = true, send = true${more} }`];
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml('10.0.0.2', 65002, addPath()) +
        neighborToml('10.0.1.2', 65003, addPath(', send_max = 2')) +
        neighborToml('10.0.2.2', 65004, addPath()),
    });
    for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) await established(check, dut, peer, 90);
    for (const [identifier, med] of [
      ['10', '5'],
      ['20', '6'],
    ] as const) {
      await gobgp.gobgp('global', 'rib', 'add', SHARED, 'identifier', identifier, 'med', med);
    }

    const received = async (peer: string) =>
      (await dut.received(peer)).map(({ pathId = 0, asPath = [], med = 0 }) => ({
        pathId,
        path: asPath.join(' '),
        med,
      }));
    await check.eventually("BIRD's two paths are here under identifiers of their own", 30, async () => {
      const routes = await received('10.0.0.2');
      assert.deepEqual(routes.map(({ path }) => path).sort(), ['65002', '65002 65002']);
      assert.equal(new Set(routes.map(({ pathId }) => pathId)).size, 2);
    });
    await check.eventually("GoBGP's two as well", 30, async () => {
      const routes = await received('10.0.1.2');
      assert.deepEqual(routes.map(({ med }) => med).sort(), [5, 6]);
      assert.equal(new Set(routes.map(({ pathId }) => pathId)).size, 2);
    });
    await check.eventually("and OpenBGPD's one", 30, async () => {
      assert.deepEqual(
        (await received('10.0.2.2')).map(({ path }) => path),
        ['65004'],
      );
    });

    const atBird = async () =>
      (await bird.routes(SHARED, 'protocol dut')).map(({ attributes }) => attributes.path).sort();
    const atOpenbgpd = async () => (await openbgpd.routesFrom('10.0.2.1', SHARED)).map(({ aspath }) => aspath).sort();
    const atGobgp = async () => {
      const table = JSON.parse(await gobgp.gobgp('neighbor', '10.0.1.1', 'adj-in', '-j')) as Record<string, unknown[]>;
      return (table[SHARED] ?? []).length;
    };
    await check.eventually('BIRD has all paths of the others', 30, async () => {
      assert.deepEqual(await atBird(), ['65001 65003', '65001 65003', '65001 65004']);
    });
    await check.eventually('OpenBGPD too', 30, async () => {
      assert.deepEqual(await atOpenbgpd(), ['65001 65002', '65001 65002 65002', '65001 65003', '65001 65003']);
    });
    await check.eventually('GoBGP has two of three: its send_max', 30, async () => assert.equal(await atGobgp(), 2));

    await bird.birdc('disable path_b');
    await check.eventually('BIRD withdraws one path by its identifier: only that one goes', 30, async () => {
      assert.deepEqual(
        (await received('10.0.0.2')).map(({ path }) => path),
        ['65002'],
      );
      assert.deepEqual(await atOpenbgpd(), ['65001 65002', '65001 65003', '65001 65003']);
    });
    await gobgp.gobgp('global', 'rib', 'del', SHARED, 'identifier', '10', 'med', '5');
    await check.eventually('GoBGP as well', 30, async () => {
      assert.deepEqual(
        (await received('10.0.1.2')).map(({ med }) => med),
        [6],
      );
      assert.deepEqual(await atBird(), ['65001 65003', '65001 65004']);
      assert.deepEqual(await atOpenbgpd(), ['65001 65002', '65001 65003']);
    });
    await check.that('GoBGP still has the two that are left', async () => assert.equal(await atGobgp(), 2));
    await check.that('no session was lost over it', async () => {
      for (const peer of ['10.0.0.2', '10.0.1.2', '10.0.2.2']) {
        assert.equal((await dut.neighbor(peer)).flapCount, undefined);
      }
    });
  },
};
