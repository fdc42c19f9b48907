import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { must } from '../lab/shell.ts';
import { Bird } from '../peers/bird.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import type { Scenario } from '../scenario.ts';

const CTL = resolve(import.meta.dirname, '../../../apps/ctl/dist/main.js');
const NETWORKS = ['192.168.1.0/24', '192.168.2.0/23', '203.0.113.128/25'];
const NETWORKS6 = ['2001:db8:1::/48', '2001:db8:2::/64'];

const BIRD = `router id 10.0.0.3;
mrtdump "/tmp/bird-updates.mrt";
mrtdump protocols all;
protocol device {}
protocol static {
  ipv4;
  route 198.51.100.0/24 blackhole;
}
protocol mrt {
  table "master4";
  filename "/tmp/bird-table.mrt";
  period 2;
}
protocol mrt {
  table "master6";
  filename "/tmp/bird-table6.mrt";
  period 2;
}
protocol bgp frr {
  local 10.0.0.3 as 65003;
  neighbor 10.0.0.2 as 65002;
  ipv4 { import all; export where source = RTS_STATIC; };
  ipv6 { import all; export none; next hop address 2001:db8::3; };
}
`;

/** Files of each router: what it writes, by path in its own root. */
const FILES = {
  frr: ['/tmp/frr-all.mrt', '/tmp/frr-table.mrt'],
  bird: ['/tmp/bird-updates.mrt', '/tmp/bird-table.mrt', '/tmp/bird-table6.mrt'],
} as const;

export const mrtFiles: Scenario = {
  name: 'mrt-files',
  summary: 'MRT files that FRR and BIRD write: tsbgpctl reads them as bgpdump does, and replays a table to FRR',
  async run({ lab, check }) {
    const [frrNode, birdNode] = [await lab.node('frr'), await lab.node('bird')];
    await lab.link(frrNode, ['10.0.0.2/24', '2001:db8::2/64'], birdNode, [
      '10.0.0.3/24',
      '10.0.0.77/24',
      '2001:db8::3/64',
    ]);
    const bird = await Bird.start(birdNode, BIRD);
    const frr = await Frr.start(
      frrNode,
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.3',
        neighborAs: 65003,
        networks: NETWORKS,
        networks6: NETWORKS6,
        extra: ['neighbor 10.0.0.77 remote-as 65077', 'neighbor 10.0.0.77 passive'],
        family: ['neighbor 10.0.0.3 route-map marks out'],
      }).concat(
        '\nroute-map marks permit 10\n set community 65002:7 no-export\n set as-path prepend 4200000000\n set metric 33\n',
        'dump bgp all /tmp/frr-all.mrt\ndump bgp routes-mrt /tmp/frr-table.mrt 5\n',
      ),
    );
    await check.required('FRR and BIRD have exchanged their routes', 60, async () => {
      assert.equal((await frr.routes('198.51.100.0/24')).length, 1);
      assert.equal((await bird.routes('192.168.1.0/24', 'protocol frr')).length, 1);
    });
    // Something is withdrawn, for the updates.
    await frr.configure('router bgp 65002', 'address-family ipv4 unicast', 'no network 192.168.2.0/23');

    const nodes = { frr: frrNode, bird: birdNode } as const;
    const read = (file: string) => must([process.execPath, CTL, 'mrt', 'convert', file, '--to', 'bgpdump']);
    for (const [who, files] of Object.entries(FILES) as [keyof typeof FILES, readonly string[]][]) {
      const node = nodes[who];
      for (const file of files) {
        const path = join(node.root, file);
        await check.eventually(`${who} has written ${file}`, 30, () => {
          assert.ok(existsSync(path) && statSync(path).size > 60);
        });
        await check.eventually(`${file}: tsbgpctl and bgpdump read the same lines`, 30, async () => {
          const { code, stdout, stderr } = await node.execInRoot(['bgpdump', '-q', '-m', file]);
          assert.equal(code, 0, stderr);
          assert.notEqual(stdout, '', 'bgpdump reads nothing');
          assert.equal(await read(path), stdout);
        });
      }
    }
    // FRR's first dump may be older than the session with BIRD: it writes another every five seconds.
    await check.eventually('they are what was announced', 20, async () => {
      const lines = await read(join(frrNode.root, '/tmp/frr-table.mrt'));
      assert.match(lines, /^TABLE_DUMP2\|\d+\|B\|10\.0\.0\.3\|65003\|198\.51\.100\.0\/24\|65003\|IGP\|10\.0\.0\.3\|/m);
      const updates = await read(join(birdNode.root, '/tmp/bird-updates.mrt'));
      assert.match(
        updates,
        /\|A\|10\.0\.0\.2\|65002\|192\.168\.1\.0\/24\|65002 4200000000\|IGP\|10\.0\.0\.2\|0\|33\|65002:7 no-export\|/,
      );
      assert.match(updates, /\|W\|10\.0\.0\.2\|65002\|192\.168\.2\.0\/23$/m);
    });

    // A neighbor of its own for FRR: what it had from BIRD, from another address of BIRD's node.
    const table = join(frrNode.root, '/tmp/frr-table.mrt');
    const options = ['--to', '10.0.0.2', '--asn', '65077', '--local-address', '10.0.0.77', '--peer', '10.0.0.3'];
    const replaying = birdNode.exec([process.execPath, CTL, 'mrt', 'replay', table, ...options]);
    await check.eventually('mrt replay: FRR gets the route, with our AS in front and our next hop', 30, async () => {
      const routes = await frr.routes('198.51.100.0/24');
      const ours = routes.find(({ aspath }) => aspath?.string === '65077 65003');
      assert.equal(ours?.nexthops?.[0]?.ip, '10.0.0.77');
    });
    await frr.vtysh('clear bgp 10.0.0.77');
    await check.eventually('and hears why FRR ended the session', 30, async () => {
      const { code, stderr, stdout } = await replaying;
      assert.equal(code, 1);
      assert.match(stdout, /^\d+ routes announced to AS 65002 in \d+ messages$/m);
      assert.match(stderr, /The neighbor ended the session: /);
    });
  },
};
