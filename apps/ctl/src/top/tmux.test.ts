import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ControlService,
  GlobalService,
  NeighborService,
  RibService,
  RouteEventType,
  SessionState,
} from '@bgp/api-proto';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let folder: string;
let server: Server;
let updates = 0n;
const tmux = (...args: readonly string[]) =>
  execFileSync('tmux', ['-S', join(folder, 'tmux'), ...args], { encoding: 'utf8' });
const screen = () => tmux('capture-pane', '-p', '-t', 'top');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsbgpctl-top-'));
  const adapter = connectNodeAdapter({
    routes: (router) => {
      router.service(GlobalService, { getGlobal: () => ({ asn: 65001, routerId: '10.0.0.1' }) });
      router.service(ControlService, { getHealth: () => ({ activePeers: 2, configuredPeers: 2, version: '0.1.0' }) });
      router.service(NeighborService, {
        listNeighbors() {
          updates += 100n;
          return {
            neighbors: ['10.0.0.2', '10.0.0.3'].map((address) => ({
              config: { address, remoteAsn: 65002, enabled: true },
              state: SessionState.ESTABLISHED,
              updatesReceived: updates,
            })),
          };
        },
      });
      router.service(RibService, {
        async *watchRoutes(_request, { signal }) {
          yield { eventType: RouteEventType.ADDED, prefix: '192.0.2.0', prefixLength: 24, peerAddress: '10.0.0.2' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      });
    },
  });
  server = createServer(adapter);
  await new Promise<void>((resolve) => server.listen(join(folder, 'api.sock'), resolve));
});
afterAll(() => {
  if (hasTmux) spawnSync('tmux', ['-S', join(folder, 'tmux'), 'kill-server']);
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!hasTmux)('top in a terminal (needs tmux)', () => {
  it('draws, follows keys and size, and gives the terminal back', async () => {
    const command = `${process.execPath} --conditions=@bgp/source ${MAIN} -s unix://${folder}/api.sock top -i 1; echo ended; sleep 60`;
    tmux('new-session', '-d', '-s', 'top', '-x', '100', '-y', '20', command);
    const shows = (text: string | RegExp) => expect.poll(screen, { timeout: 60_000, interval: 100 }).toMatch(text);
    await shows('> 10.0.0.2');
    await shows('192.0.2.0/24'); // from the stream of route events
    await shows(/\d\d+\.\d +0/); // a rate, from the second look on
    tmux('send-keys', '-t', 'top', 'j');
    await shows('> 10.0.0.3');
    tmux('send-keys', '-t', 'top', 'Enter');
    await shows('Remote ASN:');
    tmux('send-keys', '-t', 'top', 'Escape');
    await shows('Neighborv');
    tmux('resize-window', '-t', 'top', '-x', '40', '-y', '6');
    await expect.poll(() => screen().split('\n').length, { timeout: 60_000 }).toBe(7);
    await shows('> 10.0.0.3');
    tmux('resize-window', '-t', 'top', '-x', '100', '-y', '20');
    tmux('send-keys', '-t', 'top', 'q');
    await shows('ended');
    expect(screen()).not.toContain('Neighbor'); // the screen from before is there again
  });
});
