import { createMemoryNetwork } from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, type Message } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { TapTable } from './taps-types.ts';
import { addNode, inject, isUp, openMessage, pair, prefixes, RawPeer } from './testing/lab.ts';
import { TapStation } from './testing/tap-station.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const FOUR = { ...INITIAL_CONTEXT, fourOctetAs: true };
const update = (prefix: string, asns: readonly number[] = [65002]): Message => ({
  type: 'UPDATE',
  withdrawn: [],
  announced: [{ family: IPV4_UNICAST, nlri: [{ prefix }] }],
  attributes: { origin: 0, asPath: [{ type: 'sequence', asns: [...asns] }], nextHop: B },
  errors: [],
});

/** A with one hand-made neighbor, Established. */
function withRawPeer(fourOctetAs = true) {
  const network = createMemoryNetwork({});
  const a = addNode(network, { address: A, asn: 65001, peers: [{ address: B, remoteAs: 65002, passive: true }] });
  const host = network.addHost({ addresses: [B] });
  const tap = new TapStation(a.speaker);
  a.speaker.start();
  const raw = new RawPeer();
  raw.handle = host.ports.tcp.connect({ address: A, port: 179, security: {} }, raw);
  network.runFor(100);
  const open = openMessage(65002, B);
  raw.send(fourOctetAs || open.type !== 'OPEN' ? open : { ...open, capabilities: open.capabilities.slice(0, 1) });
  raw.send({ type: 'KEEPALIVE' });
  network.runFor(100);
  const pre = () =>
    [...(tap.station.table(B, 'adj-rib-in-pre')?.routes(IPV4_UNICAST) ?? [])].map(({ prefix }) => prefix);
  return { network, a, raw, tap, pre };
}

it('a station that comes while a neighbor changes update groups has all that the neighbor has', () => {
  const network = createMemoryNetwork({});
  const pace = { routesPerRound: 2, rounds: 1, ms: 3 };
  const a = addNode(network, { address: A, asn: 65001, pace, peers: [{ address: B, remoteAs: 65002 }] });
  const b = addNode(network, { address: B, asn: 65002, peers: [{ address: A, remoteAs: 65001 }] });
  for (const { speaker } of [a, b]) speaker.start();
  for (const prefix of prefixes(30)) inject(a, prefix);
  network.runFor(20_000);
  expect(isUp(a, b)).toBe(true);
  a.speaker.setPolicy(B, 'export', [{ name: 'all', defaultAction: 'permit', statements: [] }]);
  const { station } = new TapStation(a.speaker);
  network.runFor(20_000);
  expect([...station.table(B, 'adj-rib-out-post')!.routes(IPV4_UNICAST)]).toHaveLength(30);
});

describe('how a session ended', () => {
  it.each([
    ['our NOTIFICATION', 'local', 6, (lab: ReturnType<typeof withRawPeer>) => lab.a.speaker.resetPeer(B, 'hard')],
    [
      'its NOTIFICATION',
      'remote',
      6,
      (lab: ReturnType<typeof withRawPeer>) =>
        lab.raw.send({ type: 'NOTIFICATION', code: 6, subcode: 4, data: new Uint8Array(0) }),
    ],
    ['the connection alone', 'remote', undefined, (lab: ReturnType<typeof withRawPeer>) => lab.raw.handle?.end()],
    [
      'a malformed message',
      'local',
      3,
      (lab: ReturnType<typeof withRawPeer>) =>
        lab.raw.sendOctets(Uint8Array.of(...new Array(16).fill(0xff), 0, 23, 2, 0xff, 0xff, 0, 0)),
    ],
  ])('%s', (_what, by, code, end) => {
    const lab = withRawPeer();
    end(lab);
    lab.network.runFor(1000);
    expect(lab.tap.ends).toHaveLength(1);
    expect(lab.tap.ends[0]?.by).toBe(by);
    expect(lab.tap.ends[0]?.notification?.[19]).toBe(code);
    expect(lab.tap.errors).toEqual([]);
  });

  it('what was still to be told of it is not told', () => {
    const { network, raw, tap } = withRawPeer();
    raw.send(update('198.51.100.0/24'), FOUR);
    raw.send({ type: 'NOTIFICATION', code: 6, subcode: 4, data: new Uint8Array(0) });
    network.runFor(1000);
    expect(tap.ends).toHaveLength(1);
    expect([tap.errors, tap.station.routeCount]).toEqual([[], 0]);
  });
});

describe('tables', () => {
  it('a route that is refused as a loop is in no table, and takes the place of the one before (RFC 4271 §9.1.2)', () => {
    const { network, raw, pre } = withRawPeer();
    raw.send(update('198.51.100.0/24'), FOUR);
    network.runFor(10);
    expect(pre()).toEqual(['198.51.100.0/24']);
    raw.send(update('198.51.100.0/24', [65002, 65001]), FOUR);
    network.runFor(10);
    expect(pre()).toEqual([]);
  });

  it('what is sent has AS numbers of two octets on a session without RFC 6793, and is read so', () => {
    const { network, a, tap } = withRawPeer(false);
    inject(a, '198.51.100.0/24');
    network.runFor(100);
    const [route] = [...(tap.station.table(B, 'adj-rib-out-post')?.routes(IPV4_UNICAST) ?? [])];
    expect(route?.attributes.asPath).toEqual([{ type: 'sequence', asns: [65001] }]);
    expect(tap.errors).toEqual([]);
  });

  it('only those that are wanted, and none after close', () => {
    const { network, a, b } = pair();
    const tap = new TapStation(a.speaker, new Set<TapTable>(['adj-rib-in-post']));
    for (const { speaker } of [a, b]) speaker.start();
    inject(b, '198.51.100.0/24');
    network.runFor(60_000);
    const tables = tap.station.peer(B)?.tables;
    expect([...(tables?.keys() ?? [])]).toEqual(['adj-rib-in-post']);
    expect(tables?.get('adj-rib-in-post')?.size(IPV4_UNICAST)).toBe(1);
    tap.close();
    inject(b, '203.0.113.0/24');
    network.runFor(10_000);
    expect(tap.station.routeCount).toBe(1);
  });
});

describe('messages as they came', () => {
  it('octet for octet, after Established, with what was wrong (RFC 7854 §6)', () => {
    const { network, raw, tap } = withRawPeer();
    const types = () => tap.messages.map(({ octets, isErrored }) => `${octets[18]}${isErrored ? ' errored' : ''}`);
    raw.send(update('198.51.100.0/24'), FOUR);
    const encoded = encodeMessage(update('203.0.113.0/24'), FOUR);
    const bad = encoded.ok ? [...encoded.value] : [];
    bad[bad.indexOf(0x40) + 3] = 9; // ORIGIN
    raw.sendOctets(Uint8Array.from(bad));
    raw.send({ type: 'ROUTE-REFRESH', family: IPV4_UNICAST, subtype: 0 });
    network.runFor(100);
    expect(types()).toEqual(['2', '2 errored', '5']);
    expect([...(tap.messages[1]?.octets ?? [])]).toEqual(bad);
  });

  it('also an UPDATE of which nothing can be read, and which ends the session', () => {
    const { network, raw, tap } = withRawPeer();
    const octets = Uint8Array.of(...new Array(16).fill(0xff), 0, 23, 2, 0xff, 0xff, 0, 0);
    raw.sendOctets(octets);
    network.runFor(1000);
    expect(tap.messages.map((one) => [[...one.octets], one.isErrored])).toEqual([[[...octets], true]]);
    expect(tap.ends).toHaveLength(1);
  });
});
