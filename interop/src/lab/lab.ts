import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Finished, must, pause, type RunOptions, run } from './shell.ts';

const PREFIX = 'tsbgp-lab';

/** One scenario's network: namespaces, links and processes, all named after this process and removed at the end. */
export class Lab {
  readonly name: string;
  readonly folder: string;
  readonly #rootfs: string;
  readonly #nodes: LabNode[] = [];

  constructor(scenario: string, rootfs: string) {
    this.name = `${PREFIX}-${process.pid}-${scenario.toLowerCase()}`;
    this.folder = mkdtempSync(join(tmpdir(), `${this.name}-`));
    this.#rootfs = rootfs;
  }

  async node(name: string): Promise<LabNode> {
    const node = new LabNode(name, `${this.name}-${name}`, join(this.folder, name), this.#rootfs);
    this.#nodes.push(node);
    await node.create();
    return node;
  }

  /** A veth pair; addresses are `a.b.c.d/len` or IPv6 the same way, several per end allowed. */
  async link(a: LabNode, addressesA: readonly string[], b: LabNode, addressesB: readonly string[]): Promise<void> {
    const [interfaceA, interfaceB] = [a.nextInterface(), b.nextInterface()];
    const peer = ['type', 'veth', 'peer', 'name', interfaceB, 'netns', b.namespace];
    await must(['ip', 'link', 'add', interfaceA, 'netns', a.namespace, ...peer]);
    await a.configure(interfaceA, addressesA);
    await b.configure(interfaceB, addressesB);
  }

  /** One network for all of them, as on an exchange: a node of its own with a bridge. */
  async lan(name: string, ends: readonly (readonly [LabNode, readonly string[]])[]): Promise<void> {
    const middle = await this.node(name);
    await must(['ip', '-n', middle.namespace, 'link', 'add', 'br0', 'type', 'bridge']);
    await must(['ip', '-n', middle.namespace, 'link', 'set', 'br0', 'up']);
    for (const [at, [node, addresses]] of ends.entries()) {
      await this.link(middle, [], node, addresses);
      await must(['ip', '-n', middle.namespace, 'link', 'set', `eth${at + 1}`, 'master', 'br0']);
    }
  }

  /** What every process of the nodes said, for a report after a failure. */
  logFiles(): string[] {
    return this.#nodes.flatMap((node) => node.logFiles());
  }

  async dispose(): Promise<void> {
    for (const node of this.#nodes) await node.dispose();
    removeFolder(this.folder);
  }
}

export class LabNode {
  readonly name: string;
  readonly namespace: string;
  /** The node's own folder: logs, and the root of its peer daemon. */
  readonly folder: string;
  readonly #rootfs: string;
  readonly #children: ChildProcess[] = [];
  #interfaces = 0;
  #hasRoot = false;

  constructor(name: string, namespace: string, folder: string, rootfs: string) {
    this.name = name;
    this.namespace = namespace;
    this.folder = folder;
    this.#rootfs = rootfs;
  }

  get root(): string {
    return join(this.folder, 'root');
  }

  async create(): Promise<void> {
    mkdirSync(join(this.folder, 'log'), { recursive: true });
    await must(['ip', 'netns', 'add', this.namespace]);
    await must(['ip', '-n', this.namespace, 'link', 'set', 'lo', 'up']);
    // An IPv6 address must be usable at once, not after duplicate address detection.
    await this.exec(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0']);
  }

  nextInterface(): string {
    this.#interfaces++;
    return `eth${this.#interfaces}`;
  }

  async configure(link: string, addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const noDad = address.includes(':') ? ['nodad'] : [];
      await must(['ip', '-n', this.namespace, 'address', 'add', address, 'dev', link, ...noDad]);
    }
    await must(['ip', '-n', this.namespace, 'link', 'set', link, 'up']);
  }

  exec(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(['ip', 'netns', 'exec', this.namespace, ...argv], options);
  }

  /** A private copy-on-write view of the peers' Debian, so that ten FRRs do not share /run/frr. */
  async mountRoot(): Promise<void> {
    if (this.#hasRoot) return;
    this.#hasRoot = true;
    // What is written goes to memory: overlayfs takes no upper layer on another overlay, which /tmp of a container often is.
    const memory = join(this.folder, 'memory');
    mkdirSync(memory);
    await must(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', memory]);
    const [upper, work] = [join(memory, 'upper'), join(memory, 'work')];
    for (const folder of [upper, work, this.root]) mkdirSync(folder, { recursive: true });
    const layers = `lowerdir=${this.#rootfs},upperdir=${upper},workdir=${work}`;
    await must(['mount', '-t', 'overlay', 'overlay', '-o', layers, this.root]);
    await must(['mount', '-t', 'proc', 'proc', join(this.root, 'proc')]);
    await must(['mount', '--bind', '/dev', join(this.root, 'dev')]);
  }

  write(path: string, text: string): void {
    const target = join(this.root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }

  copyIn(file: string, path: string): void {
    copyFileSync(file, join(this.root, path));
  }

  execInRoot(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.exec(['chroot', this.root, ...argv], options);
  }

  spawnInRoot(name: string, argv: readonly string[]): ChildProcess {
    return this.spawn(name, ['chroot', this.root, ...argv]);
  }

  /** Starts a program in the namespace; its output goes to `log/<name>.log`. `ip netns exec` becomes the program, pid kept. */
  spawn(name: string, argv: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
    const log = join(this.folder, 'log', `${name}.log`);
    const child = spawn('ip', ['netns', 'exec', this.namespace, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Uint8Array) => appendFileSync(log, text));
    child.once('exit', (code, signal) => {
      // A program that takes its time to die may outlive the scenario's folder.
      if (existsSync(dirname(log))) appendFileSync(log, `[${name} ended: ${signal ?? code}]\n`);
    });
    this.#children.push(child);
    return child;
  }

  logFiles(): string[] {
    const own = join(this.folder, 'log');
    const peer = join(this.root, 'var/log/frr');
    return [own, peer]
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  }

  /** Processes in this namespace; daemons that left their parent are found here too. */
  async processes(): Promise<number[]> {
    const { stdout } = await run(['ip', 'netns', 'pids', this.namespace]);
    return stdout.split('\n').filter(Boolean).map(Number);
  }

  async dispose(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const pid of await this.processes()) kill(pid, signal);
      for (let tries = 0; tries < 20 && (await this.processes()).length > 0; tries++) await pause(100);
    }
    // Their last words go to a file in a folder that is about to be removed.
    await Promise.race([Promise.all(this.#children.map(ended)), pause(2_000)]);
    if (this.#hasRoot) {
      for (const folder of ['root/dev', 'root/proc', 'root', 'memory']) {
        await run(['umount', '-l', join(this.folder, folder)]);
      }
      this.#hasRoot = false;
    }
    await run(['ip', 'netns', 'delete', this.namespace]);
  }
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself
  }
}

/** A program that was spawned; at once if it has ended before, or was never there. */
export async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((done) => child.once('exit', done));
}

/** Like a crash. */
export async function killAndWait(child: ChildProcess | undefined): Promise<void> {
  child?.kill('SIGKILL');
  await ended(child);
}

/** A process that was killed stays listed until its parent has asked for its end; it runs no more. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Removes what runs that were killed hard have left: namespaces and mounts that carry the number of a dead process. */
export async function removeStaleLabs(): Promise<void> {
  const owner = (name: string) => Number(new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1] ?? Number.NaN);
  const isStale = (name: string) => Number.isInteger(owner(name)) && !isAlive(owner(name));
  const { stdout } = await run(['ip', 'netns', 'list']);
  for (const line of stdout.split('\n')) {
    const namespace = line.split(' ')[0] ?? '';
    if (!isStale(namespace)) continue;
    const { stdout: pids } = await run(['ip', 'netns', 'pids', namespace]);
    for (const pid of pids.split('\n').filter(Boolean)) kill(Number(pid), 'SIGKILL');
    await run(['ip', 'netns', 'delete', namespace]);
  }
  for (const entry of readdirSync(tmpdir()).filter(isStale)) {
    const folder = join(tmpdir(), entry);
    for (const target of mountsInside(folder).sort().reverse()) await run(['umount', '-l', target]);
    removeFolder(folder);
  }
}

function mountsInside(folder: string): string[] {
  const targets = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return targets.filter((target) => target.startsWith(`${folder}/`));
}

/** Nodes have the machine's own /dev mounted inside: a folder is only removed when nothing is mounted there any more. */
function removeFolder(folder: string): void {
  const mounts = mountsInside(folder);
  if (mounts.length > 0) throw new Error(`not removed, still mounted: ${mounts.join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
}
