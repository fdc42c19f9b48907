import { ATTRIBUTE, parseIpAddress } from '@bgp/wire';
import { AttributeBlock } from './attribute-block.ts';
import { BGP4MP_SUBTYPE, MRT_TYPE } from './codes.ts';
import type { MrtElement } from './element.ts';
import { readU16, readU32 } from './octets.ts';
import type { MrtPeer } from './peer-index-table.ts';
import { TextWriter } from './text-writer.ts';

const BAR = 0x7c;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const SEGMENT = { SET: 1, SEQUENCE: 2, CONFED_SEQUENCE: 3, CONFED_SET: 4 } as const;
const OPENERS = ['', '{', '', '(', '['] as const;
const CLOSERS = ['', '}', '', ')', ']'] as const;
const COMMA = 0x2c;
const ORIGINS = ['IGP', 'EGP'] as const;
const NO_NEXT_HOP = '255.255.255.255';
const KINDS = { rib: 'B', announce: 'A', withdraw: 'W', state: 'STATE' } as const;
const LOCAL: ReadonlySet<number> = new Set([
  BGP4MP_SUBTYPE.MESSAGE_LOCAL,
  BGP4MP_SUBTYPE.MESSAGE_AS4_LOCAL,
  BGP4MP_SUBTYPE.MESSAGE_LOCAL_ADDPATH,
  BGP4MP_SUBTYPE.MESSAGE_AS4_LOCAL_ADDPATH,
]);
/** RFC 1997 names as this form has them; later well-known communities stay numbers. */
const COMMUNITIES: ReadonlyMap<number, string> = new Map([
  [0xffff_ff01, 'no-export'],
  [0xffff_ff02, 'no-advertise'],
  [0xffff_ff03, 'local-AS'],
]);

/**
 * The one-line form that `bgpdump -m` made common:
 *
 * ```text
 * BGP4MP|1546300800|A|80.77.16.114|34549|45.169.4.0/22|34549 1299|IGP|80.77.16.114|0|0|1299:35000|NAG||
 * form   |time      |A|peer        |AS   |prefix       |AS path   |origin|next hop|local pref|MED|communities|aggregation|aggregator|
 * form   |time      |W|peer        |AS   |prefix
 * form   |time      |STATE|peer    |AS   |old state|new state
 * ```
 *
 * With path identifiers the form's name ends in `_AP`, and the identifier follows the prefix. `form` is TABLE_DUMP, TABLE_DUMP2, BGP4MP or
 * BGP4MP_ET (whose time has microseconds), with `_LOCAL` for what the collector sent. Extended and large communities are not in this form.
 * A route without a next hop (BIRD dumps static routes so) has 255.255.255.255.
 */
export class LineWriter {
  readonly #out: TextWriter;
  readonly #peerTexts = new WeakMap<MrtPeer, Uint8Array>();
  readonly #merged = new AttributeBlock();

  constructor(out: TextWriter = new TextWriter()) {
    this.#out = out;
  }

  /** Octets written and not yet taken away by `reset`. */
  get length(): number {
    return this.#out.length;
  }

  /** The lines as ASCII, aliasing the writer's memory: valid until the next `write`. */
  view(): Uint8Array {
    return this.#out.view();
  }

  reset(): void {
    this.#out.reset();
  }

  /** Appends the element's line. False for a route whose NLRI is no prefix: this form has no place for it. */
  write(element: MrtElement): boolean {
    if (element.kind !== 'state' && !element.isPrefix) return false;
    const out = this.#out;
    out.text(formName(element));
    out.octet(BAR);
    out.number(element.timestamp);
    if (element.microseconds >= 0) {
      out.octet(0x2e);
      out.padded(element.microseconds, 6);
    }
    out.octet(BAR);
    out.text(KINDS[element.kind]);
    out.octet(BAR);
    out.copy(this.#peerText(element.peer));
    if (element.kind === 'state') {
      out.number(element.oldState);
      out.octet(BAR);
      out.number(element.newState);
    } else {
      this.#route(element);
    }
    out.octet(NEWLINE);
    return true;
  }

  #peerText(peer: MrtPeer): Uint8Array {
    let text = this.#peerTexts.get(peer);
    if (text === undefined) {
      const writer = new TextWriter(64);
      const address = parseIpAddress(peer.address);
      if (!address.ok) writer.text(peer.address);
      else if (address.value.length === 4) writer.ipv4(address.value, 0);
      else writer.ipv6(address.value, 0);
      writer.octet(BAR);
      writer.number(peer.as);
      writer.octet(BAR);
      text = writer.view();
      this.#peerTexts.set(peer, text);
    }
    return text;
  }

  #route(element: MrtElement): void {
    const out = this.#out;
    if (element.afi === 1) out.ipv4(element.address, 0);
    else out.ipv6(element.address, 0);
    out.octet(0x2f);
    out.number(element.prefixLength);
    if (element.pathId >= 0) {
      out.octet(BAR);
      out.number(element.pathId);
    }
    if (element.kind === 'withdraw') return;
    const { attributes } = element;
    const merged = attributes.hasAs4 ? attributes.mergedAs4() : undefined;
    const paths = merged === undefined ? attributes : this.#merged.reset(merged, 0, merged.length, 4);
    out.octet(BAR);
    this.#asPath(paths);
    out.octet(BAR);
    const originAt = attributes.find(ATTRIBUTE.ORIGIN);
    const origin = attributes.lengthOf(ATTRIBUTE.ORIGIN) > 0 ? (attributes.octets[originAt] ?? 2) : 2;
    out.text(ORIGINS[origin] ?? 'INCOMPLETE');
    out.octet(BAR);
    this.#nextHop(element);
    out.octet(BAR);
    out.number(attributes.u32(ATTRIBUTE.LOCAL_PREF));
    out.octet(BAR);
    out.number(attributes.u32(ATTRIBUTE.MULTI_EXIT_DISC));
    out.octet(BAR);
    this.#communities(attributes);
    out.text(attributes.find(ATTRIBUTE.ATOMIC_AGGREGATE) >= 0 ? '|AG|' : '|NAG|');
    this.#aggregator(paths);
    out.octet(BAR);
  }

  #nextHop(element: MrtElement): void {
    const { octets } = element.attributes;
    if (element.nextHopLength === 4) this.#out.ipv4(octets, element.nextHopStart);
    else if (element.nextHopLength === 16 || element.nextHopLength === 32) this.#out.ipv6(octets, element.nextHopStart);
    else this.#out.text(NO_NEXT_HOP);
  }

  #asPath(block: AttributeBlock): void {
    const start = block.find(ATTRIBUTE.AS_PATH);
    if (start < 0) return;
    const { octets, asOctets } = block;
    const end = start + block.lengthOf(ATTRIBUTE.AS_PATH);
    const out = this.#out;
    if (!isSoundPath(octets, start, end, asOctets)) return out.text('! Error !');
    let position = start;
    let isFirst = true;
    while (position < end) {
      const type = octets[position]!; // checked above, as all of the path
      const count = octets[position + 1]!;
      const isSet = type === SEGMENT.SET || type === SEGMENT.CONFED_SET;
      if (!isFirst) out.octet(SPACE);
      out.text(OPENERS[type] ?? '');
      for (let i = 0; i < count; i++) {
        if (i > 0) out.octet(isSet ? COMMA : SPACE);
        const at = position + 2 + i * asOctets;
        out.number(asOctets === 4 ? readU32(octets, at) : readU16(octets, at));
      }
      out.text(CLOSERS[type] ?? '');
      isFirst = count === 0;
      position += 2 + count * asOctets;
    }
  }

  #communities(block: AttributeBlock): void {
    const start = block.find(ATTRIBUTE.COMMUNITIES);
    if (start < 0) return;
    const { octets } = block;
    const out = this.#out;
    const end = start + (block.lengthOf(ATTRIBUTE.COMMUNITIES) & ~3);
    for (let at = start; at < end; at += 4) {
      if (at > start) out.octet(SPACE);
      const high = readU16(octets, at);
      const name = high === 0xffff ? COMMUNITIES.get(readU32(octets, at)) : undefined;
      if (name !== undefined) {
        out.text(name);
        continue;
      }
      out.number(high);
      out.octet(0x3a);
      out.number(readU16(octets, at + 2));
    }
  }

  #aggregator(block: AttributeBlock): void {
    const start = block.find(ATTRIBUTE.AGGREGATOR);
    const { octets, asOctets } = block;
    if (start < 0 || block.lengthOf(ATTRIBUTE.AGGREGATOR) !== asOctets + 4) return;
    this.#out.number(asOctets === 4 ? readU32(octets, start) : readU16(octets, start));
    this.#out.octet(SPACE);
    this.#out.ipv4(octets, start + asOctets);
  }
}

function formName({ type, subtype, pathId, kind }: MrtElement): string {
  const withIds = pathId >= 0 && kind !== 'state' ? '_AP' : '';
  if (type === MRT_TYPE.TABLE_DUMP) return 'TABLE_DUMP';
  if (type === MRT_TYPE.TABLE_DUMP_V2) return withIds === '' ? 'TABLE_DUMP2' : 'TABLE_DUMP2_AP';
  const name = type === MRT_TYPE.BGP4MP_ET ? 'BGP4MP_ET' : 'BGP4MP';
  if (kind === 'state') return name;
  const local = LOCAL.has(subtype) ? '_LOCAL' : '';
  return local === '' && withIds === '' ? name : `${name}${local}${withIds}`;
}

function isSoundPath(octets: Uint8Array, start: number, end: number, asOctets: 2 | 4): boolean {
  let position = start;
  while (position + 2 <= end) {
    const type = octets[position]!; // position + 2 <= end
    if (type < SEGMENT.SET || type > SEGMENT.CONFED_SET) return false;
    position += 2 + octets[position + 1]! * asOctets; // as above
  }
  return position === end;
}
