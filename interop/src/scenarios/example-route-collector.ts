import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Dut, prefixesOf } from '../dut.ts';
import { exampleConfig } from '../example-config.ts';
import { jsonLines } from '../lab/log-lines.ts';
import { Bird } from '../peers/bird.ts';
import { Stayrtr } from '../peers/stayrtr.ts';
import { established, type Scenario } from '../scenario.ts';

const [FEED, MEMBER] = ['198.51.100.7', '203.0.113.20'];
const TWICE = '11.0.0.0/16';
/** What any other router would refuse. */
const STRANGE = ['0.0.0.0/0', '10.0.0.0/8', '192.0.2.128/25'];

/** Two paths for one prefix (RFC 7911), and one that the collector is not meant to pass on. */
const FEED_BIRD = `router id ${FEED};
log stderr all;
protocol device {}
protocol static path_a { ipv4; route ${TWICE} blackhole; }
protocol static path_b { ipv4 { preference 150; }; route ${TWICE} blackhole; }
protocol bgp dut {
  local ${FEED} as 64496;
  neighbor 198.51.100.1 as 64500;
  connect delay time 1;
  ipv4 {
    add paths tx;
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if proto = "path_b" then bgp_path.prepend(64510);
      accept;
    };
  };
}
`;

/** A route server of the exchange: its own AS is not in the paths. */
const MEMBER_BIRD = `router id ${MEMBER};
log stderr all;
protocol device {}
protocol static { ipv4; ${STRANGE.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
protocol bgp dut {
  local ${MEMBER} as 64511;
  neighbor 203.0.113.1 as 64500;
  rs client;
  connect delay time 1;
  ipv4 { import all; export filter { if source != RTS_STATIC then reject; bgp_path.prepend(64499); accept; }; };
}
`;

/** A BMP station of pmacct; each message is a line of JSON. */
const BMP_LOG = 'tmp/bmp.json';
const PMBMPD = `bmp_daemon_ip: 192.0.2.50
bmp_daemon_port: 11019
bmp_daemon_msglog_file: /${BMP_LOG}
`;

export const exampleRouteCollector: Scenario = {
  name: 'example-route-collector',
  summary: 'examples/config/route-collector.toml: keeps whatever comes, each path of it, and never says anything',
  async run({ lab, check }) {
    const [dutNode, feedNode, memberNode] = [await lab.node('dut'), await lab.node('feed'), await lab.node('member')];
    await lab.link(dutNode, ['198.51.100.1/24'], feedNode, [`${FEED}/24`]);
    await lab.link(dutNode, ['203.0.113.1/24'], memberNode, [`${MEMBER}/24`]);
    const validator = await lab.node('validator');
    const station = await lab.node('station');
    await lab.lan('management', [
      [dutNode, ['192.0.2.1/24']],
      [validator, ['192.0.2.60/24']],
      [station, ['192.0.2.50/24']],
    ]);
    await station.mountRoot();
    station.write('etc/pmbmpd.conf', PMBMPD);
    station.spawnInRoot('pmbmpd', ['pmbmpd', '-f', '/etc/pmbmpd.conf']);
    await Stayrtr.start(validator, '192.0.2.60', [{ prefix: TWICE, maxLength: 16, asn: 64510 }]);
    const dumps = join(dutNode.folder, 'mrt');
    mkdirSync(dumps);
    const dut = await Dut.startWithFile(dutNode, exampleConfig('config/route-collector.toml', dutNode));
    const [feed, member] = await Promise.all([Bird.start(feedNode, FEED_BIRD), Bird.start(memberNode, MEMBER_BIRD)]);
    await established(check, dut, FEED, 60);
    await check.required('a member of the exchange is taken without an entry', 30, async () => {
      const found = (await dut.neighbors()).find(({ config }) => config?.address === MEMBER);
      assert.equal(found?.state, 'SESSION_STATE_ESTABLISHED');
      assert.equal(found?.isDynamic, true);
    });
    await check.eventually('both paths of the feed are kept', 30, async () => {
      const paths = (await dut.received(FEED)).map(({ asPath = [] }) => asPath.join(' ')).sort();
      assert.deepEqual(paths, ['64496', '64496 64510']);
    });
    await check.eventually(
      'what others refuse is used, without the AS of the route server in its path',
      30,
      async () => {
        const routes = await dut.received(MEMBER);
        assert.deepEqual(prefixesOf(routes), STRANGE);
        for (const { asPath, rejectedBy } of routes) assert.deepEqual([asPath, rejectedBy], [[64499], undefined]);
        assert.deepEqual(prefixesOf(await dut.best()), [...STRANGE, TWICE].sort());
      },
    );
    await check.eventually('one is valid, the other not, and both are still there', 30, async () => {
      const states = (await dut.received(FEED)).map(({ asPath = [], validationState }) => [
        asPath.at(-1),
        validationState,
      ]);
      assert.deepEqual(states.sort(), [
        [64496, 'invalid'],
        [64510, 'valid'],
      ]);
    });
    await check.eventually('the BMP station has heard of both sessions and of every path', 60, () => {
      const messages = jsonLines<Record<string, string>>(join(station.root, BMP_LOG));
      const up = messages.filter(({ bmp_msg_type }) => bmp_msg_type === 'peer_up').map(({ peer_ip }) => peer_ip);
      assert.deepEqual([...new Set(up)].sort(), [FEED, MEMBER]);
      const routesOf = (peer: string) =>
        messages.filter(({ peer_ip, ip_prefix }) => peer_ip === peer && ip_prefix !== undefined);
      assert.deepEqual(
        [...new Set(routesOf(MEMBER).map(({ ip_prefix, as_path }) => `${ip_prefix} ${as_path}`))].sort(),
        STRANGE.map((prefix) => `${prefix} 64499`),
      );
      // pmacct 1.7.8 takes path identifiers of a session on which only one side sends them (RFC 7911 §4) for prefixes: paths only.
      const paths = new Set(routesOf(FEED).map(({ as_path }) => as_path));
      assert.deepEqual([...paths].sort(), ['64496', '64496 64510']);
    });
    await check.that('a dump has every path, says bgpdump', async () => {
      await dut.ctl('mrt', 'dump');
      const [name = ''] = readdirSync(dumps);
      // The peer's Debian has the program; it sees the dump through its own folder.
      await feedNode.mountRoot();
      feedNode.copyIn(join(dumps, name), `tmp/${name}`);
      const { stdout } = await feedNode.execInRoot(['bgpdump', '-m', `/tmp/${name}`]);
      // With path identifiers bgpdump puts them between prefix and path.
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) =>
          line
            .replace(/\|(\S+\/16)\|\d+\|/, '|$1|')
            .split('|')
            .slice(4, 7)
            .join(' '),
        );
      const strange = STRANGE.map((prefix) => `64511 ${prefix} 64499`);
      const expected = [`64496 ${TWICE} 64496`, `64496 ${TWICE} 64496 64510`, ...strange];
      assert.deepEqual(lines.sort(), expected.sort());
    });
    await dut.ctl('rib', 'add', '12.0.0.0/16', '--nexthop', '192.0.2.1');
    await check.throughout('nobody hears anything, not even of a route that was injected', 3, async () => {
      for (const bird of [feed, member]) {
        assert.match(await bird.birdc('show protocols all dut'), /Routes: +0 imported/);
      }
      for (const peer of [FEED, MEMBER]) assert.deepEqual(await dut.advertised(peer), []);
    });
    await check.that('the looking glass answers', async () => {
      const program = `fetch('http://127.0.0.1:8080/status').then(async (answer) => {
        if (answer.status !== 200) throw new Error('HTTP ' + answer.status);
        process.stdout.write(await answer.text());
      })`;
      const { code, stdout, stderr } = await dutNode.exec([process.execPath, '-e', program]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /"router_id":"192\.0\.2\.1"/);
    });
  },
};
