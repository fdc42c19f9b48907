import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { addressOf, type SessionPlan } from '../load/plan.ts';
import { createFolder, freePort, Subject } from './subject.ts';

/*
 * Other daemons beside ours, from the root file system that the interop lab has built. Each runs in a mount namespace of
 * its own with the bench's folder at /mnt, in the network of the host; so it needs root, and leaves nothing behind.
 */

const LAB = '/var/cache/tsbgp-lab';

export function startFrr(sessions: readonly SessionPlan[]): Promise<Subject> {
  const daemon =
    '/usr/lib/frr/bgpd -f /mnt/config -Z -S -l 127.0.0.1 -i /mnt/pid -P 0 --vty_socket /mnt --log file:/mnt/log';
  return start(
    daemon,
    (port) => `-p ${port}`,
    (_port) => frrConfig(sessions),
  );
}

export function startBird(sessions: readonly SessionPlan[]): Promise<Subject> {
  return start(
    'bird -f -c /mnt/config -s /mnt/control',
    () => '',
    (port) => birdConfig(port, sessions),
  );
}

async function start(
  command: string,
  portArgument: (port: number) => string,
  config: (port: number) => string,
): Promise<Subject> {
  const [folder, port, root] = [createFolder(), await freePort(), findRoot()];
  writeFileSync(join(folder, 'config'), config(port));
  const inside = `mount --bind ${folder} ${root}/mnt && exec chroot ${root} ${command} ${portArgument(port)}`;
  const subject = new Subject(port, folder, `unshare -m sh -c '${inside}'`);
  await subject.untilUp(() => canConnect(port));
  return subject;
}

function findRoot(): string {
  const name = existsSync(LAB) ? readdirSync(LAB).find((entry) => entry.startsWith('rootfs')) : undefined;
  if (name === undefined) throw new Error(`${LAB} has no root file system; run any interop scenario once to build it`);
  return join(LAB, name);
}

function canConnect(port: number): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done();
    });
    socket.once('error', fail);
  });
}

function birdConfig(port: number, sessions: readonly SessionPlan[]): string {
  const neighbors = sessions.map(
    ({ number, asn }) => `protocol bgp from accepting { neighbor ${addressOf(number)} as ${asn}; }`,
  );
  return `router id 10.255.0.1;
log "/mnt/log" { warning, error, fatal, bug };
protocol device { }
template bgp accepting {
  local 127.0.0.1 port ${port} as 65001;
  multihop;
  passive;
  ipv4 { import all; export all; next hop self; };
}
${neighbors.join('\n')}
`;
}

function frrConfig(sessions: readonly SessionPlan[]): string {
  const neighbors = sessions.map(({ number, asn }) => {
    const neighbor = ` neighbor ${addressOf(number)}`;
    return `${neighbor} remote-as ${asn}\n${neighbor} passive\n${neighbor} ebgp-multihop 5`;
  });
  const activations = sessions.map(({ number }) => `  neighbor ${addressOf(number)} activate`);
  return `hostname bench
router bgp 65001
 bgp router-id 10.255.0.1
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 bgp disable-ebgp-connected-route-check
${neighbors.join('\n')}
 address-family ipv4 unicast
${activations.join('\n')}
 exit-address-family
`;
}
