import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type Capability,
  type CodecContext,
  decodeMessage,
  encodeMessage,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type Message,
  MessageFramer,
  type Open,
} from '@bgp/wire';
import { createRouterTransport } from '@connectrpc/connect';
import { afterEach, describe, expect, it } from 'vitest';
import { clientsOver } from '../connect.ts';
import { run } from '../run.ts';

const RIB = fileURLToPath(new URL('../../../../libs/mrt/vectors/quagga_rib.mrt', import.meta.url));
const BOTH: readonly Capability[] = [
  { type: 'multiprotocol', family: IPV4_UNICAST },
  { type: 'multiprotocol', family: IPV6_UNICAST },
];
const KEEPALIVE: Message = { type: 'KEEPALIVE' };

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});

/** A router that answers an OPEN with `answers` and writes down what it hears. */
async function router(as: number, capabilities: readonly Capability[], answers?: readonly Message[]) {
  const heard: Message[] = [];
  const hasFourOctetAs = capabilities.some(({ type }) => type === 'four-octet-as');
  const ctx: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: hasFourOctetAs, peerKind: 'internal' };
  const open: Open = { type: 'OPEN', version: 4, myAs: as, holdTime: 30, bgpIdentifier: '10.0.0.9', capabilities };
  const send = (socket: Socket, message: Message) => {
    const encoded = encodeMessage(message, ctx);
    if (!encoded.ok) throw new Error(encoded.error.code);
    socket.write(encoded.value);
  };
  const server = createServer((socket) => {
    const framer = new MessageFramer();
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => {
      framer.push(chunk);
      for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
        const message = decodeMessage(next.value, ctx);
        if (!message.ok) throw new Error(message.error.code);
        heard.push(message.value);
        if (message.value.type === 'OPEN') for (const answer of answers ?? [open, KEEPALIVE]) send(socket, answer);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return { heard, to: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}

async function replay(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(['mrt', 'replay', RIB, ...argv], {
    env: {},
    version: '1.2.3',
    isTerminal: false,
    writeOut: async (text) => void out.push(String(text)),
    writeError: (text) => void err.push(text),
    pause: async () => false,
    connect: async () => clientsOver(createRouterTransport(() => undefined)),
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** Prefixes with path and next hop, then End-of-RIBs. */
function routesIn(heard: readonly Message[]): string[] {
  return heard.flatMap((message) => {
    if (message.type !== 'UPDATE') return [];
    if (message.endOfRib !== undefined) return [`end of ${message.endOfRib}`];
    const path = message.attributes.asPath?.map(({ asns }) => asns.join(' ')).join(' ');
    return message.announced.flatMap(({ nlri, nextHop }) =>
      nlri.map(({ prefix }) => `${prefix} [${path}] via ${nextHop?.join('+') ?? message.attributes.nextHop}`),
    );
  });
}

const PATH = '4200000000 4200000000 4200000000 64512 64512 64512';

describe('mrt replay', () => {
  it('announces a table to an external neighbor, with our AS in front and without what is not for it', async () => {
    const { heard, to } = await router(65002, [...BOTH, { type: 'four-octet-as', as: 65002 }]);
    const peer = ['--peer', '192.168.0.10', '--nexthop', '2001:db8::9'];
    const outcome = await replay('--to', to, '--asn', '65010', '--once', ...peer);
    expect(outcome).toMatchObject({ code: 0, out: '6 routes announced to AS 65002 in 4 messages\n' });
    expect(outcome.err).toBe('6 routes of 192.168.0.10, AS 65000\n');
    expect(heard[0]).toMatchObject({ type: 'OPEN', myAs: 65010, holdTime: 90, bgpIdentifier: '127.0.0.1' });
    expect(routesIn(heard)).toEqual([
      ...['172.17.0.0/24', '172.17.1.0/24', '172.17.2.0/24'].map((one) => `${one} [65010 ${PATH}] via 127.0.0.1`),
      `end of ${IPV4_UNICAST}`,
      ...['fd01:1::/64', 'fd01:1:1::/64', 'fd01:1:2::/64'].map((one) => `${one} [65010 ${PATH}] via 2001:db8::9`),
      `end of ${IPV6_UNICAST}`,
    ]);
    const updates = heard.filter((message) => message.type === 'UPDATE');
    expect(updates.every(({ errors }) => errors.length === 0)).toBe(true);
    expect(updates[0]?.attributes).toMatchObject({ med: 10, communities: [4259840100, 4259840200, 4259840300] });
    expect(updates[0]?.attributes.localPref).toBeUndefined();
    expect(heard.at(-1)).toMatchObject({ type: 'NOTIFICATION', code: 6, subcode: 2 });
  });

  it('an internal neighbor gets the path as it is, and LOCAL_PREF; two octets of AS are enough for it', async () => {
    const { heard, to } = await router(65010, BOTH);
    expect((await replay('--to', to, '--asn', '65010', '--once', '--peer', 'fd02::10')).out).toContain('0 routes');
    const outcome = await replay('--to', to, '--asn', '65010', '--once', '--peer', '192.168.0.10');
    expect(outcome.err).toContain('3 routes are left out: there is no IPv6 next hop, see --nexthop.');
    expect(routesIn(heard)).toContain(`172.17.0.0/24 [${PATH}] via 127.0.0.1`);
    const updates = heard.filter((message) => message.type === 'UPDATE');
    expect(updates.find(({ attributes }) => attributes.asPath !== undefined)?.attributes.localPref).toBe(100);
  });

  it('leaves out families that the neighbor does not take', async () => {
    const { heard, to } = await router(65002, []);
    const { err } = await replay(
      '--to',
      to,
      '--asn',
      '65010',
      '--once',
      '--nexthop',
      '2001:db8::9',
      '--peer',
      '192.168.0.10',
    );
    expect(err).toContain('3 routes are left out: the neighbor does not take IPv6.');
    expect(routesIn(heard)).toHaveLength(4);
  });

  it('says what the neighbor objects to', async () => {
    const { to } = await router(65002, [], [{ type: 'NOTIFICATION', code: 2, subcode: 2, data: new Uint8Array(0) }]);
    const { code, err } = await replay('--to', to, '--asn', '65010', '--once');
    expect(code).toBe(1);
    expect(err).toMatch(/The neighbor ended the session: .*Peer AS/i);
  });

  it('ends a session whose messages are out of order', async () => {
    const { heard, to } = await router(65002, [], [KEEPALIVE]);
    const { code, err } = await replay('--to', to, '--asn', '65010', '--once');
    expect([code, err]).toEqual([1, expect.stringContaining('KEEPALIVE before its OPEN')]);
    await expect.poll(() => heard.at(-1)).toMatchObject({ type: 'NOTIFICATION', code: 5 });
  });

  it('says that nobody is there', async () => {
    const { code, err } = await replay('--to', '127.0.0.1:1', '--asn', '65010', '--once');
    expect([code, err]).toEqual([1, expect.stringContaining('127.0.0.1 port 1 cannot be reached')]);
  });

  it.each([
    ['--to', ['--to', 'a:b:c', '--asn', '1']],
    ['--asn', ['--to', '127.0.0.1', '--asn', '0']],
    ['--nexthop', ['--to', '127.0.0.1', '--asn', '1', '--nexthop', 'r1']],
    ['--hold-time', ['--to', '127.0.0.1', '--asn', '1', '--hold-time', '2']],
    ['--router-id', ['--to', '::1', '--asn', '1']],
    ['--peer', ['--to', '127.0.0.1', '--asn', '1', '--peer', 'x']],
  ])('refuses a wrong %s before anything is done', async (option, argv) => {
    const { code, err } = await replay(...argv);
    expect([code, err]).toEqual([2, expect.stringContaining(option)]);
  });
});
