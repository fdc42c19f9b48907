import type { DynamicNeighborRange } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { parseWhole } from '../option-values.ts';
import { writeDone, writeItem } from '../render/output.ts';
import { printable } from '../render/palette.ts';
import { Table } from '../render/table.ts';

export const DYNAMIC_NEIGHBOR_COMMANDS: readonly Command[] = [
  {
    forms: ['dynamic-neighbor', 'dynamic-neighbor list'],
    summary: 'The ranges whose systems become neighbors by connecting.',
    rpc: 'NeighborService.ListDynamicNeighbors',
    options: [],
    run: list,
  },
  {
    forms: ['dynamic-neighbor add PREFIX', 'dynamic-neighbor PREFIX add'],
    summary: 'Add a range; it is written to the configuration file.',
    rpc: 'NeighborService.AddDynamicNeighbor',
    options: [
      { long: '--peer-group', value: 'NAME', help: 'a group of the configuration file', isRequired: true },
      { long: '--asn', value: 'A,B', help: 'AS numbers that are accepted; default: any' },
      { long: '--description', value: 'TEXT', help: 'copied to each neighbor' },
    ],
    examples: ['tsbgpctl dynamic-neighbor add 10.0.0.0/24 --peer-group ix-members'],
    run: add,
  },
  {
    forms: ['dynamic-neighbor delete PREFIX', 'dynamic-neighbor PREFIX delete'],
    summary: 'Delete a range; neighbors that came from it stay until their sessions end.',
    rpc: 'NeighborService.DeleteDynamicNeighbor',
    options: [],
    async run({ argument, clients, out }) {
      const prefix = argument('PREFIX');
      await clients.neighbor.deleteDynamicNeighbor({ prefix });
      await writeDone(out, 'delete_dynamic_neighbor', prefix, `Range ${prefix} deleted`);
      return EXIT.done;
    },
  },
];

const COLUMNS = [{ title: 'Range' }, { title: 'Peer Group' }, { title: 'AS' }, { title: 'Description' }];

async function list({ clients, out }: Call) {
  const { ranges, neighbors, limit } = await clients.neighbor.listDynamicNeighbors({});
  await writeItem(
    out,
    () => ({ ranges: ranges.map(rangeJson), neighbors, limit }),
    () => {
      const table = new Table(COLUMNS, out.palette.strong);
      const rows = ranges.map((range) => [
        range.prefix,
        range.peerGroup,
        acceptedAses(range).join(', ') || 'any',
        printable(range.description),
      ]);
      return `${table.lines(rows)}\n${neighbors} of at most ${limit} neighbors came from ranges\n`;
    },
  );
  return EXIT.done;
}

async function add({ argument, options, clients, out }: Call) {
  const prefix = argument('PREFIX');
  const ases = options.list('asn').map((text) => parseWhole(text, '--asn', 1, 0xffff_ffff));
  const { notices } = await clients.neighbor.addDynamicNeighbor({
    range: {
      prefix,
      peerGroup: options.text('peer-group') ?? '',
      remoteAsns: ases,
      description: options.text('description') ?? '',
    },
  });
  await writeDone(out, 'add_dynamic_neighbor', prefix, `Range ${prefix} added`, notices);
  return EXIT.done;
}

function rangeJson(range: DynamicNeighborRange) {
  return {
    prefix: range.prefix,
    peer_group: range.peerGroup,
    remote_asns: acceptedAses(range),
    description: range.description,
  };
}

function acceptedAses({ remoteAsn, remoteAsns }: DynamicNeighborRange): number[] {
  return remoteAsn === 0 ? [...remoteAsns] : [remoteAsn];
}
