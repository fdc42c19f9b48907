import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from './free-port.ts';

const HOST = '127.0.0.5';

it('gives ports that can be listened on, none twice, none of the range for connections', async () => {
  const ports: number[] = [];
  for (let at = 0; at < 50; at++) ports.push(await freePort(HOST));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

it('leaves out one that is taken', async () => {
  const before = await freePort(HOST);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen({ host: HOST, port: before + 1 }, resolve));
  expect(await freePort(HOST)).not.toBe(before + 1);
  await new Promise((resolve) => holder.close(resolve));
});

it('says what else is wrong', async () => {
  await expect(freePort('192.0.2.77')).rejects.toThrow(/EADDRNOTAVAIL/);
});
