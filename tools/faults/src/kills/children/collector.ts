import { createServer } from 'node:net';
import { BmpFramer, decodeBmp, Station } from '@bgp/bmp';
import { IPV4_UNICAST } from '@bgp/wire';
import { answerWith, planOf } from './answering.ts';

/** A BMP collector that rebuilds the daemon's tables. A new connection is a new station. */
export interface CollectorPlan {
  readonly port: number;
}
/** Prefixes by neighbor, as announced. */
export type CollectorAnswer = Readonly<Record<string, readonly string[]>>;

const { port } = planOf<CollectorPlan>();
let station = new Station();
createServer((socket) => {
  station = new Station();
  const own = station;
  const framer = new BmpFramer();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    framer.push(chunk);
    for (;;) {
      const frame = framer.next();
      if (!frame.ok) return void socket.destroy();
      if (frame.value === undefined) return;
      const message = decodeBmp(frame.value);
      if (message.ok) own.apply(message.value);
    }
  });
}).listen(port, '127.0.0.1');
answerWith((): CollectorAnswer => {
  const tables = station.peers().map(({ id, tables: of }) => [id.address, of.get('adj-rib-in-pre')] as const);
  return Object.fromEntries(
    tables.flatMap(([address, table]) =>
      table === undefined ? [] : [[address, [...table.routes(IPV4_UNICAST)].map(({ prefix }) => prefix).sort()]],
    ),
  );
});
