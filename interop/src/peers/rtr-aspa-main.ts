/** An RTR cache with ASPA, version 2: `rtr-aspa-main.ts PORT FILE`. The file is read for each query; says what it was asked, one line each. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { answerQuery, decodeRtrPdu, encodeRtrPdu, parseVrpJson, type RtrCacheContents, RtrFramer } from '@bgp/rpki';

const [port = '', file = ''] = process.argv.slice(2);

function contents(): RtrCacheContents {
  const parsed = parseVrpJson(readFileSync(file, 'utf8'));
  if (!parsed.ok) throw new Error(`${file}: ${parsed.error.code}`);
  const timers = { refresh: 30, retry: 5, expire: 600 };
  return { highestVersion: 2, sessionId: 1, serial: 1, timers, ...parsed.value, changesSince: new Map() };
}

const server = createServer((socket) => {
  const framer = new RtrFramer();
  socket.on('error', (error) => console.log(`error ${error.message}`));
  socket.on('data', (chunk) => {
    framer.push(chunk);
    for (let frame = framer.next(); frame?.ok === true; frame = framer.next()) {
      const query = decodeRtrPdu(frame.value);
      if (!query.ok) {
        console.log(`malformed ${query.error.detail}`);
        socket.destroy();
        return;
      }
      console.log(`${query.value.type} v${query.value.version}`);
      for (const pdu of answerQuery(contents(), query.value)) {
        const octets = encodeRtrPdu(pdu);
        if (!octets.ok) throw new Error(`${pdu.type}: ${octets.error.detail}`);
        socket.write(octets.value);
      }
    }
  });
});
server.listen(Number(port), '0.0.0.0', () => console.log('listening'));
