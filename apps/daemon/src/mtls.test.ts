import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { ControlService, NeighborService, RibService } from '@bgp/api-proto';
import { freePort } from '@bgp/testkit/free-port';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnDaemon, type TestProcess } from './test-daemon.ts';

const pem = (file: string) => fileURLToPath(new URL(`./testing/certificates/${file}`, import.meta.url));
let folder: string;
let daemon: TestProcess;
let port: number;
let config: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-mtls-'));
  port = await freePort('127.0.0.1');
  config = `[global]
asn = 65001
router_id = "127.0.0.1"
listen_port = ${await freePort('127.0.0.1')}
listen_addresses = ["127.0.0.1"]
runtime_state_dir = "${folder}"

[global.telemetry]
log_level = "debug"

[global.telemetry.grpc_uds]
path = "${folder}/api.sock"

[global.telemetry.grpc_tcp]
address = "127.0.0.1:${port}"
tls_cert_file = "${folder}/server.pem"
tls_key_file = "${folder}/server.key"
tls_client_ca_file = "${pem('ca.pem')}"

[security.grpc.roles]
"tsbgpd://observer" = "observer"
"rustbgpd://automation" = "automation"
"operator@b.example" = "operator"
`;
  for (const kind of ['pem', 'key']) writeFileSync(join(folder, `server.${kind}`), readFileSync(pem(`server.${kind}`)));
  writeFileSync(join(folder, 'a.toml'), config);
  daemon = spawnDaemon([join(folder, 'a.toml')]);
  await daemon.logged('tsbgpd is running');
});
afterAll(async () => {
  daemon.kill('SIGKILL');
  await daemon.exited;
  rmSync(folder, { recursive: true, force: true });
});

function filesOf(name: string | undefined) {
  const own =
    name === undefined ? {} : { cert: readFileSync(pem(`${name}.pem`)), key: readFileSync(pem(`${name}.key`)) };
  return { ca: readFileSync(pem('ca.pem')), ...own };
}

function transports(name: string) {
  const baseUrl = `https://127.0.0.1:${port}`;
  const nodeOptions = filesOf(name);
  return [
    createConnectTransport({ baseUrl, httpVersion: '1.1', nodeOptions }),
    createGrpcTransport({ baseUrl, nodeOptions }),
  ];
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => Code[ConnectError.from(error).code],
  );

describe('a listener with mutual TLS', () => {
  it.each([
    ['observer', 'ok', 'PermissionDenied', 'PermissionDenied'],
    ['automation', 'ok', 'ok', 'PermissionDenied'],
    ['operator', 'ok', 'ok', 'ok'],
    ['intruder', 'PermissionDenied', 'PermissionDenied', 'PermissionDenied'],
    ['nameless', 'PermissionDenied', 'PermissionDenied', 'PermissionDenied'],
  ])('%s: routes %s, neighbors %s, outward %s, over HTTP/1.1 and HTTP/2', async (name, read, change, outward) => {
    for (const [index, transport] of transports(name).entries()) {
      const neighbors = createClient(NeighborService, transport);
      const address = `192.0.2.${1 + index}`;
      expect(await codeOf(createClient(RibService, transport).listReceivedRoutes({}))).toBe(read);
      expect(await codeOf(neighbors.addNeighbor({ config: { address, remoteAsn: 65002 } }))).toBe(change);
      expect(await codeOf(neighbors.setGracefulShutdown({ enabled: false }))).toBe(outward);
      if (change === 'ok') await neighbors.deleteNeighbor({ address });
    }
  });

  it('lets nobody in without a certificate of its authority', async () => {
    for (const name of [undefined, 'stranger']) {
      const outcome = await new Promise<string>((resolve) => {
        const socket = connectTls({ host: '127.0.0.1', port, ...filesOf(name) });
        socket.once('error', ({ message }) => resolve(message));
        socket.once('close', () => resolve('closed'));
        socket.on('data', () => resolve('answered'));
        socket.write('POST /tsbgpd.v1.ControlService/GetHealth HTTP/1.1\r\nhost: x\r\n\r\n');
      });
      expect(outcome).not.toBe('answered');
    }
    expect(await daemon.logged('API connection refused')).toMatchObject({ remote_address: '127.0.0.1' });
  });

  it('logs who did what, and counts it', async () => {
    const [transport] = transports('automation');
    const neighbors = createClient(NeighborService, transport!);
    await neighbors.addNeighbor({ config: { address: '192.0.2.9', remoteAsn: 65009, md5Password: 's3cret' } });
    await neighbors.deleteNeighbor({ address: '192.0.2.9' });
    const record = () => daemon.records.findLast(({ request }) => /192\.0\.2\.9.*65009/.test(String(request)));
    await expect.poll(record).toMatchObject({
      target: 'grpc_authz',
      principal: 'rustbgpd://automation',
      authn: 'mtls',
      tier: 'mutating',
      result: 'handler_ok',
    });
    expect(JSON.stringify(daemon.records)).not.toContain('s3cret');
    const { prometheusText } = await createClient(ControlService, transports('observer')[0]!).getMetrics({});
    for (const result of ['handler_ok', 'role_tier_denied', 'principal_unmapped']) {
      expect(prometheusText).toMatch(
        new RegExp(`bgp_grpc_authz_decisions_total\\{.*result="${result}".*authn="mtls".*\\} [1-9]`),
      );
    }
  });

  it('takes new certificates at SIGHUP, and keeps the old ones when they cannot be read', async () => {
    const commonName = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTls(
          { host: '127.0.0.1', port, ...filesOf('observer'), checkServerIdentity: () => undefined },
          () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          },
        );
        socket.once('error', reject);
      });
    expect(await commonName()).toBe('tsbgpd');
    writeFileSync(join(folder, 'server.pem'), readFileSync(pem('operator.pem')));
    daemon.kill('SIGHUP');
    expect(await daemon.logged('certificates not renewed')).toMatchObject({
      error: expect.stringContaining('together'),
    });
    expect(await commonName()).toBe('tsbgpd');
    writeFileSync(join(folder, 'server.key'), readFileSync(pem('operator.key')));
    daemon.kill('SIGHUP');
    await expect.poll(commonName).toBe('someone');
  });

  it("a session opened with a certificate stays the holder's for every call on it", async () => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ...filesOf('observer'),
      checkServerIdentity: () => undefined,
    });
    const ask = (path: string, body: string) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' });
        stream.on('response', (headers) => resolve(Number(headers[':status'])));
        stream.on('error', reject);
        stream.resume();
        stream.end(body);
      });
    expect(await ask('/tsbgpd.v1.RibService/ListBestRoutes', '{}')).toBe(200);
    expect(await ask('/tsbgpd.v1.ControlService/Shutdown', '{}')).toBe(403);
    session.close();
  });
});

describe('--check', () => {
  it.each([
    ['a missing file', 'server.pem', 'nowhere.pem', /tls_cert_file .*nowhere\.pem: ENOENT/],
    ['a key where a certificate belongs', 'server.pem', 'server.key', /no PEM block "CERTIFICATE"/],
    ['a key that does not belong to it', 'server.key', 'automation.key', /cannot be used together/],
  ])('finds %s', async (_what, from, to, message) => {
    const file = join(folder, 'b.toml');
    const wrong = config.replace(`${folder}/${from}`, to === 'nowhere.pem' ? join(folder, to) : pem(to));
    // The other file is the one in the repository: an earlier test has changed the copy.
    writeFileSync(file, wrong.replaceAll(`${folder}/server.`, `${pem('server.')}`));
    const check = spawnDaemon(['--check', file]);
    expect(await check.exited).toBe(1);
    expect(check.stderr()).toMatch(message);
  });
});
