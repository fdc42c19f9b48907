import { applyEdit } from '../attributes/apply-edit.ts';
import { AttributeReader } from '../attributes/attribute-reader.ts';
import type { AttributeContext } from '../attributes/codec.ts';
import { encodeAttributes } from '../attributes/object-codec.ts';
import { type CodecContext, INITIAL_CONTEXT } from '../context.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../family.ts';
import { Ipv4NlriCursor } from '../nlri/ipv4-nlri-cursor.ts';
import { Ipv6NlriCursor } from '../nlri/ipv6-nlri-cursor.ts';
import { MessageFramer } from './framer.ts';
import { decodeUpdate } from './update.ts';
import { UpdateBuilder } from './update-builder.ts';
import { UpdateView } from './update-view.ts';

/** One thing to measure: `run` does `unitsPerRun` units of work and returns something that depends on all of it. */
export interface BenchCase {
  readonly name: string;
  readonly unit: string;
  readonly unitsPerRun: number;
  run(): number;
}

const CTX: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true };
const ATTRIBUTE_CTX: AttributeContext = { fourOctetAs: true, peerKind: 'external', carries: 'body' };
const EMPTY = new Uint8Array(0);

/** A full table: routes per attribute set as in a real one, so that messages are mostly small. */
const ROUTES = 1_000_000;
const ROUTES_PER_SET = 10;
const SETS = ROUTES / ROUTES_PER_SET;

function attributeSet(index: number, nextHop: string): Uint8Array {
  const encoded = encodeAttributes({
    origin: 0,
    asPath: [{ type: 'sequence', asns: [65001, 3356, 1000 + (index % 50_000), 200_000 + index] }],
    nextHop,
    communities: [3356 * 0x1_0000 + (index % 1000), 65001 * 0x1_0000 + 1],
  });
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
}

const sets4 = Array.from({ length: SETS }, (_, i) => attributeSet(i, '192.0.2.1'));
const sets6 = Array.from({ length: SETS / 10 }, (_, i) => attributeSet(i, '2001:db8::1'));

function encodeIpv4(): Uint8Array[] {
  const builder = new UpdateBuilder({
    family: IPV4_UNICAST,
    fourOctetAs: true,
    addPath: false,
    extendedNextHop: false,
    maxMessageOctets: 4096,
  });
  let route = 0;
  for (const set of sets4) {
    builder.beginAnnounce(set);
    for (let i = 0; i < ROUTES_PER_SET; i++, route++) builder.addIpv4((0x0100_0000 + route * 256) >>> 0, 24, 0);
  }
  builder.finish();
  return builder.take().map(({ octets }) => octets);
}

function encodeIpv6(): Uint8Array[] {
  const builder = new UpdateBuilder({
    family: IPV6_UNICAST,
    fourOctetAs: true,
    addPath: false,
    extendedNextHop: false,
    maxMessageOctets: 4096,
  });
  let route = 0;
  for (const set of sets6) {
    builder.beginAnnounce(set);
    for (let i = 0; i < ROUTES_PER_SET; i++, route++) builder.addIpv6(0x2001_0db8, route << 8, 0, 0, 48, 0);
  }
  builder.finish();
  return builder.take().map(({ octets }) => octets);
}

const stream4 = encodeIpv4();
const stream6 = encodeIpv6();

function octetsOf(stream: readonly Uint8Array[]): number {
  return stream.reduce((sum, octets) => sum + octets.length, 0);
}

/** Frames, finds the sections, walks the NLRI; reads attributes only when asked to, as the RIB does on a pool miss. */
function decode(stream: readonly Uint8Array[], readsAttributes: boolean): number {
  const framer = new MessageFramer();
  const view = new UpdateView();
  const reader = new AttributeReader();
  const cursor4 = new Ipv4NlriCursor();
  const cursor6 = new Ipv6NlriCursor();
  let check = 0;
  for (const chunk of stream) {
    framer.push(chunk);
    for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
      if (!view.parse(next.value, CTX)) throw new Error(view.errors[0]?.code);
      const block = view.attributeOctets();
      if (readsAttributes) {
        reader.read(block, EMPTY, ATTRIBUTE_CTX);
        check += reader.canonical().length;
      }
      cursor4.reset(view.frame, view.nlriStart, view.nlriEnd, false);
      while (cursor4.next()) check += cursor4.address & 0xff;
      cursor6.reset(view.frame, view.reachNlriStart, view.reachNlriEnd, false);
      while (cursor6.next()) check += cursor6.w1 & 0xff;
    }
  }
  return check;
}

const EDIT = { prepend: [{ as: 65010, count: 1 }], remove: [5, 9, 10], nextHop: Uint8Array.of(192, 0, 2, 9) };

/** Each message of the stream alone, for the object face. */
const firstFrames = ((): Uint8Array[] => {
  const framer = new MessageFramer();
  const frames: Uint8Array[] = [];
  framer.push(stream4[0] ?? EMPTY);
  for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) frames.push(next.value);
  return frames;
})();

export const cases: readonly BenchCase[] = [
  {
    name: 'encode IPv4, 10 routes per attribute set',
    unit: 'prefix',
    unitsPerRun: ROUTES,
    run: () => octetsOf(encodeIpv4()),
  },
  { name: 'decode IPv4, attributes known', unit: 'prefix', unitsPerRun: ROUTES, run: () => decode(stream4, false) },
  {
    name: 'decode IPv4, every attribute block read',
    unit: 'prefix',
    unitsPerRun: ROUTES,
    run: () => decode(stream4, true),
  },
  { name: 'encode IPv6', unit: 'prefix', unitsPerRun: ROUTES / 10, run: () => octetsOf(encodeIpv6()) },
  {
    name: 'decode IPv6, attributes known',
    unit: 'prefix',
    unitsPerRun: ROUTES / 10,
    run: () => decode(stream6, false),
  },
  {
    name: 'export edit: prepend, next hop, drop internal attributes',
    unit: 'attribute set',
    unitsPerRun: SETS,
    run: () => sets4.reduce((sum, set) => sum + applyEdit(set, EDIT).length, 0),
  },
  {
    name: 'decodeUpdate, the object face',
    unit: 'message',
    unitsPerRun: firstFrames.length,
    run: () => firstFrames.reduce((sum, frame) => sum + (decodeUpdate(frame, CTX).ok ? 1 : 0), 0),
  },
];
