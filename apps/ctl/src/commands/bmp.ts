import type { BmpCollector } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonNumber, writeItem } from '../render/output.ts';
import { type Palette, printable } from '../render/palette.ts';
import { Table } from '../render/table.ts';

export const BMP_COMMANDS: readonly Command[] = [
  {
    forms: ['bmp', 'bmp status'],
    summary: 'BMP collectors: who is connected, what waits, what was dropped.',
    rpc: 'BmpService.GetBmpStatus',
    options: [],
    run: status,
  },
];

const COLUMNS = [
  { title: 'Collector' },
  { title: 'State' },
  { title: 'Waiting', align: 'right' },
  { title: 'Sent', align: 'right' },
  { title: 'Dropped', align: 'right' },
  { title: 'Replays', align: 'right' },
  { title: 'Attempts', align: 'right' },
] as const;

/** Exit code `refused` when a collector does not have everything. */
async function status({ clients, out }: Call) {
  const { collectors } = await clients.bmp.getBmpStatus({});
  await writeItem(
    out,
    () => collectors.map(collectorJson),
    () => (collectors.length === 0 ? 'No BMP collector is configured\n' : collectorTable(collectors, out.palette)),
  );
  return collectors.every(({ isSynchronized }) => isSynchronized) ? EXIT.done : EXIT.refused;
}

function collectorTable(collectors: readonly BmpCollector[], palette: Palette): string {
  const rows = collectors.map((one) => [
    printable(one.address),
    stateCell(one, palette),
    one.waitingOctets === 0n ? '0' : { text: `${one.waitingOctets} octets`, paint: palette.warn },
    `${one.sentMessages} messages`,
    one.droppedMessages === 0n
      ? '0'
      : { text: `${one.droppedMessages} in ${one.overflows} overflows`, paint: palette.bad },
    String(one.replays),
    String(one.attempts),
  ]);
  return new Table(COLUMNS, palette.strong).lines(rows);
}

function stateCell({ state, isSynchronized }: BmpCollector, palette: Palette) {
  if (state !== 'connected') return { text: state, paint: palette.bad };
  return isSynchronized
    ? { text: 'synchronized', paint: palette.good }
    : { text: 'is told the tables', paint: palette.warn };
}

function collectorJson(one: BmpCollector) {
  return {
    address: one.address,
    state: one.state,
    synchronized: one.isSynchronized,
    attempts: jsonNumber(one.attempts),
    connections: jsonNumber(one.connections),
    replays: jsonNumber(one.replays),
    waiting_octets: jsonNumber(one.waitingOctets),
    sent_messages: jsonNumber(one.sentMessages),
    sent_octets: jsonNumber(one.sentOctets),
    dropped_messages: jsonNumber(one.droppedMessages),
    overflows: jsonNumber(one.overflows),
  };
}
