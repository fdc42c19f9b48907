import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BgpEvent, BgpEventType, EventCategory, EventService, NeighborService } from '@bgp/api-proto';
import { freePort } from '@bgp/testkit/free-port';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawnDaemon, type TestProcess } from '../test-daemon.ts';

let folder: string;
const processes: TestProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpd-kill-'));
});
afterEach(async () => {
  for (const one of processes) one.kill('SIGKILL');
  await Promise.all(processes.splice(0).map((one) => one.exited));
  rmSync(folder, { recursive: true, force: true });
});

const DURABLE = [
  EventCategory.SESSION,
  EventCategory.POLICY,
  EventCategory.CONFIG,
  EventCategory.LIMIT,
  EventCategory.PROCESS,
];
const PEER = '127.0.0.9';

async function configFile(): Promise<string> {
  const file = join(folder, 'a.toml');
  writeFileSync(
    file,
    `[global]
asn = 65001
router_id = "127.0.0.1"
listen_port = ${await freePort('127.0.0.1')}
listen_addresses = ["127.0.0.1"]
runtime_state_dir = "${folder}"
persist_changes = false
[global.telemetry]
log_format = "json"
[[neighbors]]
address = "${PEER}"
remote_asn = 65002
passive = true
`,
  );
  return file;
}

function clients() {
  const transport = createConnectTransport({
    httpVersion: '1.1',
    baseUrl: 'http://localhost',
    nodeOptions: { socketPath: join(folder, 'grpc.sock') },
  });
  return { events: createClient(EventService, transport), neighbors: createClient(NeighborService, transport) };
}

async function start(file: string): Promise<TestProcess> {
  const daemon = spawnDaemon([file]);
  processes.push(daemon);
  await daemon.logged('tsbgpd is running');
  return daemon;
}

function reasonsOf(seen: readonly BgpEvent[]): string[] {
  return seen.flatMap(({ payload }) => (payload.case === 'session' ? [payload.value.reason] : []));
}

it('a reader that goes on from its cursor misses nothing and sees nothing twice, however often the daemon is killed', async () => {
  const file = await configFile();
  const seen: BgpEvent[] = [];
  let since = '';
  for (let round = 0; round < 4; round++) {
    const daemon = await start(file);
    const { events, neighbors } = clients();
    let isFollowing: () => void = () => undefined;
    const following = new Promise<void>((resolve) => {
      isFollowing = resolve;
    });
    const reading = (async () => {
      // The very first reader begins with all there is.
      if (since === '') {
        seen.push(...(await events.listEvents({ categories: DURABLE })).events);
        since = seen.at(-1)?.cursor ?? '';
      }
      isFollowing();
      for await (const event of events.watchEvents({ categories: DURABLE, since })) {
        seen.push(event);
        since = event.cursor;
      }
    })().catch(() => undefined); // the daemon is killed
    await following;
    for (let turn = 0; turn < 10; turn++) {
      await neighbors.disableNeighbor({ address: PEER, reason: `round ${round} turn ${turn}` });
      await neighbors.enableNeighbor({ address: PEER });
    }
    while (!reasonsOf(seen).includes(`round ${round} turn 9`)) await new Promise((resolve) => setTimeout(resolve, 10));
    // Right in the middle: of what is being written, and of what the reader gets.
    void neighbors.disableNeighbor({ address: PEER, reason: `round ${round}, last` }).catch(() => undefined);
    daemon.kill('SIGKILL');
    await daemon.exited;
    await reading;
  }
  const daemon = await start(file);
  const { events } = clients();
  seen.push(...(await events.listEvents({ categories: DURABLE, since, pageSize: 2_000 })).events);
  const { events: all } = await events.listEvents({ categories: DURABLE, pageSize: 2_000 });

  const cursors = seen.map(({ cursor }) => cursor);
  expect(new Set(cursors).size).toBe(cursors.length);
  // Whatever is on disk was seen, in this order; what only a reader saw before the process was killed is beside it.
  const onDisk = new Set(all.map(({ cursor }) => cursor));
  expect(cursors.filter((cursor) => onDisk.has(cursor))).toEqual(all.map(({ cursor }) => cursor));
  expect(seen.some(({ eventType }) => eventType === BgpEventType.STREAM_LAGGED)).toBe(false);
  for (let round = 0; round < 4; round++) {
    expect(reasonsOf(seen).filter((reason) => reason.startsWith(`round ${round} turn`))).toEqual(
      Array.from({ length: 10 }, (_, turn) => `round ${round} turn ${turn}`),
    );
  }
  expect(all.filter(({ eventType }) => eventType === BgpEventType.PROCESS_STARTED)).toHaveLength(5);

  daemon.kill('SIGTERM');
  expect(await daemon.exited).toBe(0);
  const last = await start(file);
  const { events: afterwards } = await clients().events.listEvents({
    categories: [EventCategory.PROCESS],
    pageSize: 2_000,
  });
  expect(afterwards.slice(-2)).toMatchObject([
    { eventType: BgpEventType.PROCESS_STOPPED, summary: 'tsbgpd stopped: received SIGTERM' },
    { eventType: BgpEventType.PROCESS_STARTED, payload: { value: { previousEnd: 'clean' } } },
  ]);
  last.kill('SIGTERM');
  expect(await last.exited).toBe(0);
});
