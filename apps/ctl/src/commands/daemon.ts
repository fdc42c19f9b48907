import { SessionState } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { formatDuration } from '../render/duration.ts';
import { jsonNumber, writeDone, writeItem } from '../render/output.ts';
import { properties } from '../render/table.ts';
import { DRY_RUN, REASON } from './options.ts';

export const DAEMON_COMMANDS: readonly Command[] = [
  {
    forms: ['health'],
    summary: 'Is it running, since when, with how many sessions and routes.',
    rpc: 'ControlService.GetHealth',
    options: [],
    run: health,
  },
  {
    forms: ['global'],
    summary: 'AS number, router ID and port.',
    rpc: 'GlobalService.GetGlobal',
    options: [],
    run: global,
  },
  {
    forms: ['metrics'],
    summary: 'The metrics in Prometheus text format, also with --json.',
    rpc: 'ControlService.GetMetrics',
    options: [],
    async run({ clients, out }) {
      await out.write((await clients.control.getMetrics({})).prometheusText);
      return EXIT.done;
    },
  },
  {
    forms: ['shutdown'],
    summary: 'End every session with Cease/2, then the daemon.',
    rpc: 'ControlService.Shutdown',
    options: [
      REASON,
      { long: '--for-good', help: 'neighbors with Graceful Restart forget our routes at once' },
      DRY_RUN,
    ],
    run: shutdown,
  },
];

async function health({ clients, out }: Call) {
  const state = await clients.control.getHealth({});
  await writeItem(
    out,
    () => ({
      healthy: state.healthy,
      uptime_seconds: jsonNumber(state.uptimeSeconds),
      active_peers: state.activePeers,
      total_routes: state.totalRoutes,
    }),
    () =>
      properties([
        ['Status', state.healthy ? out.palette.good('healthy') : out.palette.bad('stopping')],
        ['Uptime', formatDuration(state.uptimeSeconds)],
        ['Peers', `${state.activePeers} established of ${state.configuredPeers}`],
        ['Routes', String(state.totalRoutes)],
        ['Memory', `${Math.round(Number(state.memoryOctets) / 1_048_576)} MiB`],
        ['Version', state.version],
      ]),
  );
  return state.healthy ? EXIT.done : EXIT.refused;
}

async function global({ clients, out }: Call) {
  const state = await clients.global.getGlobal({});
  await writeItem(
    out,
    () => ({ asn: state.asn, router_id: state.routerId, listen_port: state.listenPort }),
    () =>
      properties([
        ['ASN', String(state.asn)],
        ['Router ID', state.routerId],
        [
          'Listen Port',
          state.listenAddresses.length === 0 ? `${state.listenPort} (not listening)` : String(state.listenPort),
        ],
        ['Listen Addresses', state.listenAddresses.join(', ')],
        ['EBGP Requires Policy', state.ebgpRequiresPolicy ? 'yes (RFC 8212)' : 'no'],
        ['Version', state.version],
      ]),
  );
  return EXIT.done;
}

async function shutdown({ options, clients, out }: Call) {
  if (options.has('dry-run')) {
    const { neighbors } = await clients.neighbor.listNeighbors({});
    const up = neighbors.filter((neighbor) => neighbor.state === SessionState.ESTABLISHED).length;
    await writeItem(
      out,
      () => ({ ok: true, action: 'shutdown', target: 'daemon', dry_run: true, established: up }),
      () => `The daemon would end ${up} established ${up === 1 ? 'session' : 'sessions'} and stop\n`,
    );
    return EXIT.done;
  }
  await clients.control.shutdown({ reason: options.text('reason') ?? '', forGood: options.has('for-good') });
  await writeDone(out, 'shutdown', 'daemon', 'Shutdown requested');
  return EXIT.done;
}
