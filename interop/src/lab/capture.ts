import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from './lab.ts';
import { pause } from './shell.ts';

const FILE = 'tmp/capture.pcap';
const ETHERNET_OCTETS = 14;
const MARKER_OCTETS = 16;
const HEADER_OCTETS = 19;

/** One UPDATE as it was on the wire: its path attributes by code, and the IPv4 prefixes outside of them, without path identifiers. */
export interface CapturedUpdate {
  readonly attributes: ReadonlyMap<number, Uint8Array>;
  readonly withdrawn: readonly string[];
  readonly announced: readonly string[];
}

/**
 * What one side said over TCP port 179 while the capture ran, put together from the segments. It is read without our own codec, so
 * that a mistake in that is not made twice.
 */
export class Capture {
  readonly #node: LabNode;
  readonly #process: ChildProcess;

  private constructor(node: LabNode, process: ChildProcess) {
    this.#node = node;
    this.#process = process;
  }

  /** `node` has its peer's Debian mounted. Begin while the session is quiet: a message cut in two at the start is not found. */
  static async start(node: LabNode, link: string): Promise<Capture> {
    const filter = ['-i', link, '-s', '0', '-U', '--immediate-mode', '-w', `/${FILE}`, 'tcp port 179'];
    const capture = new Capture(node, node.spawnInRoot('tcpdump', ['tcpdump', '-Z', 'root', ...filter]));
    const path = join(node.root, FILE);
    for (let tries = 0; !(existsSync(path) && readFileSync(path).length >= 24); tries++) {
      if (tries === 300) throw new Error('tcpdump does not begin');
      await pause(100);
    }
    return capture;
  }

  stop(): void {
    this.#process.kill('SIGINT');
  }

  /** The UPDATEs of `from` so far. */
  updates(from: string): CapturedUpdate[] {
    const messages = streams(readFileSync(join(this.#node.root, FILE)), from).flatMap(splitMessages);
    return messages.filter((message) => message[18] === 2).map(toUpdate);
  }
}

type Segments = Map<number, Uint8Array>;

/** What `from` sent over each connection. */
function streams(pcap: Uint8Array, from: string): Uint8Array[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.byteLength);
  const connections = new Map<number, Segments>();
  // A file header of 24 octets, then per packet 16 octets, of which 8–11 are the captured length; in this machine's byte order.
  for (let at = 24; at + 16 <= pcap.length; ) {
    const length = view.getUint32(at + 8, true);
    const ip = at + 16 + ETHERNET_OCTETS;
    at += 16 + length;
    if (at > pcap.length || length < ETHERNET_OCTETS + 40) continue; // the last one may be half written
    const source = [12, 13, 14, 15].map((offset) => view.getUint8(ip + offset)).join('.');
    if (view.getUint8(ip) >>> 4 !== 4 || source !== from) continue;
    const tcp = ip + (view.getUint8(ip) & 0x0f) * 4;
    const payload = tcp + (view.getUint8(tcp + 12) >>> 4) * 4;
    const end = ip + view.getUint16(ip + 2);
    if (end <= payload) continue;
    const ports = view.getUint32(tcp);
    const segments: Segments = connections.get(ports) ?? new Map();
    connections.set(ports, segments.set(view.getUint32(tcp + 4), pcap.subarray(payload, end)));
  }
  return [...connections.values()].map(reassemble);
}

/** By sequence number; what was sent twice, once. */
function reassemble(segments: Segments): Uint8Array {
  const ordered = [...segments].sort(([a], [b]) => a - b);
  const stream: number[] = [];
  const base = ordered[0]?.[0] ?? 0;
  for (const [sequence, octets] of ordered) {
    const known = base + stream.length - sequence;
    if (known < 0) throw new Error('the capture has a gap');
    if (known < octets.length) stream.push(...octets.subarray(known));
  }
  return Uint8Array.from(stream);
}

function splitMessages(stream: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + HEADER_OCTETS <= stream.length; ) {
    if (stream.subarray(at, at + MARKER_OCTETS).some((octet) => octet !== 0xff)) throw new Error('no marker');
    const length = (stream[at + 16] ?? 0) * 256 + (stream[at + 17] ?? 0);
    if (length < HEADER_OCTETS || at + length > stream.length) break;
    messages.push(stream.subarray(at, at + length));
    at += length;
  }
  return messages;
}

/** RFC 4271 §4.3. */
function toUpdate(message: Uint8Array): CapturedUpdate {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const withdrawnAt = HEADER_OCTETS + 2;
  const attributesAt = withdrawnAt + view.getUint16(HEADER_OCTETS) + 2;
  const announcedAt = attributesAt + view.getUint16(attributesAt - 2);
  return {
    withdrawn: prefixesOf(message.subarray(withdrawnAt, attributesAt - 2)),
    attributes: attributesOf(message.subarray(attributesAt, announcedAt)),
    announced: prefixesOf(message.subarray(announcedAt)),
  };
}

function prefixesOf(field: Uint8Array): string[] {
  const prefixes: string[] = [];
  for (let at = 0; at < field.length; ) {
    const length = field[at] ?? 0;
    const octets = Math.ceil(length / 8);
    const address = [0, 1, 2, 3].map((offset) => (offset < octets ? (field[at + 1 + offset] ?? 0) : 0));
    prefixes.push(`${address.join('.')}/${length}`);
    at += 1 + octets;
  }
  return prefixes;
}

function attributesOf(field: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(field.buffer, field.byteOffset, field.byteLength);
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at < field.length; ) {
    const isExtended = (view.getUint8(at) & 0x10) !== 0;
    const length = isExtended ? view.getUint16(at + 2) : view.getUint8(at + 2);
    const value = at + (isExtended ? 4 : 3);
    attributes.set(view.getUint8(at + 1), field.subarray(value, value + length));
    at = value + length;
  }
  return attributes;
}

export const hex = (octets: Uint8Array | undefined): string =>
  [...(octets ?? [])].map((octet) => octet.toString(16).padStart(2, '0')).join('');
