import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Dut } from '../dut.ts';
import { EXAMPLES } from '../example-config.ts';
import type { LabNode } from '../lab/lab.ts';
import { must } from '../lab/shell.ts';
import { Frr, frrConfig } from '../peers/frr.ts';
import { established, pair, type Scenario } from '../scenario.ts';

/** Nobody's, on any machine that the lab runs on. */
const USER = 64999;

/**
 * What the unit's lines about rights come to, said with setpriv and a mount namespace: this machine may have no systemd running. The rest of
 * the file system is read-only, as with ProtectSystem=strict; system call filters are not repeated here.
 */
function launcherOf(unit: string, node: LabNode): string[] {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
  const capabilities = (key: string) =>
    [
      '-all',
      ...value(key)
        .split(' ')
        .filter(Boolean)
        .map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`),
    ].join(',');
  assert.equal(value('ProtectSystem'), 'strict');
  assert.equal(value('NoNewPrivileges'), 'yes');
  const readOnly = [
    'mount --make-rprivate /',
    `mount --bind ${node.folder} ${node.folder}`,
    'mount -o remount,bind,ro /',
    'exec "$@"',
  ].join(' && ');
  return [
    ...['unshare', '--mount', 'sh', '-c', readOnly, 'sh'],
    ...['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--no-new-privs'],
    `--inh-caps=${capabilities('AmbientCapabilities')}`,
    `--ambient-caps=${capabilities('AmbientCapabilities')}`,
    `--bounding-set=${capabilities('CapabilityBoundingSet')}`,
  ];
}

const config = (node: LabNode, description: string) => `[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179
runtime_state_dir = "${node.folder}"
ebgp_requires_policy = false

# protected in both ways that there are without a special kernel
[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
description = "${description}"
md5_password = "not-a-secret"
ttl_security = true
`;

export const exampleSystemd: Scenario = {
  name: 'example-systemd',
  summary: 'the rights that examples/deploy/systemd gives are enough: port 179, MD5, GTSM, reload, changes in the file',
  async run({ lab, check }) {
    const { dutNode, peerNode } = await pair(lab);
    const frr = await Frr.start(
      peerNode,
      frrConfig({
        as: 65002,
        routerId: '10.0.0.2',
        neighbor: '10.0.0.1',
        neighborAs: 65001,
        networks: ['192.168.1.0/24'],
        extra: ['neighbor 10.0.0.1 password not-a-secret', 'neighbor 10.0.0.1 ttl-security hops 1'],
      }),
    );
    const unit = readFileSync(join(EXAMPLES, 'deploy/systemd/tsbgpd.service'), 'utf8');
    chmodSync(lab.folder, 0o755);
    for (const folder of [dutNode.folder, join(dutNode.folder, 'log')]) chownSync(folder, USER, USER);
    const dut = await Dut.startWithFile(dutNode, config(dutNode, 'first'), launcherOf(unit, dutNode));
    await check.that('the daemon runs as its user, with one capability', async () => {
      const [pid] = await dutNode.processes();
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      assert.match(status, new RegExp(`^Uid:\\s+${USER}\\s+${USER}\\s`, 'm'));
      // CAP_NET_BIND_SERVICE is number 10.
      assert.match(status, /^CapEff:\s+0000000000000400$/m);
      assert.match(status, /^CapBnd:\s+0000000000000400$/m);
      assert.match(status, /^NoNewPrivs:\s+1$/m);
    });
    await check.that('it cannot write anywhere else', async () => {
      const [pid] = await dutNode.processes();
      const touch = ['nsenter', '--mount', '-t', String(pid), 'touch', '/etc/tsbgpd-was-here'];
      await assert.rejects(must(touch), /Read-only file system/);
    });
    await established(check, dut, '10.0.0.2', 60);
    await frr.vtysh('clear bgp 10.0.0.1');
    await check.eventually('a session that FRR has cleared comes back', 60, async () => {
      const { state, flapCount } = await dut.neighbor('10.0.0.2');
      assert.deepEqual([state, flapCount], ['SESSION_STATE_ESTABLISHED', '1']);
    });
    // The file was written by root; the daemon replaces it, which takes rights in its folder only.
    await dut.ctl('neighbor', '10.0.0.9', 'add', '--asn', '65009', '--without-policy');
    await check.that("a change over the API is in the file, which is the daemon's now", () => {
      const path = join(dutNode.folder, 'tsbgpd.toml');
      assert.match(readFileSync(path, 'utf8'), /address = "10\.0\.0\.9"/);
      assert.equal(statSync(path).uid, USER);
    });
    dut.reload(config(dutNode, 'second'));
    await check.eventually('ExecReload: the signal brings the file in', 30, async () => {
      assert.equal((await dut.neighbor('10.0.0.2')).config?.description, 'second');
    });
    await check.that('SIGTERM: it ends with 0', async () => assert.equal(await dut.end('SIGTERM'), 0));
  },
};
