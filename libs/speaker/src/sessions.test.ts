import { createMemoryNetwork } from '@bgp/testkit';
import { describe, expect, it } from 'vitest';
import { addNode, best, eventsOf, inject, isUp, openMessage, pair, prefixes, RawPeer } from './testing/lab.ts';

const EVERYTHING = [{ name: 'everything', defaultAction: 'permit', statements: [] }] as const;

describe('coming up', () => {
  it.each([
    ['both at once', 0, 0],
    ['the lower identifier first', 0, 2],
    ['the higher identifier first', 2, 0],
    ['the lower one just ahead', 0, 1],
    ['the higher one just ahead', 1, 0],
  ])('a collision leaves one session and no failure: %s (RFC 4271 §6.8)', (_case, startA, startB) => {
    const { network, a, b } = pair({ minLatencyMs: 1, maxLatencyMs: 1 });
    network.clock.after(startA, () => a.speaker.start());
    network.clock.after(startB, () => b.speaker.start());
    expect(network.runUntil(() => isUp(a, b), 4_000)).toBe(true);
    network.runFor(300_000);
    expect(isUp(a, b)).toBe(true);
    for (const node of [a, b]) {
      expect(node.speaker.peers()[0]?.counters.established).toBe(1);
      expect(eventsOf(node, 'session-down')).toEqual([]);
    }
  });

  it('the connection of the higher identifier survives (RFC 4271 §6.8)', () => {
    const { network, a, b } = pair();
    a.speaker.start();
    b.speaker.start();
    network.runUntil(() => isUp(a, b), 4_000);
    network.runFor(10);
    expect(b.speaker.peers()[0]?.remote?.port).toBe(179);
    expect(a.speaker.peers()[0]?.local?.port).toBe(179);
  });

  it('a neighbor that only waits, and one that only dials', () => {
    const { network, a, b } = pair({ a: { passive: true } });
    a.speaker.start();
    b.speaker.start();
    expect(network.runUntil(() => isUp(a, b), 10_000)).toBe(true);
    network.cut(a.address, b.address);
    network.runFor(100);
    expect(network.runUntil(() => isUp(a, b), 60_000)).toBe(true);
  });

  it('a connection that breaks during a collision leaves nothing behind that takes the next session’s place', () => {
    const { network, a, b } = pair({ minLatencyMs: 1, maxLatencyMs: 1 });
    a.speaker.start();
    b.speaker.start();
    network.runFor(1);
    network.cut(a.address, b.address); // both connections, while both sides wait for an OPEN
    expect(network.runUntil(() => isUp(a, b), 60_000)).toBe(true);
    network.runFor(1_000);
    network.cut(a.address, b.address);
    network.runFor(100);
    expect(isUp(a, b)).toBe(false);
    expect(network.runUntil(() => isUp(a, b), 60_000)).toBe(true);
  });

  it('unknown and disabled neighbors are refused, and it is said', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [{ address: '10.0.0.2', remoteAs: 65002, enabled: false }],
    });
    a.speaker.start();
    for (const address of ['10.0.0.2', '10.0.0.3']) {
      const raw = new RawPeer();
      const host = network.addHost({ addresses: [address] });
      raw.handle = host.ports.tcp.connect({ address: '10.0.0.1', port: 179, security: {} }, raw);
      network.runFor(100);
      expect(raw.closed).toEqual(['reset']);
    }
    expect(eventsOf(a, 'connection-refused').map(({ from, reason }) => [from, reason])).toEqual([
      ['10.0.0.2', 'disabled'],
      ['10.0.0.3', 'unknown-peer'],
    ]);
  });
});

describe('going down', () => {
  it('hold timer: silence ends the session with 4/0 and takes the routes (RFC 4271 §6.5)', () => {
    const { network, a, b } = pair({ a: { holdTime: 9, gracefulRestart: false } });
    a.speaker.start();
    b.speaker.start();
    inject(b, '198.51.100.0/24');
    network.runUntil(() => best(a).length === 1, 10_000);
    network.runFor(60_000);
    expect(isUp(a, b)).toBe(true);
    network.block(a.address, b.address);
    network.runFor(9_500);
    expect(eventsOf(a, 'session-down').map(({ reason }) => reason)).toEqual(['hold-timer-expired']);
    expect(best(a)).toEqual([]);
  });

  it('stop: Cease/2 with the text to everybody, as a Hard Reset (RFC 8538 §3.1), then speaker-stopped (RFC 9003)', () => {
    const { network, a, b } = pair();
    a.speaker.start();
    b.speaker.start();
    network.runUntil(() => isUp(a, b), 10_000);
    a.speaker.stop('maintenance');
    network.runFor(2_000);
    const received = eventsOf(b, 'notification').filter(({ direction }) => direction === 'received');
    expect(received.map(({ code, subcode, text }) => [code, subcode, text])).toContainEqual([6, 9, 'maintenance']);
    expect(a.host.events.at(-1)?.type).toBe('speaker-stopped');
    expect(a.speaker.status().running).toBe(false);
  });

  it('a wrong AS is answered with 2/2 and never in a hot loop', () => {
    const { network, a, b } = pair();
    b.speaker.start();
    a.speaker.removePeer('10.0.0.2');
    a.speaker.addPeer({ ...b.speaker.peers()[0]!.config, name: '10.0.0.2', address: '10.0.0.2', remoteAs: 65009 });
    a.speaker.start();
    network.runFor(60_000);
    const sent = eventsOf(a, 'notification').filter(({ direction }) => direction === 'sent');
    expect(sent.some(({ code, subcode }) => code === 2 && subcode === 2)).toBe(true);
    expect(sent.length).toBeLessThan(15);
  });

  it('more prefixes than allowed: Cease/1, said, and not back at once (RFC 4486 §4)', () => {
    const { network, a, b } = pair({ a: { maxPrefixes: 10 } });
    for (const prefix of prefixes(11)) inject(b, prefix);
    a.speaker.start();
    b.speaker.start();
    network.runFor(30_000);
    expect(eventsOf(a, 'max-prefixes-exceeded')[0]).toMatchObject({ limit: 10, received: 11 });
    const reasons = eventsOf(b, 'notification').map(({ code, subcode, data }) => [code, subcode, ...data]);
    expect(reasons).toContainEqual([6, 9, 6, 1]); // RFC 8538 §3.1
    expect(a.speaker.peers()[0]?.counters.established).toBeLessThan(5);
  });
});

describe('bad input from one neighbor', () => {
  const HOSTILE = { address: '10.0.0.3', remoteAs: 65003, passive: true };

  function threeNodes() {
    const network = createMemoryNetwork();
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      peers: [{ address: '10.0.0.2', remoteAs: 65002 }, HOSTILE],
    });
    const b = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
    a.speaker.start();
    b.speaker.start();
    inject(b, '198.51.100.0/24');
    const raw = new RawPeer();
    const hostile = network.addHost({ addresses: ['10.0.0.3'] });
    network.runUntil(() => isUp(b) && best(a).length === 1, 10_000);
    raw.handle = hostile.ports.tcp.connect({ address: '10.0.0.1', port: 179, security: {} }, raw);
    network.runFor(10);
    return { network, a, b, raw };
  }

  it.each([
    ['hold time 1', openMessage(65003, '10.0.0.3', 1), '3 2/6'],
    ['a wrong AS', openMessage(65004, '10.0.0.3'), '3 2/2'],
    ['identifier zero', openMessage(65003, '0.0.0.0'), '3 2/3'],
  ])('OPEN with %s gets its NOTIFICATION; the others never notice', (_case, open, expected) => {
    const { network, a, b, raw } = threeNodes();
    raw.send(open);
    network.runFor(1_000);
    expect(raw.messages()).toContain(expected);
    expect(isUp(b)).toBe(true);
    expect(best(a)).toEqual(['198.51.100.0/24 via 65002']);
  });

  it('noise instead of a header gets 1/1', () => {
    const { network, b, raw } = threeNodes();
    raw.sendOctets(new Uint8Array(19).fill(7));
    network.runFor(1_000);
    expect(raw.messages()).toContain('3 1/1');
    expect(isUp(b)).toBe(true);
  });

  it('a malformed ORIGIN withdraws the route and leaves the session up (RFC 7606 §7.1)', () => {
    const { network, a, b, raw } = threeNodes();
    raw.send(openMessage(65003, '10.0.0.3'));
    network.runFor(10);
    raw.send({ type: 'KEEPALIVE' });
    network.runFor(10);
    expect(a.speaker.peer('10.0.0.3')?.state).toBe('Established');
    raw.sendOctets(updateOctets(0));
    network.runFor(100);
    expect(best(a)).toContain('203.0.113.0/24 via 65003');
    raw.sendOctets(updateOctets(9));
    network.runFor(100);
    expect(best(a)).toEqual(['198.51.100.0/24 via 65002']);
    const status = a.speaker.peer('10.0.0.3');
    expect(status?.state).toBe('Established');
    expect(status?.counters.updateErrors).toEqual({ 'treat-as-withdraw': 1 });
    expect(eventsOf(a, 'update-error')).toMatchObject([{ code: 'origin-value-invalid', action: 'treat-as-withdraw' }]);
    expect(isUp(b)).toBe(true);
  });

  it('a family that was not negotiated is ignored and counted (RFC 4760 §7)', () => {
    const { network, a, raw } = threeNodes();
    raw.send(openMessage(65003, '10.0.0.3'));
    network.runFor(10);
    raw.send({ type: 'KEEPALIVE' });
    // MP_UNREACH_NLRI of IPv6 unicast: 2001:db8::/32.
    const attribute = [0x80, 15, 8, 0, 2, 1, 32, 0x20, 0x01, 0x0d, 0xb8];
    raw.sendOctets(update([], attribute, []));
    network.runFor(100);
    expect(a.speaker.peer('10.0.0.3')?.state).toBe('Established');
    expect(eventsOf(a, 'update-error')).toMatchObject([{ code: 'family-unsupported', action: 'afi-safi-disable' }]);
  });
});

describe('policies', () => {
  it('RFC 8212: an external neighbor without policy exchanges nothing, and it is said', () => {
    const network = createMemoryNetwork();
    const a = addNode(network, {
      address: '10.0.0.1',
      asn: 65001,
      requiresPolicy: true,
      peers: [{ address: '10.0.0.2', remoteAs: 65002 }],
    });
    const b = addNode(network, { address: '10.0.0.2', asn: 65002, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
    inject(a, '198.51.100.0/24');
    inject(b, '203.0.113.0/24');
    a.speaker.start();
    b.speaker.start();
    network.runUntil(() => isUp(a, b), 10_000);
    network.runFor(5_000);
    expect([best(a), best(b)]).toEqual([['198.51.100.0/24 via '], ['203.0.113.0/24 via ']]);
    expect(eventsOf(a, 'policy-missing')).toMatchObject([{ directions: ['import', 'export'] }]);
    expect(a.speaker.peers()[0]?.missingPolicy).toEqual(['import', 'export']);

    a.speaker.setPolicy('10.0.0.2', 'import', EVERYTHING);
    a.speaker.setPolicy('10.0.0.2', 'export', EVERYTHING);
    network.runFor(5_000);
    expect(best(a)).toEqual(['198.51.100.0/24 via ', '203.0.113.0/24 via 65002']);
    expect(best(b)).toEqual(['198.51.100.0/24 via 65001', '203.0.113.0/24 via ']);

    a.speaker.setPolicy('10.0.0.2', 'export', undefined);
    network.runFor(5_000);
    expect(best(b)).toEqual(['203.0.113.0/24 via ']);
  });
});

/** One announcement of 203.0.113.0/24 from AS 65003. */
function updateOctets(origin: number): Uint8Array {
  const attributes = [0x40, 1, 1, origin, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xeb, 0x40, 3, 4, 10, 0, 0, 3];
  return update([], attributes, [24, 203, 0, 113]);
}

function update(withdrawn: number[], attributes: number[], nlri: number[]): Uint8Array {
  const length = 23 + withdrawn.length + attributes.length + nlri.length;
  const sections = [0, withdrawn.length, ...withdrawn, 0, attributes.length, ...attributes, ...nlri];
  return Uint8Array.of(...new Array<number>(16).fill(255), length >>> 8, length & 255, 2, ...sections);
}
