import { createServer } from 'node:net';
import { answerQuery, decodeRtrPdu, encodeRtrPdu, type RtrCacheContents, RtrFramer, type Vrp } from '@bgp/rpki';
import { answerWith, planOf } from './answering.ts';

/** An RTR cache. Every start is another session, as with a cache that has lost its state. */
export interface CachePlan {
  readonly port: number;
  readonly sessionId: number;
  readonly vrps: readonly Vrp[];
}

const plan = planOf<CachePlan>();
const contents: RtrCacheContents = {
  highestVersion: 1,
  sessionId: plan.sessionId,
  serial: 1,
  timers: { refresh: 1, retry: 1, expire: 600 },
  vrps: plan.vrps,
  aspas: [],
  changesSince: new Map(),
};
createServer((socket) => {
  const framer = new RtrFramer();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    framer.push(chunk);
    for (let frame = framer.next(); frame?.ok === true; frame = framer.next()) {
      const query = decodeRtrPdu(frame.value);
      if (!query.ok) return void socket.destroy();
      for (const pdu of answerQuery(contents, query.value)) {
        const octets = encodeRtrPdu(pdu);
        if (octets.ok) socket.write(octets.value);
      }
    }
  });
}).listen(plan.port, '127.0.0.1');
answerWith(() => true);
