import { Socket } from 'node:net';
import type { TcpAoKey, TcpSecurity } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { type KeyedListener, SecurityTable } from './security-table.ts';

/** A listening socket whose kernel does as it is told. */
class FakeListener implements KeyedListener {
  readonly keys = new Map<string, string>();
  ttl = 64;
  keyAnswer: Result<void, string> = ok(undefined);

  readonly #ipv6: boolean;

  constructor(ipv6 = false) {
    this.#ipv6 = ipv6;
  }
  serves(remote: string): boolean {
    return remote.includes(':') === this.#ipv6;
  }
  setMd5Key(remote: string, password: string | undefined): Result<void, string> {
    if (!this.keyAnswer.ok) return this.keyAnswer;
    if (password === undefined) this.keys.delete(remote);
    else this.keys.set(remote, password);
    return ok(undefined);
  }
  setAoKey(remote: string, { key }: TcpAoKey, use: 'listen' | 'forget'): Result<void, string> {
    if (!this.keyAnswer.ok) return this.keyAnswer;
    if (use === 'forget') this.keys.delete(remote);
    else this.keys.set(remote, `ao ${key}`);
    return ok(undefined);
  }
  setHighestTtl(securities: Iterable<TcpSecurity>): Result<void, string> {
    this.ttl = Math.max(64, ...[...securities].map((one) => one.ttl ?? 0));
    return ok(undefined);
  }
}

function tableWith(listener: FakeListener): { table: SecurityTable<FakeListener>; refusals: string[] } {
  const refusals: string[] = [];
  const table = new SecurityTable<FakeListener>((address, detail) => refusals.push(`${address}: ${detail}`));
  table.addListener(listener);
  return { table, refusals };
}

describe('SecurityTable', () => {
  it('TCP-AO keys come, change and go; a kernel without them closes the door', () => {
    const tcpAo = { key: 'k', sendId: 1, recvId: 2, algorithm: 'hmac(sha1)' } as const;
    const listener = new FakeListener();
    const { table, refusals } = tableWith(listener);
    table.set('192.0.2.1', { tcpAo });
    expect([...listener.keys]).toEqual([['192.0.2.1', 'ao k']]);
    table.set('192.0.2.1', { tcpAo: { ...tcpAo, key: 'l' } });
    expect([...listener.keys]).toEqual([['192.0.2.1', 'ao l']]);
    table.set('192.0.2.1', undefined);
    expect([...listener.keys]).toEqual([]);
    listener.keyAnswer = err('this kernel has no TCP-AO');
    table.set('192.0.2.1', { tcpAo });
    expect(refusals).toEqual(['192.0.2.1: this kernel has no TCP-AO']);
    expect(table.admit({ address: '192.0.2.1' }, new Socket())).toMatchObject({
      ok: false,
      error: 'this kernel has no TCP-AO',
    });
  });

  it('a key that the listener does not take closes the door to that neighbor only', () => {
    const listener = new FakeListener();
    listener.keyAnswer = err('the kernel refused the TCP MD5 key');
    const { table, refusals } = tableWith(listener);
    table.set('192.0.2.1', { md5Password: 'k' });
    expect(refusals).toEqual(['192.0.2.1: the kernel refused the TCP MD5 key']);
    expect(table.admit({ address: '192.0.2.1' }, new Socket())).toEqual(err('the kernel refused the TCP MD5 key'));
    expect(table.admit({ address: '192.0.2.2' }, new Socket())).toEqual(ok(undefined));
  });

  it('a neighbor that asks for nothing is admitted as it is', () => {
    const { table } = tableWith(new FakeListener());
    table.set('192.0.2.1', {});
    expect(table.admit({ address: '192.0.2.1' }, new Socket())).toEqual(ok(undefined));
  });

  it('keys and TTL follow what is set, changed and forgotten', () => {
    const listener = new FakeListener();
    const { table } = tableWith(listener);
    table.set('192.0.2.1', { md5Password: 'a', ttl: 255 });
    table.set('192.0.2.2', { md5Password: 'b' });
    table.set('2001:db8::1', { md5Password: 'not served here', ttl: 255 });
    expect([[...listener.keys], listener.ttl]).toEqual([
      [
        ['192.0.2.1', 'a'],
        ['192.0.2.2', 'b'],
      ],
      255,
    ]);
    table.set('192.0.2.1', { md5Password: 'c' });
    expect([listener.keys.get('192.0.2.1'), listener.ttl]).toEqual(['c', 64]);
    table.set('192.0.2.1', undefined);
    table.set('::ffff:192.0.2.2', undefined);
    expect([...listener.keys]).toEqual([]);
  });

  it('a listener that comes later gets the keys that are known', () => {
    const { table } = tableWith(new FakeListener());
    table.set('192.0.2.1', { md5Password: 'a' });
    const later = new FakeListener();
    table.addListener(later);
    expect([...later.keys]).toEqual([['192.0.2.1', 'a']]);
  });

  it('a failure on one of two listeners closes the door, whatever the other one says', () => {
    const { table } = tableWith(new FakeListener());
    const refusing = new FakeListener();
    refusing.keyAnswer = err('no');
    table.addListener(refusing);
    table.addListener(new FakeListener());
    table.set('192.0.2.1', { md5Password: 'k' });
    expect(table.admit({ address: '192.0.2.1' }, new Socket())).toEqual(err('no'));
  });
});

describe('neighbors with one link-local address on several interfaces', () => {
  const A = { address: 'fe80::1', interface: 'eth0' };
  const B = { address: 'fe80::1', interface: 'eth1' };
  const isRefused = (table: SecurityTable<FakeListener>, at: typeof A) => {
    const admitted = table.admit(at, new Socket());
    return !admitted.ok && admitted.error.includes('tells keys apart by address alone');
  };

  it('each has its own entry, and one key serves both', () => {
    const listener = new FakeListener(true);
    const { table, refusals } = tableWith(listener);
    table.set('fe80::1', { md5Password: 'k' }, 'eth0');
    table.set('fe80::1', { md5Password: 'k' }, 'eth1');
    expect([...listener.keys]).toEqual([['fe80::1', 'k']]);
    table.set('fe80::1', undefined, 'eth0');
    expect([...listener.keys]).toEqual([['fe80::1', 'k']]);
    table.set('fe80::1', undefined, 'eth1');
    expect([[...listener.keys], refusals]).toEqual([[], []]);
  });

  it.each([
    ['another key', { md5Password: 'l' }],
    ['no key', {}],
  ])('%s on the second interface closes that door until the first one is free', (_rule, second) => {
    const listener = new FakeListener(true);
    const { table, refusals } = tableWith(listener);
    table.set('fe80::1', { md5Password: 'k' }, 'eth0');
    table.set('fe80::1', second, 'eth1');
    expect([isRefused(table, A), isRefused(table, B)]).toEqual([false, true]);
    expect([[...listener.keys], refusals.length]).toEqual([[['fe80::1', 'k']], 1]);
    table.set('fe80::1', undefined, 'eth0');
    expect(isRefused(table, B)).toBe(false);
    expect([...listener.keys.values()]).toEqual(Object.values(second));
  });

  it('the second one is refused too when the first one changes to another key', () => {
    const listener = new FakeListener(true);
    const { table } = tableWith(listener);
    table.set('fe80::1', { md5Password: 'k' }, 'eth0');
    table.set('fe80::1', { md5Password: 'k' }, 'eth1');
    table.set('fe80::1', { md5Password: 'm' }, 'eth0');
    expect([...listener.keys]).toEqual([['fe80::1', 'm']]);
    expect([isRefused(table, A), isRefused(table, B)]).toEqual([false, true]);
  });
});
