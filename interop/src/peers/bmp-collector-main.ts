/**
 * A BMP collector made of `@bgp/bmp`'s station: `bmp-collector-main.ts PORT FILE`. What it knows goes to FILE after each change. SIGUSR1: it
 * stops reading; SIGUSR2: it reads on.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { BmpFramer, decodeBmp, type MonitoredTable, Station } from '@bgp/bmp';
import { formatFamily } from '@bgp/wire';
import type { CollectorState, TableState } from './bmp-collector.ts';

const [port = '', file = ''] = process.argv.slice(2);
/** The stream of each connection, told by the types of its first messages. */
const MOST_TYPES = 1000;
const streams: string[][] = [];
const errors: string[] = [];
let station = new Station();
let socket: Socket | undefined;
let isPaused = false;
let isWriteDue = false;

function tableState(table: MonitoredTable): TableState {
  return {
    routes: table.families.flatMap((family) =>
      [...table.routes(family)].map(({ prefix, pathId, attributes }) => ({
        family: formatFamily(family),
        prefix,
        pathId,
        nextHop: attributes.nextHop ?? '',
        asPath: (attributes.asPath ?? []).flatMap(({ asns }) => asns),
      })),
    ),
    ended: table.families.filter((family) => table.hasEnded(family)).map((family) => formatFamily(family)),
  };
}

function state(): CollectorState {
  return {
    streams,
    errors,
    sysName: station.sysName ?? '',
    sysDescr: station.sysDescr ?? '',
    terminationReason: station.terminationReason ?? -1,
    messages: station.counters.messages,
    peers: station.peers().map((peer) => ({
      address: peer.id.address ?? 'loc-rib',
      as: peer.as,
      isUp: peer.isUp,
      downReason: peer.downReason ?? 0,
      statistics: peer.statistics.map((one) => ({
        type: one.type,
        value: one.form === 'raw' ? -1 : Number(one.value),
      })),
      tables: Object.fromEntries([...peer.tables].map(([kind, table]) => [kind, tableState(table)])),
    })),
  };
}

function write(): void {
  if (isWriteDue) return;
  isWriteDue = true;
  setTimeout(() => {
    isWriteDue = false;
    writeFileSync(`${file}.new`, JSON.stringify(state()));
    renameSync(`${file}.new`, file);
  }, 100);
}

const server = createServer((connection) => {
  const framer = new BmpFramer();
  const stream: string[] = [];
  const own = new Station();
  station = own;
  socket = connection;
  streams.push(stream);
  if (isPaused) connection.pause();
  const fail = (what: string) => {
    errors.push(what);
    connection.destroy();
  };
  connection.on('error', (error) => console.log(`error ${error.message}`));
  connection.on('close', () => console.log('closed'));
  connection.on('data', (chunk) => {
    framer.push(chunk);
    for (;;) {
      const next = framer.next();
      if (!next.ok) return fail(next.error.code);
      if (next.value === undefined) break;
      const message = decodeBmp(next.value);
      if (!message.ok) return fail(message.error.code);
      if (stream.length < MOST_TYPES) stream.push(message.value.type);
      const applied = own.apply(message.value);
      if (!applied.ok) errors.push(JSON.stringify(applied.error));
    }
    write();
  });
  write();
});
process.on('SIGUSR1', () => {
  isPaused = true;
  socket?.pause();
});
process.on('SIGUSR2', () => {
  isPaused = false;
  socket?.resume();
});
server.listen(Number(port), '0.0.0.0', () => console.log('listening'));
