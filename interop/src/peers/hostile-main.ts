/**
 * A peer that misbehaves in one way: `hostile-main.ts MODE FROM TO AS`. Prints what it was answered, one JSON line. `flood` keeps its
 * session until SIGTERM.
 */
import { connect } from 'node:net';
import { decodeMessage, encodeMessage, INITIAL_CONTEXT, type Message, MessageFramer } from '@bgp/wire';

const [mode = '', from = '', to = '', as = '0'] = process.argv.slice(2);
const MODES = ['garbage', 'hold-time-1', 'wrong-as', 'stall', 'half-message', 'flood'];
if (!MODES.includes(mode)) throw new Error(`the mode is one of ${MODES.join(', ')}`);

const octetsOf = (message: Message) => {
  const encoded = encodeMessage(message, INITIAL_CONTEXT);
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
};
const open = octetsOf({
  type: 'OPEN',
  version: 4,
  myAs: Number(as) + (mode === 'wrong-as' ? 1 : 0),
  // Who floods is busy: only the one that falls silent is there for a short hold time.
  holdTime: mode === 'hold-time-1' ? 1 : mode === 'stall' ? 3 : 90,
  bgpIdentifier: from,
  capabilities: [],
});
const keepalive = octetsOf({ type: 'KEEPALIVE' });
/** ORIGIN 9 does not exist: RFC 7606 §7.1 lets the session live. */
const badUpdate = octetsOf({
  type: 'UPDATE',
  withdrawn: [],
  announced: [{ family: 0x0101, nlri: [{ prefix: '198.51.100.0/24' }] }],
  attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [Number(as)] }], nextHop: from },
  errors: [],
}).map((octet, at, all) => (at === all.indexOf(0x40, 19) + 3 ? 9 : octet));

const answers: string[] = [];
const framer = new MessageFramer();
const socket = connect({ host: to, port: 179, localAddress: from });
let keepalives: NodeJS.Timeout | undefined;

function end(how: string): void {
  clearInterval(keepalives);
  console.log(JSON.stringify({ answers, how }));
  process.exit(0);
}

// The flood has nobody to answer it.
if (mode !== 'flood') socket.setTimeout(60_000, () => end('timeout'));
process.on('SIGTERM', () => end('still up'));
socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
socket.on('close', () => end('closed'));
socket.on('connect', () =>
  socket.write(mode === 'garbage' ? Buffer.from('GET / HTTP/1.1\r\nHost: bgp\r\n\r\n') : open),
);
socket.on('data', (chunk) => {
  framer.push(new Uint8Array(chunk));
  for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
    const decoded = decodeMessage(next.value, INITIAL_CONTEXT);
    if (!decoded.ok) return end(`undecodable: ${decoded.error.code}`);
    const message = decoded.value;
    answers.push(message.type === 'NOTIFICATION' ? `NOTIFICATION ${message.code}/${message.subcode}` : message.type);
    if (message.type === 'KEEPALIVE' && answers.filter((answer) => answer === 'KEEPALIVE').length === 1) established();
  }
});

function established(): void {
  socket.write(keepalive);
  if (mode === 'half-message') {
    socket.write(badUpdate.subarray(0, 30), () => setTimeout(() => socket.resetAndDestroy(), 200));
  }
  if (mode === 'flood') {
    const many = Buffer.concat(Array.from({ length: 2_000 }, () => badUpdate));
    for (let batch = 0; batch < 50; batch++) socket.write(many);
    keepalives = setInterval(() => socket.write(keepalive), 1_000);
  }
}
