import { expect, it } from 'vitest';
import { CollectorQueue } from './collector-queue.ts';
import { decodeBmp } from './decode.ts';
import { Exporter } from './exporter.ts';
import { type BmpMessage, INFORMATION_TLV, type PerPeerHeader } from './types.ts';

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
const route: BmpMessage = { type: 'route-monitoring', peer, update: bgp(2, 23) };
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

it('a value without a place in its field is an error, and nobody is sent anything', () => {
  const subject = exporter();
  expect(subject.observe({ ...down, reason: 256 })).toMatchObject({ ok: false, error: { field: 'reason' } });
});
