import { type NeighborState, SessionState } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { writeList } from '../render/list.ts';
import { missingPolicyNotice, NEIGHBOR_COLUMNS, neighborDetail, neighborRow } from '../render/neighbor.ts';
import { neighborDetailJson, neighborJson } from '../render/neighbor-json.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { parseFamilyName } from '../values.ts';
import { addNeighbor } from './neighbor-add.ts';
import { DRY_RUN, FAMILY, REASON } from './options.ts';

export const NEIGHBOR_COMMANDS: readonly Command[] = [
  {
    forms: ['neighbor', 'neighbor list'],
    summary: 'List the neighbors with state, uptime and prefix counts.',
    rpc: 'NeighborService.ListNeighbors',
    options: [],
    run: list,
  },
  {
    forms: ['neighbor ADDR', 'neighbor show ADDR'],
    summary: 'Everything about one neighbor.',
    rpc: 'NeighborService.GetNeighborState',
    options: [],
    async run({ argument, clients, out }) {
      const state = await clients.neighbor.getNeighborState({ address: argument('ADDR') });
      await writeItem(
        out,
        () => neighborDetailJson(state),
        () => neighborDetail(state, out.palette),
      );
      return EXIT.done;
    },
  },
  addNeighbor,
  {
    forms: ['neighbor ADDR delete', 'neighbor delete ADDR'],
    summary: 'End the session with Cease/3 and take the neighbor out of the configuration file.',
    rpc: 'NeighborService.DeleteNeighbor',
    options: [DRY_RUN],
    async run(call) {
      const address = call.argument('ADDR');
      if (call.options.has('dry-run')) return rehearse(call, 'delete_neighbor', 'be deleted');
      await call.clients.neighbor.deleteNeighbor({ address });
      await writeDone(call.out, 'delete_neighbor', address, `Neighbor ${address} deleted`);
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor ADDR enable', 'neighbor enable ADDR'],
    summary: 'Start the session at once, whatever earlier failures ask to wait.',
    rpc: 'NeighborService.EnableNeighbor',
    options: [],
    async run({ argument, clients, out }) {
      const address = argument('ADDR');
      await clients.neighbor.enableNeighbor({ address });
      await writeDone(out, 'enable_neighbor', address, `Neighbor ${address} enabled`);
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor ADDR disable', 'neighbor disable ADDR'],
    summary: 'End the session with Cease/2 and keep it down until enabled.',
    rpc: 'NeighborService.DisableNeighbor',
    options: [REASON, DRY_RUN],
    async run(call) {
      const address = call.argument('ADDR');
      if (call.options.has('dry-run')) return rehearse(call, 'disable_neighbor', 'be disabled');
      await call.clients.neighbor.disableNeighbor({ address, reason: call.options.text('reason') ?? '' });
      await writeDone(call.out, 'disable_neighbor', address, `Neighbor ${address} disabled`);
      return EXIT.done;
    },
  },
  {
    forms: ['neighbor ADDR softreset', 'neighbor softreset ADDR'],
    summary: 'Judge the routes of the neighbor again; the session stays up.',
    rpc: 'NeighborService.SoftResetIn',
    options: [
      FAMILY,
      { long: '--ask', help: 'also ask the neighbor to send its routes again (RFC 2918): for those refused as loops' },
    ],
    async run({ argument, options, clients, out }) {
      const address = argument('ADDR');
      await clients.neighbor.softResetIn({
        address,
        families: options.list('family').map(parseFamilyName),
        askNeighbor: options.has('ask'),
      });
      await writeDone(out, 'softreset', address, `The routes of ${address} are judged again`);
      return EXIT.done;
    },
  },
  {
    forms: ['gshut'],
    summary: 'Make the routes of one neighbor, or of all, the last resort, so that traffic moves away (RFC 8326).',
    rpc: 'NeighborService.SetGracefulShutdown',
    options: [
      { long: '--peer', value: 'ADDR', help: 'only this neighbor; default: all' },
      { long: '--clear', help: 'take the mark away again' },
    ],
    examples: ['tsbgpctl gshut --peer 10.0.0.2', 'tsbgpctl gshut --peer 10.0.0.2 --clear'],
    async run({ options, clients, out }) {
      const address = options.text('peer') ?? '';
      const enabled = !options.has('clear');
      await clients.neighbor.setGracefulShutdown({ address, enabled });
      const whose = address === '' ? 'all neighbors' : address;
      const done = enabled
        ? `The routes of ${whose} are the last resort now`
        : `The routes of ${whose} count as before`;
      await writeDone(out, enabled ? 'gshut' : 'gshut_clear', address === '' ? 'all' : address, done);
      return EXIT.done;
    },
  },
];

async function list({ clients, out }: Call) {
  const { neighbors } = await clients.neighbor.listNeighbors({});
  const pages = (async function* () {
    yield neighbors;
  })();
  await writeList<NeighborState>(out, pages, {
    columns: NEIGHBOR_COLUMNS,
    row: (state) => neighborRow(state, out.palette),
    json: neighborJson,
    none: 'No neighbors configured',
  });
  const notices = neighbors.map(missingPolicyNotice).filter((notice) => notice !== undefined);
  if (out.format === 'table' && notices.length > 0) {
    await out.write(`\n${notices.map((notice) => `${out.palette.warn(notice)}\n`).join('')}`);
  }
  return EXIT.done;
}

/** What a change would hit; fails as the change would when there is no such neighbor. */
async function rehearse({ argument, clients, out }: Call, action: string, effect: string) {
  const state = await clients.neighbor.getNeighborState({ address: argument('ADDR') });
  const address = state.config?.address ?? '';
  const isUp = state.state === SessionState.ESTABLISHED;
  await writeItem(
    out,
    () => ({ ok: true, action, target: address, dry_run: true, established: isUp }),
    () =>
      `Neighbor ${address} would ${effect}; its session is ${isUp ? `up, ${state.prefixesReceived} received prefixes would go` : 'not up'}\n`,
  );
  return EXIT.done;
}
