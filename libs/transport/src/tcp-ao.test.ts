import { endianness } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aoDeletion, aoRecord } from './tcp-ao-record.ts';
import { socketOptions } from './tcp-options.ts';
import { acceptAll, dial } from './tcp-port.contract.ts';
import { type LoopbackWorld, loopbackWorld, until } from './testing/loopback-world.ts';

const KEY = { key: 'interop', sendId: 61, recvId: 62, algorithm: 'hmac(sha256)' } as const;

describe('what the kernel is given (include/uapi/linux/tcp.h)', () => {
  it('struct tcp_ao_add', () => {
    const record = aoRecord('192.0.2.7', KEY, true);
    expect(record).toHaveLength(288);
    expect([...record.subarray(4, 8)]).toEqual([192, 0, 2, 7]);
    expect(String.fromCharCode(...record.subarray(128, 140))).toBe('hmac(sha256)');
    expect(record[140]).toBe(0); // the text ends
    const bits = new DataView(record.buffer).getUint32(196, endianness() === 'LE');
    expect(bits).toBe(endianness() === 'LE' ? 3 : 0xc000_0000);
    expect([...record.subarray(200, 208)]).toEqual([0, 0, 32, 61, 62, 12, 0, 7]);
    expect(String.fromCharCode(...record.subarray(208, 215))).toBe('interop');
  });

  it('a listener has no key in use', () => {
    expect(new DataView(aoRecord('2001:db8::1', KEY, false).buffer).getUint32(196)).toBe(0);
    expect(aoRecord('2001:db8::1', KEY, false)[202]).toBe(128);
  });

  it('struct tcp_ao_del', () => {
    const record = aoDeletion('192.0.2.7', KEY);
    expect(record).toHaveLength(144);
    expect([...record.subarray(136, 144)]).toEqual([0, 0, 32, 61, 62, 0, 0, 0]);
  });
});

/** What this kernel says to a key; undefined: it takes it. */
function refusal(): string | undefined {
  const options = socketOptions();
  if (!options.ok) return options.error;
  const descriptor = options.value.open('127.0.0.1', { tcpAo: KEY });
  if (!descriptor.ok) return descriptor.error;
  options.value.close(descriptor.value);
  return undefined;
}

describe('over loopback', () => {
  let world: LoopbackWorld;
  beforeEach(async () => {
    world = await loopbackWorld('127.0.0.1', { connectTimeoutMs: 150 });
  });
  afterEach(() => world?.close());
  const mirrored = { ...KEY, sendId: KEY.recvId, recvId: KEY.sendId };

  it('with TCP-AO in the kernel: equal keys connect, others and unsigned segments get no answer', async (context) => {
    const missing = refusal();
    if (missing !== undefined) return context.skip(missing);
    acceptAll(world.server);
    world.server.secure('127.0.0.1', { tcpAo: KEY });
    for (const [security, expected] of [
      [{ tcpAo: mirrored }, 'open'],
      [{ tcpAo: { ...mirrored, key: 'other' } }, 'timeout'],
      [{}, 'timeout'],
    ] as const) {
      const client = dial(world.client, world.address, { security });
      await until(() => client.events.length > 0);
      expect(client.reason?.code ?? 'open').toBe(expected);
    }
  });

  it('without it the session stays down, and says why; nobody gets in unsigned either', async (context) => {
    const missing = refusal();
    if (missing === undefined) return context.skip('this kernel has TCP-AO');
    const accepted = acceptAll(world.server);
    const signed = dial(world.client, world.address, { security: { tcpAo: KEY } });
    await until(() => signed.reason !== undefined);
    expect(signed.reason).toEqual({ code: 'option-refused', detail: missing });
    world.server.secure('127.0.0.1', { tcpAo: KEY });
    const unsigned = dial(world.client, world.address, { security: {} });
    await until(() => unsigned.reason !== undefined);
    expect(accepted).toHaveLength(0);
    expect(world.notices.map(({ type }) => type)).toContain('security-unavailable');
  });
});
