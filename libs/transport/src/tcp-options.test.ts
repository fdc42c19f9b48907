import type { TcpSecurity } from '@bgp/speaker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needsSocketOptions, socketOptions } from './tcp-options.ts';
import { acceptAll, dial, type Recorder } from './tcp-port.contract.ts';
import { hasIpv6, type LoopbackWorld, loopbackWorld, until } from './testing/loopback-world.ts';

const ipv6 = await hasIpv6();
const ALL: TcpSecurity = { md5Password: 'probe', ttl: 255, minTtl: 255 };
const GTSM: TcpSecurity = { ttl: 255, minTtl: 255 };

/** Why this machine cannot show the behavior; undefined: it can. */
function missingFor(host: string): string | undefined {
  const options = socketOptions();
  if (!options.ok) return options.error;
  if (host === '::1' && !ipv6) return 'this machine has no IPv6';
  const descriptor = options.value.open(host, ALL);
  if (!descriptor.ok) return descriptor.error;
  options.value.close(descriptor.value);
  return undefined;
}

describe.each(['127.0.0.1', '::1'])('socket options over %s', (host) => {
  let world: LoopbackWorld;
  beforeEach(async (context) => {
    const missing = missingFor(host);
    if (missing !== undefined) return context.skip(missing);
    world = await loopbackWorld(host, { connectTimeoutMs: 150 });
  });
  afterEach(() => world?.close());

  async function outcome(client: Recorder): Promise<string | undefined> {
    await until(() => client.events.length > 0);
    return client.reason?.code ?? 'open';
  }

  it.each([
    // rule                                        what we want      what the dialing side does   outcome
    ['equal keys connect', { md5Password: 'same' }, { md5Password: 'same' }, 'open'],
    ['another key gets no answer', { md5Password: 'ours' }, { md5Password: 'theirs' }, 'timeout'],
    ['an unsigned SYN gets no answer', { md5Password: 'ours' }, {}, 'timeout'],
    ['a key where none is wanted gets no usable answer', {}, { md5Password: 'theirs' }, 'timeout'],
    ['GTSM: TTL 255 on both sides connects', GTSM, GTSM, 'open'],
    ['GTSM: a SYN-ACK with the default TTL is not heard', {}, GTSM, 'timeout'],
    ['all three together', ALL, ALL, 'open'],
    ['a plain multihop TTL connects', {}, { ttl: 5 }, 'open'],
  ] as const)('%s', async (_rule, ours: TcpSecurity, theirs: TcpSecurity, expected) => {
    acceptAll(world.server);
    world.server.secure(host, ours);
    expect(await outcome(dial(world.client, world.address, { security: theirs }))).toBe(expected);
    expect(world.notices).toEqual([]);
  });

  it('GTSM: octets with a small TTL never arrive', async () => {
    const accepted = acceptAll(world.server);
    world.server.secure(host, GTSM);
    const near = dial(world.client, world.address, { security: { ttl: 255 } });
    const far = dial(world.client, world.address, { security: { ttl: 254 } });
    await until(() => accepted.length === 2 && near.events.includes('open') && far.events.includes('open'));
    far.handle?.write(Uint8Array.of(1));
    near.handle?.write(Uint8Array.of(2));
    const fromNear = accepted.find((one) => one.remote?.port === near.local?.port);
    const fromFar = accepted.find((one) => one.remote?.port === far.local?.port);
    // The far side wrote first: were its octet let through, it would be here before the near one's.
    await until(() => fromNear?.received === 1);
    expect(fromFar?.received).toBe(0);
  });

  it('signed octets flow both ways', async () => {
    const accepted = acceptAll(world.server);
    world.server.secure(host, { md5Password: 'same' });
    const client = dial(world.client, world.address, { security: { md5Password: 'same' } });
    await until(() => client.events.includes('open') && accepted[0]?.handle !== undefined);
    client.handle?.write(Uint8Array.of(1, 2));
    accepted[0]?.handle?.write(Uint8Array.of(3));
    await until(() => accepted[0]?.received === 2 && client.received === 1);
  });

  it('a key can be changed and forgotten while listening', async () => {
    acceptAll(world.server);
    world.server.secure(host, { md5Password: 'first' });
    world.server.secure(host, { md5Password: 'second' });
    expect(await outcome(dial(world.client, world.address, { security: { md5Password: 'first' } }))).toBe('timeout');
    expect(await outcome(dial(world.client, world.address, { security: { md5Password: 'second' } }))).toBe('open');
    world.server.secure(host, undefined);
    expect(await outcome(dial(world.client, world.address))).toBe('open');
  });

  it('a key that was known before listening is on the new listener', async () => {
    const later = await loopbackWorld(host, { connectTimeoutMs: 150 });
    await later.server.close();
    acceptAll(later.server);
    later.server.secure(host, { md5Password: 'early' });
    const listening = await later.server.listen([host], 0);
    if (!listening.ok) throw new Error(listening.error.message);
    const address = listening.value[0]!; // one address was asked for
    expect(await outcome(dial(later.client, address))).toBe('timeout');
    expect(await outcome(dial(later.client, address, { security: { md5Password: 'early' } }))).toBe('open');
    await later.close();
  });

  it('what cannot be enforced is refused in both directions, with the reason', async () => {
    const accepted = acceptAll(world.server);
    const tooLong = { md5Password: 'x'.repeat(81) };
    world.server.secure(host, tooLong);
    expect(world.notices).toEqual([
      { type: 'security-unavailable', address: host, detail: 'an MD5 password has at most 80 octets, this one has 81' },
    ]);
    expect(await outcome(dial(world.client, world.address, { security: tooLong }))).toBe('option-refused');
    const plain = dial(world.client, world.address);
    await until(() => plain.reason !== undefined);
    expect(['reset', 'closed-by-peer']).toContain(plain.reason?.code);
    expect(accepted).toEqual([]);
  });
});

describe('needsSocketOptions', () => {
  it.each([
    [{}, false],
    [{ ttl: 1 }, true],
    [{ minTtl: 254 }, true],
    [{ md5Password: 'k' }, true],
  ] as const)('%j: %s', (security, expected) => {
    expect(needsSocketOptions(security)).toBe(expected);
  });
});
