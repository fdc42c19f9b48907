import { AttributeView } from '../attributes/attribute-view.ts';
import { ATTRIBUTE, FLAG, OPTIONAL_NON_TRANSITIVE } from '../attributes/codes.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { EncodeError } from '../errors.ts';
import { afiOf, type Family, IPV4_UNICAST, safiOf } from '../family.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from './framer.ts';
import { writeOutgoingAttributes } from './outgoing-attributes.ts';

export interface UpdateBuilderOptions {
  readonly fourOctetAs: boolean;
  readonly maxMessageOctets: 4096 | 65535;
  /** RFC 8950 was negotiated for the family. */
  readonly extendedNextHop: boolean;
  /** RFC 7911: we send path ids. */
  readonly addPath: boolean;
  /** A family whose NLRI are IPv4 or IPv6 prefixes. */
  readonly family: Family;
}

/** Messages back to back, ready for a socket. `octets` belong to the receiver. */
export interface BuiltMessages {
  readonly octets: Uint8Array;
  readonly messages: number;
}

/** A buffer is handed over when it holds this much; its memory has room for one more message. */
const BUFFER_OCTETS = 65_536;

const AFI_IPV4 = 1;

/**
 * Packs routes into as few UPDATE messages as the size limit allows.
 *
 * ```text
 * body:  header | 0 | len | attributes | NLRI …                          IPv4 unicast with an IPv4 next hop
 *        header | len | withdrawn … | 0                                  IPv4 unicast withdrawals
 * MP:    header | 0 | len | MP_REACH{next hop, NLRI …} | attributes      everything else; MP first, RFC 7606 §5.1
 *        header | 0 | len | MP_UNREACH{NLRI …}
 * ```
 *
 * A message carries exactly one of the four kinds of field (RFC 7606 §5.1). Order of calls: `beginAnnounce` or
 * `beginWithdraw`, then `addIpv4` or `addIpv6` as often as wanted; `finish`, then `take`. After `beginAnnounce` has
 * refused, nothing may be added before the next successful `begin…`.
 */
export class UpdateBuilder {
  readonly #fourOctetAs: boolean;
  readonly #maxMessageOctets: number;
  readonly #extendedNextHop: boolean;
  readonly #addPath: boolean;
  readonly #family: Family;
  /** Octets of the longest NLRI that can be added. */
  readonly #maxNlriOctets: number;

  readonly #buffer: Uint8Array;
  #position = 0;
  #messages = 0;
  readonly #done: BuiltMessages[] = [];

  /** How the current run of routes is written. */
  #mode: 'none' | 'body' | 'withdraw' | 'mp-reach' | 'mp-unreach' = 'none';
  /** Attributes of the run; in MP mode they follow the NLRI. */
  readonly #attributes = new ByteWriter(1024);
  readonly #view = new AttributeView();
  #nextHop: Uint8Array = new Uint8Array(0);

  /** Where the open message starts, -1 when none is open, and how far NLRI may go in it. */
  #messageStart = -1;
  #nlriStart = 0;
  #nlriLimit = -1;

  constructor(options: UpdateBuilderOptions) {
    this.#fourOctetAs = options.fourOctetAs;
    this.#maxMessageOctets = options.maxMessageOctets;
    this.#extendedNextHop = options.extendedNextHop;
    this.#addPath = options.addPath;
    this.#family = options.family;
    this.#maxNlriOctets = (options.addPath ? 4 : 0) + (afiOf(options.family) === AFI_IPV4 ? 5 : 17);
    this.#buffer = new Uint8Array(BUFFER_OCTETS + options.maxMessageOctets + 16);
  }

  /**
   * Starts routes with these attributes. The next hop's length chooses NEXT_HOP or MP_REACH_NLRI.
   * @param canonical holds them in `[start, end)`; not retained.
   * @returns `next-hop-unsupported`, or `message-too-large` when not even one NLRI fits beside the attributes: such routes
   *          must not be sent, and must be withdrawn if they were (RFC 4271 §9.2, RFC 8654 §4).
   */
  beginAnnounce(canonical: Uint8Array, start = 0, end: number = canonical.length): EncodeError | undefined {
    this.#close();
    this.#mode = 'none';
    const view = this.#view.reset(canonical, start, end);
    const nextHopStart = view.nextHopStart;
    const length = nextHopStart < 0 ? 0 : view.findLength;
    if (!this.#canCarryNextHop(length)) return { code: 'next-hop-unsupported', family: this.#family, length };
    const inBody = this.#family === IPV4_UNICAST && length === 4;
    writeOutgoingAttributes(canonical, this.#fourOctetAs, inBody, this.#attributes.reset(), start, end);
    if (!inBody) this.#nextHop = canonical.slice(nextHopStart, nextHopStart + length);
    const fixed = HEADER_OCTETS + 4 + this.#attributes.length + (inBody ? 0 : 4 + 5 + length);
    const octets = fixed + this.#maxNlriOctets;
    if (octets > this.#maxMessageOctets) return { code: 'message-too-large', octets, max: this.#maxMessageOctets };
    this.#mode = inBody ? 'body' : 'mp-reach';
    return undefined;
  }

  /** Starts withdrawals. */
  beginWithdraw(): void {
    this.#close();
    this.#mode = this.#family === IPV4_UNICAST ? 'withdraw' : 'mp-unreach';
  }

  /** `address`: 32 bits, those past `length` clear. `pathId` counts only with ADD-PATH. */
  addIpv4(address: number, length: number, pathId: number): void {
    const octets = (length + 7) >>> 3;
    let position = this.#place(octets + (this.#addPath ? 5 : 1));
    const buffer = this.#buffer;
    if (this.#addPath) position = putU32(buffer, position, pathId);
    buffer[position++] = length;
    if (octets > 0) buffer[position++] = address >>> 24;
    if (octets > 1) buffer[position++] = address >>> 16;
    if (octets > 2) buffer[position++] = address >>> 8;
    if (octets > 3) buffer[position++] = address;
    this.#position = position;
  }

  /** Four words, most significant first, the bits past `length` clear. */
  addIpv6(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const octets = (length + 7) >>> 3;
    let position = this.#place(octets + (this.#addPath ? 5 : 1));
    const buffer = this.#buffer;
    if (this.#addPath) position = putU32(buffer, position, pathId);
    buffer[position++] = length;
    const end = position + octets;
    // Whole words are written and the cursor set back: the buffer has room past any message.
    putU32(buffer, position, w0);
    if (octets > 4) putU32(buffer, position + 4, w1);
    if (octets > 8) putU32(buffer, position + 8, w2);
    if (octets > 12) putU32(buffer, position + 12, w3);
    this.#position = end;
  }

  /** RFC 4724 §2: an empty UPDATE for IPv4 unicast, an empty MP_UNREACH_NLRI for every other family. */
  endOfRib(): void {
    this.#close();
    this.#mode = this.#family === IPV4_UNICAST ? 'withdraw' : 'mp-unreach';
    this.#open();
    this.#close();
    this.#mode = 'none';
  }

  /** Completes the open message, so that `take` returns everything added so far. */
  finish(): void {
    this.#close();
    this.#flush();
  }

  /** What has been completed since the last call: every full buffer, and after `finish` the rest. */
  take(): BuiltMessages[] {
    return this.#done.splice(0);
  }

  #canCarryNextHop(length: number): boolean {
    if (afiOf(this.#family) !== AFI_IPV4) return length === 16 || length === 32;
    return length === 4 || (this.#extendedNextHop && (length === 16 || length === 32));
  }

  /** Where the next NLRI goes, in the open message or a new one. */
  #place(octets: number): number {
    if (this.#position + octets > this.#nlriLimit) {
      this.#close();
      this.#open();
    }
    return this.#position;
  }

  #open(): void {
    if (this.#mode === 'none') throw new Error('UpdateBuilder: nothing was begun'); // our own mistake, never the peer's
    if (this.#position >= BUFFER_OCTETS) this.#flush();
    const buffer = this.#buffer;
    const start = this.#position;
    this.#messageStart = start;
    buffer.fill(0xff, start, start + 16);
    buffer[start + 18] = MESSAGE_TYPE.UPDATE;
    let position = start + HEADER_OCTETS;
    let reserved = 0;
    position = putU16(buffer, position, 0); // withdrawn routes length
    switch (this.#mode) {
      case 'body':
        position = putU16(buffer, position, this.#attributes.length);
        position = this.#attributes.copyInto(buffer, position);
        break;
      case 'withdraw':
        reserved = 2; // the total path attribute length follows
        break;
      case 'mp-reach':
        position = this.#putMpHeader(position + 2, ATTRIBUTE.MP_REACH_NLRI);
        buffer[position++] = this.#nextHop.length;
        buffer.set(this.#nextHop, position);
        position += this.#nextHop.length;
        buffer[position++] = 0; // RFC 4760 §3: reserved
        reserved = this.#attributes.length;
        break;
      case 'mp-unreach':
        position = this.#putMpHeader(position + 2, ATTRIBUTE.MP_UNREACH_NLRI);
        break;
    }
    this.#position = position;
    this.#nlriStart = position;
    this.#nlriLimit = start + this.#maxMessageOctets - reserved;
  }

  /** Always with the extended length, which is filled in when the message is closed. */
  #putMpHeader(position: number, code: number): number {
    const buffer = this.#buffer;
    buffer[position] = OPTIONAL_NON_TRANSITIVE | FLAG.EXTENDED_LENGTH;
    buffer[position + 1] = code;
    putU16(buffer, position + 4, afiOf(this.#family));
    buffer[position + 6] = safiOf(this.#family);
    return position + 7;
  }

  #close(): void {
    const start = this.#messageStart;
    if (start < 0) return;
    const buffer = this.#buffer;
    const nlriEnd = this.#position;
    switch (this.#mode) {
      case 'withdraw':
        putU16(buffer, start + HEADER_OCTETS, nlriEnd - this.#nlriStart);
        this.#position = putU16(buffer, nlriEnd, 0);
        break;
      case 'mp-reach':
      case 'mp-unreach': {
        const mpStart = start + HEADER_OCTETS + 4;
        putU16(buffer, mpStart + 2, nlriEnd - mpStart - 4);
        if (this.#mode === 'mp-reach') {
          this.#position = this.#attributes.copyInto(buffer, nlriEnd);
        }
        putU16(buffer, mpStart - 2, this.#position - mpStart);
        break;
      }
      case 'body':
      case 'none':
        break;
    }
    putU16(buffer, start + 16, this.#position - start);
    this.#messageStart = -1;
    this.#nlriLimit = -1;
    this.#messages++;
  }

  #flush(): void {
    if (this.#position === 0) return;
    this.#done.push({ octets: this.#buffer.slice(0, this.#position), messages: this.#messages });
    this.#position = 0;
    this.#messages = 0;
  }
}

function putU16(octets: Uint8Array, offset: number, value: number): number {
  octets[offset] = value >>> 8;
  octets[offset + 1] = value;
  return offset + 2;
}

function putU32(octets: Uint8Array, offset: number, value: number): number {
  octets[offset] = value >>> 24;
  octets[offset + 1] = value >>> 16;
  octets[offset + 2] = value >>> 8;
  octets[offset + 3] = value;
  return offset + 4;
}
