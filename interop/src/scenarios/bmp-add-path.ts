import assert from 'node:assert/strict';
import { Dut, neighborToml, type RouteJson } from '../dut.ts';
import { Bird } from '../peers/bird.ts';
import { BmpCollector } from '../peers/bmp-collector.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Pmbmpd } from '../peers/pmbmpd.ts';
import { established, type Scenario } from '../scenario.ts';

const SHARED = '192.168.50.0/24';
const BIRD_PEER = '10.0.0.2';
const FRR_PEER = '10.0.1.2';
const COLLECTOR = '10.0.2.2';

/** Two paths of one prefix, with path identifiers. */
const BIRD = `router id ${BIRD_PEER};
protocol device {}
protocol static path_a { ipv4; route ${SHARED} blackhole; }
protocol static path_b { ipv4 { preference 150; }; route ${SHARED} blackhole; }
protocol bgp dut {
  local ${BIRD_PEER} as 65002;
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

const TABLES = '["rib_in_pre", "rib_in_post", "rib_out_post", "loc_rib"]';
const BMP = [11019, 1790]
  .map((port) => `[[bmp.collectors]]\naddress = "${COLLECTOR}:${port}"\nreconnect_interval = 2\nmonitor = ${TABLES}\n`)
  .join('\n');

const rows = (routes: readonly RouteJson[]) =>
  routes.map((one) => `${one.prefix}/${one.prefixLength} ${one.pathId ?? 0} ${(one.asPath ?? []).join(' ')}`).sort();

export const bmpAddPath: Scenario = {
  name: 'bmp-add-path',
  summary: 'BMP of a session with path identifiers beside one without: our station and pmbmpd read both',
  async run({ lab, check }) {
    const [dutNode, birdNode, frrNode, node] = [
      await lab.node('dut'),
      await lab.node('bird'),
      await lab.node('frr'),
      await lab.node('collector'),
    ];
    await lab.link(dutNode, ['10.0.0.1/24'], birdNode, [`${BIRD_PEER}/24`]);
    await lab.link(dutNode, ['10.0.1.1/24'], frrNode, [`${FRR_PEER}/24`]);
    await lab.link(dutNode, ['10.0.2.1/24'], node, [`${COLLECTOR}/24`]);
    const [bird] = await Promise.all([
      Bird.start(birdNode, BIRD),
      Frr.start(
        frrNode,
        frrConfig({ as: 65003, routerId: FRR_PEER, neighbor: '10.0.1.1', neighborAs: 65001, networks: [SHARED] }),
      ),
    ]);
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest:
        neighborToml(BIRD_PEER, 65002, ['add_path = { receive = true, send = true }']) +
        neighborToml(FRR_PEER, 65003) +
        BMP,
    });
    for (const peer of [BIRD_PEER, FRR_PEER]) await established(check, dut, peer, 90);
    // After the routes: what it is told first is the walk through the tables.
    await check.required('both paths of BIRD and the one of FRR are here', 30, async () => {
      assert.equal((await dut.received(BIRD_PEER)).length, 2);
      assert.equal((await dut.received(FRR_PEER)).length, 1);
    });
    const collector = new BmpCollector(node, 11019);
    collector.start();
    const pmbmpd = await Pmbmpd.start(node, COLLECTOR, 1790);
    const told = (peer: string, kind: string) =>
      (collector.peer(peer).tables[kind]?.routes ?? [])
        .map((one) => `${one.prefix} ${one.pathId} ${one.asPath.join(' ')}`)
        .sort();
    const agrees = async () => {
      for (const peer of [BIRD_PEER, FRR_PEER]) {
        const received = rows(await dut.received(peer));
        assert.deepEqual(told(peer, 'adj-rib-in-pre'), received);
        assert.deepEqual(told(peer, 'adj-rib-in-post'), received);
        assert.deepEqual(told(peer, 'adj-rib-out-post'), rows(await dut.advertised(peer)));
      }
      assert.deepEqual(collector.state().errors, []);
    };
    await check.eventually(
      'our station has every path under its identifier, in and out, and none where there are none',
      30,
      async () => {
        await agrees();
        assert.equal(new Set(told(BIRD_PEER, 'adj-rib-in-pre').map((one) => one.split(' ')[1])).size, 2);
        assert.ok(told(FRR_PEER, 'adj-rib-in-pre').every((one) => one.split(' ')[1] === '0'));
      },
    );
    await bird.birdc('disable path_b');
    await check.eventually('one path goes by its identifier', 30, async () => {
      assert.equal(told(BIRD_PEER, 'adj-rib-in-pre').length, 1);
      await agrees();
    });
    await check.eventually('pmbmpd has read the identifiers too, and the withdrawal', 30, async () => {
      const routes = pmbmpd
        .messages()
        .filter((one) => one.bmp_msg_type === 'route_monitor' && one.ip_prefix === SHARED);
      const ofBird = routes.filter((one) => one.peer_ip === BIRD_PEER && one.log_type === 'update');
      assert.ok(new Set(ofBird.map((one) => one.as_path_id)).size >= 2, JSON.stringify(ofBird.slice(0, 4)));
      assert.ok(routes.some((one) => one.peer_ip === BIRD_PEER && one.log_type === 'withdraw'));
      assert.ok(routes.some((one) => one.peer_ip === FRR_PEER && one.as_path === '65003'));
    });
  },
};
