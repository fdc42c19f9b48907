import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  ConfigService,
  ControlService,
  GlobalService,
  InjectionService,
  NeighborService,
  RibService,
  ServerReflection,
  SessionState,
} from '@bgp/api-proto';
import { freePort } from '@bgp/testkit/free-port';
import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spawnDaemon, type TestProcess } from './test-daemon.ts';

let folder: string;
const processes: TestProcess[] = [];
const holders: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-'));
});
afterEach(async () => {
  for (const one of processes) one.kill('SIGKILL');
  await Promise.all(processes.splice(0).map((one) => one.exited));
  await Promise.all(holders.splice(0).map((one) => new Promise((resolve) => one.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

interface Config {
  readonly name?: string;
  readonly address?: string;
  readonly port: number;
  readonly asn?: number;
  readonly extra?: string;
  readonly telemetry?: string;
}

function configFile({
  name = 'a',
  address = '127.0.0.1',
  port,
  asn = 65001,
  extra = '',
  telemetry = '',
}: Config): string {
  const file = join(folder, `${name}.toml`);
  writeFileSync(
    file,
    `[global]
asn = ${asn}
router_id = "${address}"
listen_port = ${port}
listen_addresses = ["${address}"]
runtime_state_dir = "${join(folder, name)}"
ebgp_requires_policy = false
[global.telemetry]
log_format = "json"
${telemetry}
${extra}
`,
  );
  return file;
}

function start(config: Config, env: Readonly<Record<string, string>> = {}): TestProcess {
  const started = spawnDaemon([configFile(config)], env);
  processes.push(started);
  return started;
}

const socketOf = (name: string) => join(folder, name, 'grpc.sock');
const overUnix = (name: string): Transport =>
  createConnectTransport({
    httpVersion: '1.1',
    baseUrl: 'http://localhost',
    nodeOptions: { socketPath: socketOf(name) },
  });
const overUnixGrpc = (name: string): Transport =>
  createGrpcTransport({
    baseUrl: 'http://localhost',
    nodeOptions: { createConnection: () => connect(socketOf(name)) },
  });

/** Asks until it is so; real sockets need real time. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('start and stop', () => {
  it('serves on a socket of its own, and leaves nothing behind after SIGTERM', async () => {
    const daemon = start({ port: await freePort('127.0.0.1') });
    await daemon.logged('tsbgpd is running');
    expect(statSync(socketOf('a')).mode & 0o777).toBe(0o600);
    expect(await createClient(GlobalService, overUnix('a')).getGlobal({})).toMatchObject({ asn: 65001 });
    daemon.kill('SIGTERM');
    expect(await daemon.exited).toBe(0);
    expect(existsSync(socketOf('a'))).toBe(false);
    expect(daemon.records.map((record) => record.msg)).toEqual(
      expect.arrayContaining(['starting tsbgpd', 'received SIGTERM', 'tsbgpd exiting']),
    );
  });

  it('stops after answering Shutdown', async () => {
    const daemon = start({ port: await freePort('127.0.0.1') });
    await daemon.logged('tsbgpd is running');
    await createClient(ControlService, overUnix('a')).shutdown({ reason: 'ticket 7' });
    expect(await daemon.exited).toBe(0);
    expect(await daemon.logged('shutdown initiated via API').catch(String)).toMatchObject({ reason: 'ticket 7' });
  });

  it('reads its configuration again on SIGHUP; a mistake in it changes nothing', async () => {
    const port = await freePort('127.0.0.1');
    const neighbor = (address: string, more = '') =>
      `[[neighbors]]\naddress = "${address}"\nremote_asn = 65002\npassive = true\n${more}\n`;
    const config = (extra: string) => configFile({ name: 'a', port, extra });
    const daemon = start({ name: 'a', port, extra: neighbor('127.0.0.2') + neighbor('127.0.0.3') });
    await daemon.logged('tsbgpd is running');
    const neighbors = createClient(NeighborService, overUnix('a'));
    await neighbors.addNeighbor({ config: { address: '127.0.0.9', remoteAsn: 65009, passive: true } });
    await daemon.logged('configuration changed');
    expect(readFileSync(join(folder, 'a.toml'), 'utf8')).toContain(
      '[[neighbors]]\naddress = "127.0.0.9"\nremote_asn = 65009\npassive = true\n',
    );

    config(neighbor('127.0.0.2', 'description = "changed"\nhold_time = 30') + neighbor('127.0.0.4'));
    daemon.kill('SIGHUP');
    expect(await daemon.logged('configuration reloaded')).toMatchObject({ added: 1, removed: 2, live: 0, reset: 1 });
    const listed = async () => (await neighbors.listNeighbors({})).neighbors.map((one) => one.config?.address).sort();
    expect(await listed()).toEqual(['127.0.0.2', '127.0.0.4']); // the file is what counts

    config(`${neighbor('127.0.0.2')}hold_tiem = 9`);
    daemon.kill('SIGHUP');
    const refused = await daemon.logged('configuration not reloaded, the old one stays in force');
    expect(refused.error).toBe('The configuration has a mistake; the one in force stays.');
    expect(refused.mistakes).toEqual([
      `${join(folder, 'a.toml')}:16:1: neighbors[0].hold_tiem: unknown key \`hold_tiem\` (did you mean \`hold_time\`?)`,
    ]);
    expect(await listed()).toEqual(['127.0.0.2', '127.0.0.4']);
  });
});

it('writes table dumps on demand, and [mrt] changes while it runs', async () => {
  const port = await freePort('127.0.0.1');
  const dumps = join(folder, 'dumps');
  const daemon = start({ name: 'a', port });
  await daemon.logged('tsbgpd is running');
  const control = createClient(ControlService, overUnix('a'));
  const injection = createClient(InjectionService, overUnix('a'));
  await expect(control.triggerMrtDump({})).rejects.toThrow('add [mrt] with output_dir');
  await injection.addPath({ prefix: '203.0.113.0', prefixLength: 24, nextHop: '127.0.0.9' });

  configFile({ name: 'a', port, extra: `[mrt]\noutput_dir = "${dumps}"\ncompress = true\n` });
  daemon.kill('SIGHUP');
  await daemon.logged('configuration reloaded');
  await expect(control.triggerMrtDump({})).rejects.toThrow('ENOENT');
  expect(await daemon.logged('MRT dump failed')).toMatchObject({ level: 'error' });

  mkdirSync(dumps);
  const { filePath, routes } = await control.triggerMrtDump({});
  expect(readdirSync(dumps).map((name) => join(dumps, name))).toEqual([filePath]);
  expect([routes, filePath.slice(-7)]).toEqual([1n, '.mrt.gz']);
  const octets = gunzipSync(readFileSync(filePath));
  expect(octets.includes(Buffer.of(24, 203, 0, 113, 0, 1))).toBe(true); // one entry of that prefix
  expect((await control.getMetrics({})).prometheusText).toContain('bgp_mrt_dumps_total{result="written"} 1');
});

describe('--diff', () => {
  it('says what a reload would do, for people and for programs', async () => {
    const port = await freePort('127.0.0.1');
    const neighbor = (address: string, more = '') =>
      `[[neighbors]]\naddress = "${address}"\nremote_asn = 65002\n${more}\n`;
    const now = configFile({ name: 'now', port, extra: neighbor('10.0.0.2') + neighbor('10.0.0.3') });
    const next = configFile({
      name: 'next',
      port,
      extra: neighbor('10.0.0.2', 'description = "x"') + neighbor('10.0.0.4'),
    });
    writeFileSync(next, readFileSync(next, 'utf8').replace('/next"', '/now"'));
    const run = async (...args: string[]) => {
      const process = spawnDaemon(args);
      processes.push(process);
      return { code: await process.exited, out: process.stdout(), err: process.stderr() };
    };
    const people = await run('--diff', next, now);
    expect(people.code).toBe(1);
    expect(people.out).toContain('+ neighbor 10.0.0.4, AS 65002');
    expect(people.out).toContain('- neighbor 10.0.0.3: its session ends');
    expect(people.out).toContain('~ neighbor 10.0.0.2: the session stays up (description)');
    const programs = await run('--diff', next, now, '--json');
    expect(JSON.parse(programs.out)).toMatchObject({
      has_actionable_changes: true,
      restart_required: [],
      reload_applied: { neighbors: { added: [{ address: '10.0.0.4', remote_asn: 65002 }], removed: ['10.0.0.3'] } },
    });
    expect(await run('--diff', now, now)).toMatchObject({ code: 0, out: 'No differences\n' });
    writeFileSync(next, '[');
    expect(await run('--diff', next, now)).toMatchObject({ code: 2 });
    expect(await run('--diff')).toMatchObject({ code: 2 });
    // 1 would tell a script that there is something to do.
    expect(await run('--diff', now, next)).toMatchObject({ code: 2 });
    expect(await run('--diff', now, now, '--jsn')).toMatchObject({ code: 2 });
  });
});

describe('a change of the configuration', () => {
  const extra = '[[neighbors]]\naddress = "127.0.0.2"\nremote_asn = 65002\npassive = true\n';

  it('that has to be confirmed does not survive a daemon that is killed', async () => {
    const config = { port: await freePort('127.0.0.1'), extra };
    const first = start(config);
    await first.logged('tsbgpd is running');
    const file = join(folder, 'a.toml');
    const before = readFileSync(file, 'utf8');
    const toml = before.replace('remote_asn = 65002', 'remote_asn = 65003');
    const applied = await createClient(ConfigService, overUnix('a')).applyConfig({ toml, confirmWithinSeconds: 600 });
    expect(applied.pending).toMatchObject({ fallback: 1n, revision: 2n });
    expect(readFileSync(file, 'utf8')).toBe(toml);
    first.kill('SIGKILL');
    await first.exited;

    const second = spawnDaemon([file]);
    processes.push(second);
    await second.logged('tsbgpd is running');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(second.stderr()).toContain('was not confirmed');
    const { neighbors } = await createClient(NeighborService, overUnix('a')).listNeighbors({});
    expect(neighbors[0]?.config?.remoteAsn).toBe(65002);
  });

  it('is not made where the file is gone', async () => {
    const daemon = start({ port: await freePort('127.0.0.1'), extra });
    await daemon.logged('tsbgpd is running');
    rmSync(join(folder, 'a.toml'));
    const neighbors = createClient(NeighborService, overUnix('a'));
    const add = neighbors.addNeighbor({ config: { address: '127.0.0.9', remoteAsn: 65009 } });
    await expect(add).rejects.toThrow('cannot be read, so it cannot be changed');
    expect((await neighbors.listNeighbors({})).neighbors).toHaveLength(1);
  });
});

describe('Connect, gRPC and gRPC-Web on one listener', () => {
  it('answers all three, with reflection', async () => {
    const api = await freePort('127.0.0.1');
    const daemon = start({
      port: await freePort('127.0.0.1'),
      extra: `[global.telemetry.grpc_tcp]\naddress = "127.0.0.1:${api}"`,
    });
    await daemon.logged('tsbgpd is running');
    const baseUrl = `http://127.0.0.1:${api}`;
    const transports = [
      createConnectTransport({ baseUrl, httpVersion: '1.1' }),
      createConnectTransport({ baseUrl, httpVersion: '2' }),
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
    ];
    for (const transport of transports) {
      expect(await createClient(GlobalService, transport).getGlobal({})).toMatchObject({ asn: 65001 });
    }
    const answers = createClient(ServerReflection, createGrpcTransport({ baseUrl })).serverReflectionInfo(
      (async function* () {
        yield { messageRequest: { case: 'listServices' as const, value: '*' } };
        yield { messageRequest: { case: 'fileContainingSymbol' as const, value: 'tsbgpd.v1.RibService' } };
      })(),
    );
    const reader = answers[Symbol.asyncIterator]();
    const [services, file] = [await reader.next(), await reader.next()];
    expect(JSON.stringify(services.value?.messageResponse)).toContain('tsbgpd.v1.NeighborService');
    expect(file.value?.messageResponse.case).toBe('fileDescriptorResponse');
    const plain = await fetch(`${baseUrl}/tsbgpd.v1.GlobalService/GetGlobal`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await plain.json()).toMatchObject({ asn: 65001, routerId: '127.0.0.1' });
  });

  it('asks for the token first, in the words of each protocol', async () => {
    const api = await freePort('127.0.0.1');
    writeFileSync(join(folder, 'token'), 's3cret\n');
    const daemon = start({
      port: await freePort('127.0.0.1'),
      extra: `[global.telemetry.grpc_tcp]\naddress = "127.0.0.1:${api}"\naccess_mode = "read_only"\ntoken_file = "${join(folder, 'token')}"`,
    });
    await daemon.logged('tsbgpd is running');
    const baseUrl = `http://127.0.0.1:${api}`;
    const headers = { authorization: 'Bearer s3cret' };
    for (const transport of [
      createConnectTransport({ baseUrl, httpVersion: '1.1' }),
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
    ]) {
      const global = createClient(GlobalService, transport);
      await expect(global.getGlobal({})).rejects.toThrow('[unauthenticated] missing authorization metadata');
      await expect(global.getGlobal({}, { headers: { authorization: 'Bearer x' } })).rejects.toThrow(
        '[unauthenticated]',
      );
      expect(await global.getGlobal({}, { headers })).toMatchObject({ asn: 65001 });
      const control = createClient(ControlService, transport);
      await expect(control.shutdown({}, { headers })).rejects.toThrow('[permission_denied]');
    }
    const unknown = await fetch(`${baseUrl}/tsbgpd.v1.Nothing/Here`, { method: 'POST', body: '{' });
    expect(unknown.status).toBe(401);
  });
});

it('callers that hang up in the middle are no event for anybody else', async () => {
  const daemon = start({ port: await freePort('127.0.0.1') });
  await daemon.logged('tsbgpd is running');
  const injection = createClient(InjectionService, overUnix('a'));
  for (let index = 0; index < 200; index++) {
    await injection.addPath({ prefix: `20.0.${index}.0`, prefixLength: 24, nextHop: '127.0.0.1' });
  }
  const ask =
    'POST /tsbgpd.v1.RibService/ListBestRoutes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ';
  for (const octets of [
    `${ask}18\r\n\r\n{"pageSize":10000}`,
    `${ask}99\r\n\r\n{`,
    ask,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nzzzzzzzzzzzzz',
  ]) {
    for (let round = 0; round < 5; round++) {
      const socket = connect(socketOf('a'));
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.write(octets, 'latin1', () => resolve()));
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, round));
      socket.destroy();
    }
  }
  let sockets = 0;
  for (let round = 0; round < 5; round++) {
    const transport = createGrpcTransport({
      baseUrl: 'http://localhost',
      nodeOptions: {
        createConnection: () => {
          const socket = connect(socketOf('a'));
          socket.on('error', () => undefined);
          socket.once('connect', () => setTimeout(() => socket.destroy(), 20 + 5 * round));
          sockets += 1;
          return socket;
        },
      },
    });
    const watch = createClient(RibService, transport).watchRoutes({})[Symbol.asyncIterator]();
    await expect(
      (async () => {
        while (!(await watch.next()).done);
      })(),
    ).rejects.toThrow();
  }
  expect(sockets).toBe(5);
  expect((await createClient(ControlService, overUnix('a')).getHealth({})).healthy).toBe(true);
  daemon.kill('SIGTERM');
  expect(await daemon.exited).toBe(0);
  const complaints = daemon.records.filter(
    ({ level, method }) => level !== 'info' && !String(method).endsWith('/AddPath'),
  );
  expect([complaints, daemon.stderr()]).toEqual([[], '']);
});

describe('two daemons', () => {
  it('peer over real TCP, exchange routes, and part with a Cease', async () => {
    const port = await freePort('127.0.0.1');
    const neighbor = (address: string, asn: number, local: string) =>
      `[[neighbors]]\naddress = "${address}"\nremote_asn = ${asn}\nremote_port = ${port}\nlocal_address = "${local}"\nconnect_retry_time = 1`;
    const configA = { name: 'a', port, extra: neighbor('127.0.0.2', 65002, '127.0.0.1') };
    const a = start(configA);
    const b = start({
      name: 'b',
      address: '127.0.0.2',
      asn: 65002,
      port,
      extra: neighbor('127.0.0.1', 65001, '127.0.0.2'),
    });
    await Promise.all([a.logged('tsbgpd is running'), b.logged('tsbgpd is running')]);
    const [ofA, ofB] = [createClient(NeighborService, overUnix('a')), createClient(NeighborService, overUnixGrpc('b'))];
    for (const client of [ofA, ofB]) {
      await until(
        () => client.listNeighbors({}),
        ({ neighbors }) => neighbors[0]?.state === SessionState.ESTABLISHED,
      );
    }
    await createClient(InjectionService, overUnix('a')).addPath({
      prefix: '203.0.113.0',
      prefixLength: 24,
      nextHop: '127.0.0.1',
    });
    const { routes } = await until(
      () => createClient(RibService, overUnix('b')).listBestRoutes({}),
      (page) => page.routes.length === 1,
    );
    expect(routes[0]).toMatchObject({ prefix: '203.0.113.0', asPath: [65001], nextHop: '127.0.0.1', best: true });
    // SIGTERM says that we come back: the neighbor keeps our routes, and the next process waits for its table.
    a.kill('SIGTERM');
    expect(await a.exited).toBe(0);
    const isGone = () =>
      until(
        () => ofB.getNeighborState({ address: '127.0.0.1' }),
        (one) => one.state !== SessionState.ESTABLISHED,
      );
    expect((await isGone()).notificationsReceived).toBe(1n);
    const routesOfB = async () => (await createClient(RibService, overUnix('b')).listBestRoutes({})).routes;
    expect(await routesOfB()).toHaveLength(1);
    const again = start(configA);
    expect(await again.logged('restarting: routes wait for the neighbors')).toMatchObject({ peers: ['127.0.0.2'] });
    await until(
      () => ofA.listNeighbors({}),
      ({ neighbors }) => neighbors[0]?.state === SessionState.ESTABLISHED,
    );
    await until(routesOfB, (routes) => routes.length === 0); // End-of-RIB without the injected route
    // For good: nothing is kept, and the next process starts cold.
    await createClient(ControlService, overUnix('a')).shutdown({ forGood: true });
    expect(await again.exited).toBe(0);
    await isGone();
    const cold = start(configA);
    await cold.logged('tsbgpd is running');
    expect(cold.records.some(({ msg }) => msg === 'restarting: routes wait for the neighbors')).toBe(false);
    b.kill('SIGINT');
    expect(await b.exited).toBe(0);
  });
});

describe('what stops it from starting is said in one line, with exit code 1', () => {
  async function refuses(config: Config): Promise<string> {
    const daemon = start(config);
    expect(await daemon.exited).toBe(1);
    return daemon.stderr();
  }

  it('a BGP port in use', async () => {
    const port = await freePort('127.0.0.1');
    const holder = createServer().listen(port, '127.0.0.1');
    holders.push(holder);
    await new Promise((resolve) => holder.once('listening', resolve));
    expect(await refuses({ port })).toMatch(new RegExp(`error: BGP listener 127.0.0.1:${port}: .+`));
    expect(existsSync(socketOf('a'))).toBe(false);
  });

  it('a metrics port in use', async () => {
    const port = await freePort('127.0.0.1');
    const holder = createServer().listen(port, '127.0.0.1');
    holders.push(holder);
    await new Promise((resolve) => holder.once('listening', resolve));
    const telemetry = `prometheus_addr = "127.0.0.1:${port}"`;
    expect(await refuses({ port: await freePort('127.0.0.1'), telemetry })).toContain('another process uses this port');
  });

  it('a second daemon on the same socket', async () => {
    const first = start({ port: await freePort('127.0.0.1') });
    await first.logged('tsbgpd is running');
    expect(await refuses({ port: await freePort('127.0.0.1') })).toContain('another tsbgpd answers there');
    expect((await createClient(ControlService, overUnix('a')).getHealth({})).healthy).toBe(true);
  });

  it('a state folder that cannot be one', async () => {
    writeFileSync(join(folder, 'a'), 'a file');
    expect(await refuses({ port: 1790 })).toContain('error: runtime_state_dir');
  });

  it('a configuration with a typo', async () => {
    const stderr = await refuses({ port: 1790, extra: '[[neighbors]]\nadress = "10.0.0.2"\nremote_asn = 65002' });
    expect(stderr).toContain('a.toml:12:1');
    expect(stderr).toContain('did you mean `address`?');
  });
});

describe('the command line', () => {
  async function answer(...args: string[]) {
    const daemon = spawnDaemon(args);
    processes.push(daemon);
    return { code: await daemon.exited, out: daemon.stdout(), err: daemon.stderr() };
  }

  it('--help, --version, --check', async () => {
    expect(await answer('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage: tsbgpd') });
    expect(await answer('-V')).toMatchObject({ code: 0, out: expect.stringMatching(/^tsbgpd \d/) });
    const file = configFile({ port: 1790 });
    expect(await answer('--check', file)).toMatchObject({ code: 0, out: `config OK: ${file}\n` });
  });

  it('refuses what it does not know, and files that are not there', async () => {
    expect(await answer('--chek')).toMatchObject({ code: 1, err: expect.stringContaining('unknown option --chek') });
    expect(await answer('a', 'b')).toMatchObject({ code: 1, err: expect.stringContaining('one configuration file') });
    expect(await answer(join(folder, 'none.toml'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot read the configuration'),
    });
    mkdirSync(join(folder, 'dir'));
    expect(await answer(join(folder, 'dir'))).toMatchObject({ code: 1, err: expect.stringContaining('cannot read') });
  });
});

it('metrics and probes over HTTP', async () => {
  const port = await freePort('127.0.0.1');
  const daemon = start({ port: await freePort('127.0.0.1'), telemetry: `prometheus_addr = "127.0.0.1:${port}"` });
  await daemon.logged('tsbgpd is running');
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toContain('# TYPE ');
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  expect((await createClient(ControlService, overUnix('a')).getMetrics({})).prometheusText).toContain('# TYPE ');
});

it('the looking glass and the live stream, each on an address of its own', async () => {
  const [glass, stream] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const extra = `[global.telemetry.looking_glass]
addr = "127.0.0.1:${glass}"
[global.telemetry.ris_live]
addr = "127.0.0.1:${stream}"
host = "rrc-test"`;
  const daemon = start({ port: await freePort('127.0.0.1'), extra });
  const { endpoints } = await daemon.logged('tsbgpd is running');
  expect(endpoints).toEqual(
    expect.arrayContaining([`http://127.0.0.1:${glass}/status`, `ws://127.0.0.1:${stream}/v1/ws/`]),
  );
  const status = await (await fetch(`http://127.0.0.1:${glass}/status`)).json();
  expect(status).toMatchObject({ status: { router_id: '127.0.0.1', message: 'tsbgpd AS65001' } });
  const socket = new WebSocket(`ws://127.0.0.1:${stream}/v1/ws/`);
  const told = new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(String(data));
  });
  socket.onopen = () => socket.send('{"type":"request_rrc_list"}');
  expect(JSON.parse(await told)).toEqual({ type: 'ris_rrc_list', data: ['rrc-test'] });
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  daemon.kill('SIGTERM');
  expect(await closed).toBe(1001);
  expect(await daemon.exited).toBe(0);
});
