import { expect, it } from 'vitest';
import { CollectorQueue } from './collector-queue.ts';
import { decodeBmp } from './decode.ts';
import { Exporter } from './exporter.ts';
import type { TableKind } from './per-peer-header.ts';
import {
  type BmpMessage,
  INFORMATION_TLV,
  MIRRORING_TLV,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  type Tlv,
} from './types.ts';

const peer: PerPeerHeader = {
  peerType: 0,
  flags: 0,
  distinguisher: new Uint8Array(8),
  address: Uint8Array.of(...new Array<number>(12).fill(0), 192, 0, 2, 1),
  as: 65001,
  bgpId: 1,
  seconds: 1,
  microseconds: 2,
};

function bgp(type: number, length: number): Uint8Array {
  const octets = new Uint8Array(length).fill(0xff, 0, 16);
  octets.set([0, length, type], 16);
  return octets;
}

const up: BmpMessage = {
  type: 'peer-up',
  peer,
  localAddress: new Uint8Array(16),
  localPort: 179,
  remotePort: 40000,
  sentOpen: bgp(1, 29),
  receivedOpen: bgp(1, 29),
  information: [],
};
const route: Extract<BmpMessage, { type: 'route-monitoring' }> = { type: 'route-monitoring', peer, update: bgp(2, 23) };
const down: BmpMessage = { type: 'peer-down', peer, reason: 4, data: new Uint8Array(0) };
const exporter = () => new Exporter([{ type: INFORMATION_TLV.SYS_NAME, value: Uint8Array.of(0x61) }]);

function drain(queue: CollectorQueue): string[] {
  return queue.take(1e6).map((octets) => {
    const decoded = decodeBmp(octets);
    return decoded.ok ? decoded.value.type : decoded.error.code;
  });
}

it('Initiation comes first, then Peer Up, then routes (RFC 7854 §3.3)', () => {
  const subject = exporter();
  const queue = new CollectorQueue(10_000);
  subject.attach(queue);
  subject.observe(up);
  subject.observe(route);
  expect(drain(queue)).toEqual(['initiation', 'peer-up', 'route-monitoring']);
});

it('a collector that comes again is told of the peers that are up, and of no others', () => {
  const subject = exporter();
  const queue = new CollectorQueue(10_000);
  subject.observe(up);
  subject.attach(queue);
  expect(drain(queue)).toEqual(['initiation', 'peer-up']);
  subject.detach(queue);
  subject.observe(down);
  subject.attach(queue);
  expect(drain(queue)).toEqual(['initiation']);
});

it('a Peer Down with another BGP Identifier ends the same peer (RFC 7854 §4.2)', () => {
  const subject = exporter();
  const queue = new CollectorQueue(10_000);
  subject.observe(up);
  subject.observe({ ...down, peer: { ...peer, bgpId: 0 } });
  subject.attach(queue);
  expect(drain(queue)).toEqual(['initiation']);
});

it('after an overflow: Peer Down for what the collector believes, Peer Up again; another collector notices nothing', () => {
  const subject = exporter();
  const [small, large] = [new CollectorQueue(300), new CollectorQueue(10_000)];
  subject.attach(small);
  subject.attach(large);
  subject.observe(up);
  drain(small);
  for (let i = 0; i < 10; i++) subject.observe(route);
  expect(small.state).toBe('lost');
  expect(drain(small)).toEqual([]);
  subject.resynchronize(small, 5, 6);
  expect(drain(small)).toEqual(['peer-down', 'peer-up']);
  expect(small.counters).toMatchObject({ overflows: 1, droppedMessages: 10 });
  expect(drain(large)).toHaveLength(12);
});

it('an overflow before anything was sent: Initiation is still the first that the collector hears', () => {
  const subject = exporter();
  const queue = new CollectorQueue(300);
  subject.attach(queue);
  subject.observe(up);
  for (let i = 0; i < 10; i++) subject.observe(route);
  subject.resynchronize(queue, 5, 6);
  expect(drain(queue)).toEqual(['initiation', 'peer-up']);
});

it('a collector hears of the tables that it wants and of the peers that have them', () => {
  const subject = exporter();
  const locRib = { ...peer, peerType: PEER_TYPE.LOC_RIB, address: new Uint8Array(16) };
  const [onlyBest, onlyPeers] = [new CollectorQueue(10_000), new CollectorQueue(10_000)];
  subject.observe({ ...up, peer: locRib });
  subject.attach(onlyBest, { tables: new Set<TableKind>(['loc-rib']), mirroring: 'none' });
  subject.attach(onlyPeers, { tables: new Set<TableKind>(['adj-rib-in-post']), mirroring: 'errors' });
  subject.observe(up);
  subject.observe(route);
  subject.observe({ ...route, peer: { ...peer, flags: PEER_FLAG.L } });
  subject.observe({ ...route, peer: locRib });
  subject.observe({ type: 'statistics-report', peer: locRib, statistics: [] });
  expect(drain(onlyBest)).toEqual(['initiation', 'peer-up', 'route-monitoring', 'statistics-report']);
  expect(drain(onlyPeers)).toEqual(['initiation', 'peer-up', 'route-monitoring']);
});

it('mirrored messages: all, those that were in error, or none; a gap is told to those who count on all (RFC 7854 §4.7)', () => {
  const subject = exporter();
  const wants = (mirroring: 'none' | 'errors' | 'all') => ({
    tables: new Set<TableKind>(['adj-rib-in-pre']),
    mirroring,
  });
  const queues = (['none', 'errors', 'all'] as const).map((mirroring) => {
    const queue = new CollectorQueue(600);
    subject.attach(queue, wants(mirroring));
    return queue;
  });
  const mirrored = (...information: Tlv[]) => subject.observe({ type: 'route-mirroring', peer, information });
  const pdu = { type: MIRRORING_TLV.BGP_MESSAGE, value: bgp(2, 23) };
  subject.observe(up);
  mirrored(pdu);
  mirrored({ type: MIRRORING_TLV.INFORMATION, value: Uint8Array.of(0, 0) }, pdu);
  const start = ['initiation', 'peer-up'];
  const one = 'route-mirroring';
  expect(queues.map(drain)).toEqual([start, [...start, one], [...start, one, one]]);
  for (let i = 0; i < 20; i++) subject.observe(route);
  for (const queue of queues) subject.resynchronize(queue, 5, 6);
  const again = ['peer-down', 'peer-up'];
  expect(queues.map(drain)).toEqual([again, again, [...again, one]]);
});

it('a Loc-RIB goes down with reason 6 and the name that its Peer Up had (RFC 9069 §5.3)', () => {
  const subject = exporter();
  const name = { type: INFORMATION_TLV.VRF_NAME, value: Uint8Array.of(0x67) };
  const queue = new CollectorQueue(250);
  const locRib = { ...peer, peerType: PEER_TYPE.LOC_RIB, address: new Uint8Array(16) };
  subject.attach(queue);
  subject.observe({ ...up, peer: locRib, information: [name] });
  drain(queue);
  for (let i = 0; i < 10; i++) subject.observe({ ...route, peer: locRib });
  subject.resynchronize(queue, 5, 6);
  const [first] = queue.take(1e6);
  const decoded = decodeBmp(first ?? new Uint8Array(0));
  expect(decoded).toMatchObject({ ok: true, value: { type: 'peer-down', reason: 6 } });
  if (decoded.ok && decoded.value.type === 'peer-down') expect([...decoded.value.data]).toEqual([0, 3, 0, 1, 0x67]);
});

it('a value without a place in its field is an error, and nobody is sent anything', () => {
  const subject = exporter();
  expect(subject.observe({ ...down, reason: 256 })).toMatchObject({ ok: false, error: { field: 'reason' } });
});
