import { once } from 'node:events';
import { Agent, request as http1Request } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ProtocolSwitch, type RequestHandler } from './protocol-switch.ts';

const open: ProtocolSwitch[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close(0)));
});

async function listening(handle: RequestHandler = answerVersion): Promise<number> {
  const one = new ProtocolSwitch(handle);
  open.push(one);
  one.server.listen(0, '127.0.0.1');
  await once(one.server, 'listening');
  return (one.server.address() as AddressInfo).port;
}

const answerVersion: RequestHandler = (request, response) => {
  let octets = 0;
  request.on('data', (chunk: Buffer) => {
    octets += chunk.length;
  });
  request.on('end', () => response.end(`${request.httpVersion} ${request.method} ${octets}`));
};

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function overHttp2(port: number, body: string): Promise<string> {
  const session = http2Connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':path': '/', ':method': 'POST' });
  stream.end(body);
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  session.close();
  return text;
}

function overHttp1(port: number, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http1Request({ port, host: '127.0.0.1', method: 'POST' }, async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve(text);
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('one port', () => {
  it('serves HTTP/1.1 and HTTP/2 side by side', async () => {
    const port = await listening();
    expect(await Promise.all([overHttp1(port, 'abc'), overHttp2(port, 'abcd'), overHttp1(port, '')])).toEqual([
      '1.1 POST 3',
      '2.0 POST 4',
      '1.1 POST 0',
    ]);
  });

  it('loses no octet of a body larger than any buffer', async () => {
    const port = await listening();
    const body = 'x'.repeat(3_000_000);
    expect(await overHttp1(port, body)).toBe('1.1 POST 3000000');
    expect(await overHttp2(port, body)).toBe('2.0 POST 3000000');
  });

  it.each(['P', 'PO', 'POST / HTT'])('decides for a request whose first octets come alone: %j', async (first) => {
    const port = await listening();
    const whole = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(first, () => setImmediate(() => socket.write(whole.slice(first.length))));
    expect(await readAll(socket)).toContain('1.1 POST 2');
  });

  it('survives garbage, resets and truncated prefaces', async () => {
    const port = await listening();
    for (const octets of [
      '\u0000\u0001\u0002',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0099garbage',
      'PR',
      'PRX',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      await new Promise<void>((resolve) => socket.write(octets, 'latin1', () => resolve()));
      socket.resetAndDestroy();
    }
    expect(await overHttp1(port, 'a')).toBe('1.1 POST 1');
    expect(await overHttp2(port, 'a')).toBe('2.0 POST 1');
  });

  it('leaves room for others when one address takes all that it gets', async () => {
    const port = await listening();
    const from = async (localAddress: string) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const closed = once(socket, 'close').then(() => 'closed');
      return { socket, closed, outcome: () => Promise.race([closed, delay(100).then(() => 'open')]) };
    };
    const greedy = await Promise.all(Array.from({ length: 64 }, () => from('127.0.0.9')));
    const [one] = greedy;
    expect(await one?.outcome()).toBe('open');
    expect(await (await from('127.0.0.9')).closed).toBe('closed');
    const other = await from('127.0.0.8');
    expect(await other.outcome()).toBe('open');
    one?.socket.destroy();
    // Until the other end has heard of it there is no room.
    let next = await from('127.0.0.9');
    while ((await next.outcome()) === 'closed') next = await from('127.0.0.9');
    for (const { socket } of [...greedy, other, next]) socket.destroy();
  });

  it('does not wait for connections that are only kept alive', async () => {
    const port = await listening();
    const agent = new Agent({ keepAlive: true });
    const request = http1Request({ port, host: '127.0.0.1', agent });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const session = http2Connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ':path': '/' });
    stream.resume();
    await once(stream, 'end');
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const outcome = await Promise.race([
      open
        .splice(0)[0]
        ?.close(60_000)
        .then(() => 'closed'),
      new Promise((resolve) => setTimeout(() => resolve('waits'), 30_000)),
    ]);
    agent.destroy();
    session.destroy();
    silent.destroy();
    expect(outcome).toBe('closed');
  });

  it('drops calls that do not end when the grace time is over', async () => {
    const port = await listening(() => undefined);
    const idle = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    const call = overHttp1(port, 'a').catch((error: NodeJS.ErrnoException) => error.code);
    const session = http2Connect(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    await once(session, 'connect');
    await open.splice(0)[0]?.close(20);
    expect(await call).toBe('ECONNRESET');
    session.destroy();
  });
});
