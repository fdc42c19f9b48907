import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALL_NODES, type Icmpv6Socket, type Icmpv6System, icmpv6System } from './icmpv6-socket.ts';
import { encodeRouterAdvertisement } from './messages.ts';

const LOOPBACK = Object.entries(networkInterfaces()).find(([, list]) =>
  list?.some(({ address }) => address === '::1'),
)?.[0];

/** Layouts and constants against the kernel; what two routers say to each other is for the lab. */
describe('a raw ICMPv6 socket', () => {
  let system: Icmpv6System;
  let socket: Icmpv6Socket;

  beforeEach((context) => {
    if (LOOPBACK === undefined) return context.skip('this machine has no IPv6');
    const loaded = icmpv6System();
    if (!loaded.ok) return context.skip(loaded.error);
    system = loaded.value;
    const opened = system.open(LOOPBACK, system.indexOf(LOOPBACK));
    if (!opened.ok) return context.skip(opened.error);
    socket = opened.value;
  });
  afterEach(() => socket?.close());

  it('tells an interface that exists from one that does not', () => {
    expect(system.indexOf(LOOPBACK ?? '')).toBeGreaterThan(0);
    expect(system.indexOf('no-such-link')).toBe(0);
    expect(system.open('no-such-link', 99)).toMatchObject({ ok: false });
  });

  it('knows that its interface is up', () => {
    expect(socket.isUp()).toBe(true);
  });

  it('has nothing to read, and says so without waiting', () => {
    expect(socket.receive()).toEqual({ ok: true, value: undefined });
  });

  it('does not hear itself', () => {
    const sent = socket.send(encodeRouterAdvertisement(), ALL_NODES);
    // The loopback interface has no link-local address; some kernels send from ::1 then.
    if (!sent.ok) expect(sent.error).toMatch(/\(E[A-Z]+\)$/);
    expect(socket.receive()).toEqual({ ok: true, value: undefined });
  });

  it('closed, it does nothing any more', () => {
    socket.close();
    socket.close();
    expect([socket.isUp(), socket.receive(), socket.send(encodeRouterAdvertisement(), ALL_NODES).ok]).toEqual([
      false,
      { ok: true, value: undefined },
      false,
    ]);
  });
});
