import { ATTRIBUTE, FLAG, OPTIONAL_NON_TRANSITIVE } from '../../attributes/codes.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { EncodeError } from '../../errors.ts';
import { afiOf, type Family, safiOf } from '../../family.ts';
import { HEADER_OCTETS, MESSAGE_TYPE } from '../../message/framer.ts';
import { writeOutgoingAttributes } from '../../message/outgoing-attributes.ts';
import type { BuiltMessages } from '../../message/update-builder.ts';
import { flowSpecNlriOctets, writeFlowSpecNlri } from './flowspec-nlri.ts';

export interface FlowSpecUpdateBuilderOptions {
  readonly family: Family;
  readonly fourOctetAs: boolean;
  readonly maxMessageOctets: 4096 | 65535;
  /** RFC 7911: we send path ids. */
  readonly addPath: boolean;
}

/** Header, two lengths, and the fixed part of MP_REACH_NLRI with its extended length and no next hop. */
const FIXED_OCTETS = HEADER_OCTETS + 4 + 4 + 5;

/**
 * `UpdateBuilder` for rules: the same order of calls, with `add` in place of `addIpv4` and `addIpv6`. Rules are few beside routes, so
 * this one is plain.
 *
 * ```text
 * header | 0 | len | MP_REACH{next hop length 0, rules …} | attributes        RFC 8955 §4
 * header | 0 | len | MP_UNREACH{rules …}
 * ```
 */
export class FlowSpecUpdateBuilder {
  readonly #options: FlowSpecUpdateBuilderOptions;
  readonly #attributes = new ByteWriter(1024);
  #isAnnouncing = false;
  /** NLRI of the open message. */
  #nlri = new Uint8Array(0);
  #nlriLength = 0;
  #isOpen = false;
  readonly #done: Uint8Array[] = [];

  constructor(options: FlowSpecUpdateBuilderOptions) {
    this.#options = options;
    this.#nlri = new Uint8Array(options.maxMessageOctets);
  }

  /**
   * Starts rules with these attributes, `canonical`'s `[start, end)`; a next hop among them is left out (RFC 8955 §4).
   * @returns `message-too-large` when nothing fits beside the attributes.
   */
  beginAnnounce(canonical: Uint8Array, start = 0, end: number = canonical.length): EncodeError | undefined {
    this.#close();
    writeOutgoingAttributes(canonical, this.#options.fourOctetAs, false, this.#attributes.reset(), start, end);
    this.#isAnnouncing = true;
    const octets = FIXED_OCTETS + this.#attributes.length + flowSpecNlriOctets(1, this.#options.addPath);
    const max = this.#options.maxMessageOctets;
    return octets > max ? { code: 'message-too-large', octets, max } : undefined;
  }

  beginWithdraw(): void {
    this.#close();
    this.#attributes.reset();
    this.#isAnnouncing = false;
  }

  /** Whether a rule of so many octets goes into one message with the attributes of the run. */
  fits(ruleOctets: number): boolean {
    return this.#room >= flowSpecNlriOctets(ruleOctets, this.#options.addPath);
  }

  /** The rule's octets `[start, end)`; it has to fit (`fits`). */
  add(octets: Uint8Array, start: number, end: number, pathId: number): void {
    const { addPath } = this.#options;
    const needed = flowSpecNlriOctets(end - start, addPath);
    if (this.#isOpen && this.#nlriLength + needed > this.#room) this.#close();
    this.#isOpen = true;
    this.#nlriLength = writeFlowSpecNlri(
      octets,
      start,
      end,
      addPath ? pathId : undefined,
      this.#nlri,
      this.#nlriLength,
    );
  }

  /** RFC 4724 §2. */
  endOfRib(): void {
    this.beginWithdraw();
    this.#isOpen = true;
    this.#close();
  }

  finish(): void {
    this.#close();
  }

  take(): BuiltMessages[] {
    return this.#done.splice(0).map((octets) => ({ octets, messages: 1 }));
  }

  get #room(): number {
    return this.#options.maxMessageOctets - FIXED_OCTETS - this.#attributes.length;
  }

  #close(): void {
    if (!this.#isOpen) return;
    const { family } = this.#options;
    const mpLength = (this.#isAnnouncing ? 5 : 3) + this.#nlriLength;
    const attributesLength = 4 + mpLength + this.#attributes.length;
    const octets = new Uint8Array(HEADER_OCTETS + 4 + attributesLength);
    octets.fill(0xff, 0, 16);
    octets[18] = MESSAGE_TYPE.UPDATE;
    const view = new DataView(octets.buffer);
    view.setUint16(16, octets.length);
    view.setUint16(HEADER_OCTETS + 2, attributesLength);
    let at = HEADER_OCTETS + 4;
    octets[at] = OPTIONAL_NON_TRANSITIVE | FLAG.EXTENDED_LENGTH;
    octets[at + 1] = this.#isAnnouncing ? ATTRIBUTE.MP_REACH_NLRI : ATTRIBUTE.MP_UNREACH_NLRI;
    view.setUint16(at + 2, mpLength);
    view.setUint16(at + 4, afiOf(family));
    octets[at + 6] = safiOf(family);
    at += this.#isAnnouncing ? 9 : 7; // next hop length and the reserved octet are 0
    octets.set(this.#nlri.subarray(0, this.#nlriLength), at);
    octets.set(this.#attributes.toOctetsView(), at + this.#nlriLength);
    this.#done.push(octets);
    this.#isOpen = false;
    this.#nlriLength = 0;
  }
}
