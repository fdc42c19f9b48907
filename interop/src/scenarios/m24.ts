import assert from 'node:assert/strict';
import { Dut, neighborToml, type RouteJson } from '../dut.ts';
import { BmpCollector } from '../peers/bmp-collector.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { Pmbmpd } from '../peers/pmbmpd.ts';
import { established, type Scenario } from '../scenario.ts';

const PEER = '10.0.0.2';
const COLLECTOR = '10.0.2.2';
const NETWORKS = ['192.168.1.0/24', '192.168.2.0/24'];
const ALL_TABLES = '["rib_in_pre", "rib_in_post", "rib_out_post", "loc_rib"]';

const bmpToml = `
[bmp]
sys_name = "tsbgpd-m24"
statistics_interval = 5

[[bmp.collectors]]
address = "${COLLECTOR}:11019"
reconnect_interval = 5

[[bmp.collectors]]
address = "${COLLECTOR}:11020"
reconnect_interval = 5
monitor = ${ALL_TABLES}
mirror = "all"

[[bmp.collectors]]
address = "${COLLECTOR}:1790"
reconnect_interval = 5
monitor = ${ALL_TABLES}
`;

const rows = (routes: readonly RouteJson[]) =>
  routes.map((one) => `${one.prefix}/${one.prefixLength} ${one.nextHop} ${(one.asPath ?? []).join(' ')}`.trim()).sort();
const trimmed = (routes: readonly string[]) => routes.map((one) => one.trim());

export const m24: Scenario = {
  name: 'M24',
  summary: 'BMP to collectors that die and come again: tables as the daemon has them; pmbmpd understands the same',
  async run({ lab, check }) {
    const [dutNode, peerNode, node] = [await lab.node('dut'), await lab.node('peer'), await lab.node('collector')];
    await lab.link(dutNode, ['10.0.0.1/24'], peerNode, [`${PEER}/24`]);
    await lab.link(dutNode, ['10.0.2.1/24'], node, [`${COLLECTOR}/24`]);
    const frr = await Frr.start(
      peerNode,
      frrConfig({ as: 65002, routerId: PEER, neighbor: '10.0.0.1', neighborAs: 65001, networks: NETWORKS }),
    );
    // The seed's collector, and one that wants everything; the second comes later than the routes.
    const [plain, all] = [new BmpCollector(node, 11019), new BmpCollector(node, 11020)];
    plain.start();
    const pmbmpd = await Pmbmpd.start(node, COLLECTOR, 1790);
    const dut = await Dut.start(dutNode, {
      asn: 65001,
      routerId: '10.0.0.1',
      rest: neighborToml(PEER, 65002) + bmpToml,
    });
    await established(check, dut, PEER, 60);
    await check.required('Initiation within 60 s, with our name', 60, async () => {
      const { streams, sysName, sysDescr } = plain.state();
      assert.equal(streams[0]?.[0], 'initiation');
      assert.equal(sysName, 'tsbgpd-m24');
      assert.match(sysDescr, /^tsbgpd \d/);
    });
    await check.required('Peer Up within 30 s, with the AS', 30, async () => {
      const { isUp, as } = plain.peer(PEER);
      assert.deepEqual({ isUp, as }, { isUp: true, as: 65002 });
    });
    await check.eventually('Route Monitoring has both routes, and nothing but pre-policy', 30, async () => {
      assert.deepEqual(
        plain.routes(PEER, 'adj-rib-in-pre').map((one) => one.split(' ')[0]),
        NETWORKS,
      );
      assert.deepEqual(Object.keys(plain.peer(PEER).tables), ['adj-rib-in-pre']);
    });
    await check.that('Initiation comes first and once, Peer Up before routes, three messages at least', async () => {
      const [stream = []] = plain.state().streams;
      assert.equal(stream.indexOf('initiation'), 0);
      assert.equal(stream.lastIndexOf('initiation'), 0);
      assert.ok(stream.indexOf('peer-up') > 0);
      assert.ok(stream.indexOf('route-monitoring') > stream.indexOf('peer-up'));
      assert.ok(stream.length >= 3);
    });

    const announce = async (prefix: string) => {
      await frr.configure(`ip route ${prefix} Null0`);
      await frr.configure('router bgp 65002', 'address-family ipv4 unicast', `network ${prefix}`);
    };
    /** What the daemon says of its tables is what the collector knows. */
    const agrees = async (collector: BmpCollector) => {
      const received = rows(await dut.received(PEER));
      assert.ok(received.length > 0);
      assert.deepEqual(trimmed(collector.routes(PEER, 'adj-rib-in-pre')), received);
      assert.deepEqual(trimmed(collector.routes(PEER, 'adj-rib-in-post')), received);
      assert.deepEqual(trimmed(collector.routes('loc-rib', 'loc-rib')), rows(await dut.best()));
      assert.deepEqual(trimmed(collector.routes(PEER, 'adj-rib-out-post')), rows(await dut.advertised(PEER)));
      assert.deepEqual(collector.state().errors, []);
    };
    all.start();
    await dut.ctl('rib', 'add', '203.0.113.0/24', '--nexthop', '10.0.0.1');
    await check.required('a collector that comes later has all four tables as the daemon lists them', 30, () =>
      agrees(all),
    );
    await check.eventually('with End-of-RIB for each (RFC 7854 §5)', 30, async () => {
      const { tables } = all.peer(PEER);
      for (const kind of ['adj-rib-in-pre', 'adj-rib-in-post', 'adj-rib-out-post'])
        assert.ok(tables[kind]?.ended.includes('ipv4_unicast'), kind);
      assert.ok(all.peer('loc-rib').tables['loc-rib']?.ended.includes('ipv4_unicast'));
    });
    await frr.configure('router bgp 65002', 'address-family ipv4 unicast', 'no network 192.168.2.0/24');
    await announce('192.168.3.0/24');
    await check.eventually(
      'it is told of a withdrawal and of a new route, and sees the messages themselves',
      30,
      async () => {
        assert.deepEqual(
          rows(await dut.received(PEER)).map((one) => one.split(' ')[0]),
          ['192.168.1.0/24', '192.168.3.0/24'],
        );
        await agrees(all);
        assert.ok((all.state().messages['route-mirroring'] ?? 0) >= 2);
        assert.equal(plain.state().messages['route-mirroring'], 0);
      },
    );
    await check.eventually(
      'statistics say how many routes there are (RFC 7854 §4.8, RFC 8671 §6.2, RFC 9069 §5.6)',
      30,
      async () => {
        const value = (address: string, type: number) =>
          all.peer(address).statistics.find((one) => one.type === type)?.value;
        assert.equal(value(PEER, 7), 2);
        assert.equal(value(PEER, 15), (await dut.advertised(PEER)).length);
        assert.equal(value('loc-rib', 8), 3);
      },
    );

    await all.kill();
    await check.eventually('a collector that was killed is missed', 30, async () => {
      assert.match(await dut.scrape(), /^bmp_collector_up\{collector="10\.0\.2\.2:11020"\} 0$/m);
    });
    await announce('192.168.4.0/24');
    all.start();
    await check.required('it comes again and has all tables, with what happened meanwhile', 30, async () => {
      assert.equal(all.routes(PEER, 'adj-rib-in-pre').length, 3);
      await agrees(all);
    });
    await check.eventually('the API says so', 30, async () => {
      const { collectors } = await dut.rpc<{ collectors: Record<string, unknown>[] }>('BmpService/GetBmpStatus');
      const own = collectors.find(({ address }) => address === '10.0.2.2:11020');
      assert.deepEqual([own?.state, own?.isSynchronized, own?.replays], ['connected', true, '2']);
    });
    await check.eventually('the metrics say so', 30, async () => {
      const text = await dut.scrape();
      assert.match(text, /^bmp_collector_up\{collector="10\.0\.2\.2:11020"\} 1$/m);
      assert.match(text, /^bmp_collector_synchronized\{collector="10\.0\.2\.2:11020"\} 1$/m);
      assert.match(text, /^bmp_replay_attempts_total\{collector="10\.0\.2\.2:11020"\} 2$/m);
    });
    all.stopReading();
    await frr.vtysh('clear bgp *');
    await check.required('the session ends and comes again while nobody reads', 60, async () => {
      const { state, flapCount } = await dut.neighbor(PEER);
      assert.deepEqual([state, flapCount], ['SESSION_STATE_ESTABLISHED', '1']);
    });
    all.readOn();
    await check.eventually(
      'a session that ended is Peer Down with its NOTIFICATION (reason 3), then Peer Up',
      30,
      async () => {
        const { isUp, downReason } = all.peer(PEER);
        assert.deepEqual({ isUp, downReason }, { isUp: true, downReason: 3 });
        await agrees(all);
      },
    );
    await check.that('the dying collectors cost no session: one flap, the one we made', async () => {
      assert.equal((await dut.neighbor(PEER)).flapCount, '1');
    });

    const heard = (type: string) => pmbmpd.messages().filter((one) => one.bmp_msg_type === type);
    await check.eventually('pmbmpd knows us and our peer', 30, async () => {
      assert.ok(
        heard('init').some((one) => JSON.stringify(one).includes('tsbgpd-m24')),
        'no Initiation',
      );
      assert.ok(
        heard('peer_up').some((one) => one.peer_ip === PEER && one.peer_asn === 65002),
        'no Peer Up',
      );
    });
    await check.eventually('pmbmpd has the routes of the tables, and who is in them', 30, async () => {
      const routes = heard('route_monitor').filter((one) => one.log_type === 'update');
      for (const prefix of ['192.168.1.0/24', '192.168.3.0/24', '192.168.4.0/24']) {
        assert.ok(
          routes.some((one) => one.ip_prefix === prefix && one.peer_ip === PEER && one.as_path === '65002'),
          prefix,
        );
      }
      assert.ok(
        routes.some((one) => one.ip_prefix === '203.0.113.0/24'),
        'nothing of our own',
      );
      assert.ok(
        heard('route_monitor').some((one) => one.ip_prefix === '192.168.2.0/24' && one.log_type === 'withdraw'),
        'no withdrawal',
      );
    });

    await dut.end('SIGTERM');
    await check.eventually(
      'at the end there is Termination, closed by the administrator (RFC 7854 §4.5)',
      30,
      async () => {
        for (const collector of [plain, all]) assert.equal(collector.state().terminationReason, 0);
        assert.ok(heard('term').length > 0, 'pmbmpd heard none');
      },
    );
  },
};
