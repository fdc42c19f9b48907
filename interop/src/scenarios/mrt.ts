import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Checks } from '../check.ts';
import { Dut, neighborToml } from '../dut.ts';
import type { LabNode } from '../lab/lab.ts';
import { must } from '../lab/shell.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

const NETWORKS = ['192.168.1.0/24', '192.168.2.0/23', '192.168.9.0/24'];
const NETWORKS6 = ['2001:db8:1::/48', '2001:db8:2::/64'];
/** Refused by import policy. */
const REFUSED = '192.168.9.0/24';

/** What `tsbgpctl rib received --json` says of a route, as far as a line of bgpdump has it. */
interface CtlRoute {
  readonly prefix: string;
  readonly peer_address: string;
  readonly as_path: readonly number[];
  readonly origin: string;
  readonly next_hop: string;
  readonly med: number;
  readonly communities: readonly string[];
  readonly path_id?: number;
  readonly rejected_by?: string;
}

/** Fields of both forms in one: peer, prefix, path identifier, AS path, origin, next hop, MED, communities. */
function ofLine(line: string): string {
  const [form = '', _time, _kind, peer, _as, prefix, ...rest] = line.split('|');
  const pathId = form.endsWith('_AP') ? rest.shift() : '0';
  const [path, origin, nextHop, _localPref, med, communities] = rest;
  return [peer, prefix, pathId, path, origin?.toLowerCase(), nextHop, med, communities].join('|');
}

function ofRoute(route: CtlRoute): string {
  const peer = route.peer_address === 'local' || route.peer_address === '' ? '0.0.0.0' : route.peer_address;
  const { prefix, path_id: pathId = 0, as_path: path, origin, next_hop: nextHop, med, communities } = route;
  return [peer, prefix, pathId, path.join(' '), origin, nextHop, med, communities.join(' ')].join('|');
}

/** bgpdump of the peer's Debian on a file of ours. */
async function bgpdump(node: LabNode, file: string): Promise<string[]> {
  copyFileSync(file, join(node.root, 'tmp', basename(file)));
  const { code, stdout, stderr } = await node.execInRoot(['bgpdump', '-v', '-m', `/tmp/${basename(file)}`]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '', 'bgpdump complains');
  return stdout.split('\n').slice(0, -1);
}

export const mrt: Scenario = {
  name: 'mrt',
  summary:
    "a table dump of FRR's routes and files of its updates: bgpdump reads them and agrees with tsbgpctl; a full disk harms nobody",
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab, { dut: '2001:db8::1/64', peer: '2001:db8::2/64' });
    const [folder, small] = [join(dutNode.folder, 'dumps'), join(dutNode.folder, 'small')];
    mkdirSync(folder);
    mkdirSync(small);
    // Before the daemon starts: it has a view of its own of what is mounted.
    await must(['mount', '-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', small]);
    try {
      writeFileSync(join(small, 'ballast'), new Uint8Array(16_384));
      await dumpTests(check, dutNode, peerNode, folder, small);
    } finally {
      await must(['umount', '-l', small]);
    }
  },
};

/** Files of updates: what FRR sends from here on, and the end of its session, is in them. */
async function updateTests(check: Checks, dut: Dut, peerNode: LabNode, frr: Frr, folder: string): Promise<void> {
  await frr.configure('router bgp 65002', 'address-family ipv4 unicast', 'no network 192.168.2.0/23');
  await check.required('FRR takes a network away', 30, async () => {
    assert.ok(!(await dut.ctl('rib', 'received', '--json')).includes('192.168.2.0'));
  });
  await frr.vtysh('clear bgp *');
  const files = () => readdirSync(folder).filter((name) => name.startsWith('updates.'));
  const read = async (names = files()) => {
    const lines: string[] = [];
    for (const name of names) lines.push(...(await bgpdump(peerNode, join(folder, name))));
    return lines;
  };
  await check.eventually(
    'bgpdump reads in files of updates what FRR sent, refused routes too, and its comings and goings',
    60,
    async () => {
      const said = (await read()).map((line) => line.replace(/^BGP4MP_ET\|[\d.]+\|/, ''));
      const about = said.filter((line) => line.startsWith('STATE') || line.includes('192.168.'));
      const states = about.filter((line) => line.startsWith('STATE'));
      assert.deepEqual(
        states.slice(0, 3),
        ['5|6', '6|1', '5|6'].map((change) => `STATE|10.0.0.2|65002|${change}`),
      );
      const path = '65002 4200000000|IGP|10.0.0.2|0|33|65002:7 65002:8|NAG||';
      for (const network of NETWORKS) assert.ok(about.includes(`A|10.0.0.2|65002|${network}|${path}`), network);
      assert.ok(about.includes('W|10.0.0.2|65002|192.168.2.0/23'));
      assert.ok(said.some((line) => line.startsWith('A|') && line.includes('|2001:db8:1::/48|')));
      const last = about.lastIndexOf('STATE|10.0.0.2|65002|5|6');
      assert.ok(!about.slice(last).some((line) => line.includes('|192.168.2.0/23|')), 'not after it was taken away');
    },
  );
  await check.that('tsbgpctl mrt convert prints the same lines as bgpdump', async () => {
    const names = files();
    const ours = await Promise.all(
      names.map((name) => dut.ctl('mrt', 'convert', join(folder, name), '--to', 'bgpdump')),
    );
    assert.equal(ours.join(''), (await read(names)).map((line) => `${line}\n`).join(''));
  });
  await check.that('each file begins where the one before ended, and the metrics agree', async () => {
    const seconds = files().map((name) => Number(name.split('.')[2]?.slice(4)));
    assert.ok(
      seconds.slice(1).every((second) => second % 4 === 0),
      `${seconds}`,
    );
    assert.equal(await dut.metric('bgp_mrt_update_records_dropped_total', { reason: 'slow' }), 0);
    assert.ok(((await dut.metric('bgp_mrt_update_files_total', { result: 'written' })) ?? 0) >= files().length - 1);
  });
  await established(check, dut, '10.0.0.2', 30);
}

/** `small` is full. */
async function dumpTests(
  check: Checks,
  dutNode: LabNode,
  peerNode: LabNode,
  folder: string,
  small: string,
): Promise<void> {
  const frr = await Frr.start(
    peerNode,
    frrConfig({
      as: 65002,
      routerId: '10.0.0.2',
      neighbor: '10.0.0.1',
      neighborAs: 65001,
      networks: NETWORKS,
      networks6: NETWORKS6,
      family: ['neighbor 10.0.0.1 route-map marks out'],
    }).concat(
      '\nroute-map marks permit 10\n set community 65002:7 65002:8\n set as-path prepend 4200000000\n set metric 33\n',
    ),
  );
  const mrtSection = (directory: string) => `[mrt]\noutput_dir = "${directory}"\ncompress = false\n`;
  const neighbor = neighborToml('10.0.0.2', 65002, [
    'families = ["ipv4_unicast", "ipv6_unicast"]',
    `import_policy = [{ action = "deny", prefix = "${REFUSED}" }, { action = "permit", prefix = "192.168.0.0/16", le = 24, set_med = 77 }]`,
  ]);
  const updates = `updates = true\nupdates_interval = 4\n`;
  const rest = mrtSection(folder) + updates + neighbor;
  const dut = await Dut.start(dutNode, { asn: 65001, routerId: '10.0.0.1', rest });
  await established(check, dut, '10.0.0.2', 90);
  for (const pathId of [1, 2]) {
    const route = { prefix: '203.0.113.0', prefixLength: 24, nextHop: '10.0.0.1', pathId, asPath: [64512, pathId] };
    await dut.rpc('InjectionService/AddPath', route);
  }
  const listed = async () => JSON.parse(await dut.ctl('rib', 'received', '--json')) as CtlRoute[];
  await check.required("FRR's routes and ours are here", 30, async () => {
    const routes = await listed();
    assert.equal(routes.filter((route) => route.rejected_by === undefined).length, 6);
    assert.ok(routes.some((route) => route.prefix === REFUSED && route.rejected_by !== undefined));
  });

  const file = (await dut.ctl('mrt', 'dump')).trim();
  const lines = await bgpdump(peerNode, file);
  await check.that('bgpdump reads what tsbgpctl rib lists, without the route that policy refused', async () => {
    const expected = (await listed()).filter((route) => route.rejected_by === undefined).map(ofRoute);
    assert.deepEqual(lines.map(ofLine).sort(), expected.sort());
  });
  await check.that("it has FRR's AS and our policy's MED", () => {
    const [line] = lines.filter((one) => one.includes('|192.168.1.0/24|'));
    assert.match(
      line ?? '',
      /^TABLE_DUMP2\|\d+\|B\|10\.0\.0\.2\|65002\|192\.168\.1\.0\/24\|65002 4200000000\|IGP\|10\.0\.0\.2\|0\|77\|/,
    );
  });
  await check.that('two paths of one prefix are told apart (RFC 8050)', () => {
    const ids = lines.flatMap((line) => /^TABLE_DUMP2_AP\|.*\|203\.0\.113\.0\/24\|(\d+)\|/.exec(line)?.[1] ?? []);
    assert.deepEqual(ids, ['1', '2']);
  });
  await check.that('tsbgpctl mrt convert prints the same lines as bgpdump', async () => {
    assert.equal(await dut.ctl('mrt', 'convert', file, '--to', 'bgpdump'), `${lines.join('\n')}\n`);
  });
  await check.that('a second dump is the same but for the time', async () => {
    const again = await bgpdump(peerNode, (await dut.ctl('mrt', 'dump')).trim());
    const untimed = (all: readonly string[]) => all.map((line) => line.replace(/\|\d+\|/, '|'));
    assert.deepEqual(untimed(again), untimed(lines));
  });

  await updateTests(check, dut, peerNode, frr, folder);

  dut.reload(mrtSection(small) + neighbor);
  await check.eventually('on a full disk a dump fails with the reason', 30, async () => {
    await assert.rejects(dut.rpc('ControlService/TriggerMrtDump'), { code: 'internal', message: /ENOSPC/ });
  });
  await check.that('it is logged and counted, and nothing is left of it', async () => {
    assert.ok(((await dut.metric('bgp_mrt_dumps_total', { result: 'failed' })) ?? 0) >= 1);
    assert.deepEqual(readdirSync(small), ['ballast']);
  });
  await check.that('the session has not noticed', async () => {
    const { state, flapCount = '0' } = await dut.neighbor('10.0.0.2');
    assert.deepEqual([state, flapCount], ['SESSION_STATE_ESTABLISHED', '1']);
  });
}
