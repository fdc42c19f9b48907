import { ATTRIBUTE, FLAG, OPTIONAL_NON_TRANSITIVE, OPTIONAL_TRANSITIVE } from '../attributes/codes.ts';
import { readU16 } from '../bytes/byte-reader.ts';
import type { CodecContext } from '../context.ts';
import { inMessage, type WireError } from '../errors.ts';
import { type Family, IPV4_UNICAST, toFamily } from '../family.ts';
import { nlriCodec } from '../nlri/table.ts';
import type { NlriCodec } from '../nlri/types.ts';

const EMPTY = new Uint8Array(0);
const NO_ERRORS: readonly WireError[] = [];

/**
 * A reusable cursor over one UPDATE: where its sections are, and whether its structure and every NLRI field can be relied
 * on. No objects are made for a sound message.
 *
 * ```text
 * | header (19) | len (2) | withdrawn routes | len (2) | path attributes, MP_REACH/MP_UNREACH among them | NLRI |
 * ```
 *
 * Offsets count in `frame`, which holds the message in `[start, end)` and must not change while the view is used.
 * @source RFC 4271 §4.3, RFC 4760 §3–4, RFC 7606
 */
export class UpdateView {
  frame: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  withdrawnStart = 0;
  withdrawnEnd = 0;
  nlriStart = 0;
  nlriEnd = 0;
  /** The whole block as received. */
  attributesStart = 0;
  attributesEnd = 0;
  /** 0: no MP_REACH_NLRI. A family that we cannot read is named here and in `errors`, its NLRI is unchecked: skip it. */
  reachFamily: Family | 0 = 0;
  reachNextHopStart = 0;
  reachNextHopLength = 0;
  reachNlriStart = 0;
  reachNlriEnd = 0;
  /** 0: no MP_UNREACH_NLRI; see `reachFamily`. */
  unreachFamily: Family | 0 = 0;
  unreachStart = 0;
  unreachEnd = 0;
  /** The family whose initial table is complete (RFC 4724 §2), or 0. */
  endOfRib: Family | 0 = 0;
  /** Errors of structure, of MP_* and of NLRI; those of the other attributes come from `AttributeReader`. */
  errors: readonly WireError[] = NO_ERRORS;

  /** MP_REACH_NLRI and MP_UNREACH_NLRI, header included; start -1 when absent. */
  #reachTlvStart = -1;
  #reachTlvEnd = 0;
  #unreachTlvStart = -1;
  #unreachTlvEnd = 0;
  #scratch: Uint8Array = EMPTY;

  /**
   * @param frame holds one whole message in `[start, end)`, as `MessageFramer` gives it; retained until the next call.
   * @returns false when an error asks for a session reset: use nothing of the message then.
   */
  parse(frame: Uint8Array, ctx: CodecContext, start = 0, end: number = frame.length): boolean {
    this.#clear(frame);
    this.start = start;
    this.end = end;
    if (!this.#findSections()) return false;
    if (!this.#findMp(ctx)) return false;
    return this.#checkFields(ctx) && this.#detectEndOfRib();
  }

  /** The message, header included, as a view of the frame. */
  message(): Uint8Array {
    return this.frame.subarray(this.start, this.end);
  }

  /** Where the announced routes are: what `AttributeReader` must know. In a message with both, `body` and `mp` are read in turn. */
  get carries(): 'body' | 'mp' | 'none' {
    if (this.nlriEnd > this.nlriStart) return 'body';
    return this.reachNlriEnd > this.reachNlriStart ? 'mp' : 'none';
  }

  /**
   * The attributes without MP_REACH_NLRI and MP_UNREACH_NLRI: equal routes in different messages give equal octets.
   * A view of the frame, or of memory of this object; valid until the next `parse`.
   */
  attributeOctets(): Uint8Array {
    const { frame, attributesStart: start, attributesEnd: end } = this;
    let firstStart = this.#reachTlvStart;
    let firstEnd = this.#reachTlvEnd;
    let secondStart = this.#unreachTlvStart;
    let secondEnd = this.#unreachTlvEnd;
    if (secondStart >= 0 && (firstStart < 0 || secondStart < firstStart)) {
      [firstStart, firstEnd, secondStart, secondEnd] = [secondStart, secondEnd, firstStart, firstEnd];
    }
    if (firstStart < 0) return frame.subarray(start, end);
    if (secondStart < 0) {
      // RFC 7606 §5.1 puts MP_REACH_NLRI first, so the rest is usually one piece.
      if (firstStart === start) return frame.subarray(firstEnd, end);
      if (firstEnd === end) return frame.subarray(start, firstStart);
      secondStart = end;
      secondEnd = end;
    }
    if (this.#scratch.length < end - start) this.#scratch = new Uint8Array(Math.max(4096, end - start));
    const { length: head } = this.#copy(start, firstStart, 0);
    const { length: middle } = this.#copy(firstEnd, secondStart, head);
    const { length: tail } = this.#copy(secondEnd, end, head + middle);
    return this.#scratch.subarray(0, head + middle + tail);
  }

  /** Next hop octets of MP_REACH_NLRI as a view of the frame; empty without one. */
  reachNextHop(): Uint8Array {
    return this.frame.subarray(this.reachNextHopStart, this.reachNextHopStart + this.reachNextHopLength);
  }

  #copy(from: number, to: number, at: number): Uint8Array {
    const piece = this.frame.subarray(from, to);
    this.#scratch.set(piece, at);
    return piece;
  }

  #clear(frame: Uint8Array): void {
    this.frame = frame;
    this.errors = NO_ERRORS;
    this.endOfRib = 0;
    this.withdrawnStart = this.withdrawnEnd = this.nlriStart = this.nlriEnd = 0;
    this.attributesStart = this.attributesEnd = 0;
    this.reachFamily = this.unreachFamily = 0;
    this.reachNextHopStart = this.reachNextHopLength = this.reachNlriStart = this.reachNlriEnd = 0;
    this.unreachStart = this.unreachEnd = 0;
    this.#reachTlvStart = this.#unreachTlvStart = -1;
    this.#reachTlvEnd = this.#unreachTlvEnd = 0;
  }

  /** Always false, for `return this.#refuse(…)`. */
  #refuse(error: WireError): false {
    this.errors = [error];
    return false;
  }

  #findSections(): boolean {
    const { frame, start, end } = this;
    if (end - start < 23) return this.#refuse({ code: 'message-length-invalid', length: end - start });
    const withdrawnLength = readU16(frame, start + 19);
    const withdrawnStart = start + 21;
    const attributesAt = withdrawnStart + withdrawnLength;
    const attributesLength = attributesAt + 2 <= end ? readU16(frame, attributesAt) : 0;
    // RFC 7606 §3 (b).
    if (attributesAt + 2 + attributesLength > end)
      return this.#refuse({ code: 'update-length-invalid', withdrawnLength, attributesLength });
    this.withdrawnStart = withdrawnStart;
    this.withdrawnEnd = attributesAt;
    this.attributesStart = attributesAt + 2;
    this.attributesEnd = this.attributesStart + attributesLength;
    this.nlriStart = this.attributesEnd;
    this.nlriEnd = end;
    return true;
  }

  #findMp(ctx: CodecContext): boolean {
    const { frame, attributesEnd: end } = this;
    let position = this.attributesStart;
    while (position < end) {
      const flags = frame[position]!;
      const isExtended = (flags & FLAG.EXTENDED_LENGTH) !== 0;
      const value = position + (isExtended ? 4 : 3);
      const code = position + 1 < end ? frame[position + 1]! : 0;
      const isMp = code === ATTRIBUTE.MP_REACH_NLRI || code === ATTRIBUTE.MP_UNREACH_NLRI;
      const length = value > end ? 0 : isExtended ? readU16(frame, position + 2) : frame[position + 2]!;
      const next = value + length;
      if (next > end) {
        // RFC 7606 §4: AttributeReader finds the same fault and says treat-as-withdraw. But NLRI that does not parse
        // cannot be withdrawn (§3 (j)). Octets too few for any attribute are none of MP_REACH_NLRI either.
        if (isMp && value <= end) return this.#refuse({ code: 'mp-length-invalid', attribute: code, data: EMPTY });
        return true;
      }
      if (code === ATTRIBUTE.MP_REACH_NLRI) {
        if (!this.#readReach(position, value, next, flags, ctx)) return false;
      } else if (code === ATTRIBUTE.MP_UNREACH_NLRI) {
        if (!this.#readUnreach(position, value, next, flags)) return false;
      }
      position = next;
    }
    return true;
  }

  /**
   * ```text
   * | AFI (2) | SAFI (1) | next hop length (1) | next hop | reserved (1) | NLRI |
   * ```
   */
  #readReach(tlv: number, start: number, end: number, flags: number, ctx: CodecContext): boolean {
    const { frame } = this;
    const attribute = ATTRIBUTE.MP_REACH_NLRI;
    if (this.#reachTlvStart >= 0) return this.#refuse({ code: 'mp-duplicate', attribute });
    if ((flags & OPTIONAL_TRANSITIVE) !== OPTIONAL_NON_TRANSITIVE)
      return this.#refuse({ code: 'mp-flags-invalid', attribute, data: frame.slice(tlv, end) });
    // RFC 7606 §5.3: at least 5 octets.
    if (end - start < 5) return this.#refuse({ code: 'mp-length-invalid', attribute, data: frame.slice(tlv, end) });
    const family = toFamily(readU16(frame, start), frame[start + 2]!);
    const nextHopLength = frame[start + 3]!;
    const nlriStart = start + 4 + nextHopLength + 1;
    const codec = nlriCodec(family);
    const isPossible =
      nlriStart <= end && (codec === undefined || nextHopLengthAllowed(codec, nextHopLength, ctx.extendedNextHop));
    if (!isPossible)
      return this.#refuse({
        code: 'mp-next-hop-length-invalid',
        family,
        length: nextHopLength,
        data: frame.slice(tlv, end),
      });
    this.#reachTlvStart = tlv;
    this.#reachTlvEnd = end;
    this.reachFamily = family;
    this.reachNextHopStart = start + 4;
    this.reachNextHopLength = nextHopLength;
    this.reachNlriStart = nlriStart;
    this.reachNlriEnd = end;
    return true;
  }

  #readUnreach(tlv: number, start: number, end: number, flags: number): boolean {
    const { frame } = this;
    const attribute = ATTRIBUTE.MP_UNREACH_NLRI;
    if (this.#unreachTlvStart >= 0) return this.#refuse({ code: 'mp-duplicate', attribute });
    if ((flags & OPTIONAL_TRANSITIVE) !== OPTIONAL_NON_TRANSITIVE)
      return this.#refuse({ code: 'mp-flags-invalid', attribute, data: frame.slice(tlv, end) });
    // RFC 7606 §5.3: at least 3 octets.
    if (end - start < 3) return this.#refuse({ code: 'mp-length-invalid', attribute, data: frame.slice(tlv, end) });
    this.#unreachTlvStart = tlv;
    this.#unreachTlvEnd = end;
    this.unreachFamily = toFamily(readU16(frame, start), frame[start + 2]!);
    this.unreachStart = start + 3;
    this.unreachEnd = end;
    return true;
  }

  /** RFC 7606 §3 (i), (j): every NLRI field must parse before any of them is used. */
  #checkFields(ctx: CodecContext): boolean {
    return (
      this.#checkField(IPV4_UNICAST, this.withdrawnStart, this.withdrawnEnd, ctx) &&
      this.#checkField(IPV4_UNICAST, this.nlriStart, this.nlriEnd, ctx) &&
      (this.reachFamily === 0 || this.#checkField(this.reachFamily, this.reachNlriStart, this.reachNlriEnd, ctx)) &&
      (this.unreachFamily === 0 || this.#checkField(this.unreachFamily, this.unreachStart, this.unreachEnd, ctx))
    );
  }

  #checkField(family: Family, start: number, end: number, ctx: CodecContext): boolean {
    if (start === end) return true;
    const codec = nlriCodec(family);
    if (codec === undefined) {
      // RFC 4760 §7 lets us ignore the family; the rest of the message counts.
      this.errors = [...this.errors, { code: 'family-unsupported', family }];
      return true;
    }
    const error = codec.check(this.frame, start, end, receivesPathIds(ctx, family));
    return error === undefined || this.#refuse(inMessage(error, this.start));
  }

  /** Always true, to end `parse`. */
  #detectEndOfRib(): boolean {
    if (this.withdrawnEnd > this.withdrawnStart || this.nlriEnd > this.nlriStart) return true;
    if (this.attributesEnd === this.attributesStart) this.endOfRib = IPV4_UNICAST;
    else if (
      this.#unreachTlvStart === this.attributesStart &&
      this.#unreachTlvEnd === this.attributesEnd &&
      this.unreachEnd === this.unreachStart
    )
      this.endOfRib = this.unreachFamily;
    return true;
  }
}

/** RFC 7911: whether NLRI of the family that we receive carries path identifiers. */
export function receivesPathIds(ctx: CodecContext, family: Family): boolean {
  return ctx.addPath.size > 0 && ctx.addPath.get(family)?.receive === true;
}

/** RFC 7606 §7.11: the lengths of the family itself, and those of RFC 8950 when it was negotiated. */
function nextHopLengthAllowed(codec: NlriCodec, length: number, extendedNextHop: ReadonlySet<Family>): boolean {
  return (
    codec.nextHopLengths.includes(length) ||
    (codec.extendedNextHopLengths.includes(length) && extendedNextHop.has(codec.family))
  );
}
