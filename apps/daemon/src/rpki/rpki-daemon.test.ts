import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpkiService } from '@bgp/api-proto';
import { freePort } from '@bgp/testkit/free-port';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnDaemon, type TestProcess } from '../test-daemon.ts';

let folder: string;
let daemon: TestProcess;
let api: number;

const serve = (asn: number) => {
  const roas = [{ prefix: '192.0.2.0/24', maxLength: 24, asn }];
  writeFileSync(join(folder, 'vrps.json'), JSON.stringify({ roas }));
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-rpki-'));
  api = await freePort('127.0.0.1');
  serve(65001);
  const config = `[global]
asn = 65001
router_id = "127.0.0.1"
listen_port = ${await freePort('127.0.0.1')}
listen_addresses = ["127.0.0.1"]
runtime_state_dir = "${folder}"

[global.telemetry.grpc_tcp]
address = "127.0.0.1:${api}"

[[rpki.files]]
path = "vrps.json"

[[rpki.cache_servers]]
address = "localhost:${await freePort('127.0.0.1')}"
`;
  writeFileSync(join(folder, 'a.toml'), config);
  daemon = spawnDaemon([join(folder, 'a.toml')]);
  await daemon.logged('RPKI data updated');
});
afterAll(async () => {
  daemon.kill('SIGKILL');
  await daemon.exited;
  rmSync(folder, { recursive: true, force: true });
});

it('a file is read at start and at SIGHUP, and a cache that is not there does no harm', async () => {
  const client = createClient(
    RpkiService,
    createConnectTransport({ baseUrl: `http://127.0.0.1:${api}`, httpVersion: '1.1' }),
  );
  const stateOf = async (originAsn: number) =>
    (await client.validateOrigin({ prefix: '192.0.2.0/24', originAsn })).state;
  expect([await stateOf(65001), await stateOf(65002)]).toEqual(['valid', 'invalid']);
  expect(await daemon.logged('RTR connection lost')).toMatchObject({ level: 'warn', rtr_version: 2 });
  const { sources, ipv4Vrps } = await client.getRpkiStatus({});
  expect(ipv4Vrps).toBe(1);
  expect(sources).toMatchObject([
    { state: 'waiting', lastError: expect.stringContaining('ECONNREFUSED') },
    { name: 'vrps.json', vrps: 1, isUsed: true },
  ]);

  serve(65002);
  const seen = daemon.records.length;
  daemon.kill('SIGHUP');
  await expect
    .poll(() => daemon.records.slice(seen).some(({ msg }) => msg === 'RPKI data updated'), { timeout: 60_000 })
    .toBe(true);
  expect([await stateOf(65001), await stateOf(65002)]).toEqual(['invalid', 'valid']);
});
