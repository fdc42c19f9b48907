import { readU16 } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { ERROR_RULES, type ErrorAction, strongestAction, type WireError } from '../errors.ts';
import { isIpv6NextHop, nextHop } from './03-next-hop.ts';
import { checkAs4Path } from './17-as4-path.ts';
import { checkAs4Aggregator } from './18-as4-aggregator.ts';
import { AsPathWriter } from './as-path-segments.ts';
import { mergeAs4Path } from './as4-path-merge.ts';
import type { AttributeCodec, AttributeContext } from './codec.ts';
import { AS_TRANS, ATTRIBUTE, FLAG, OPTIONAL_TRANSITIVE, WELL_KNOWN } from './codes.ts';
import { attributeCodec } from './table.ts';
import { beginTlv, endTlv, MAX_LIST_OCTETS, putTlv } from './tlv.ts';

const NO_ERRORS: readonly WireError[] = [];
const NO_OCTETS: Uint8Array = new Uint8Array(0);

/**
 * Reads one block of path attributes: the RFC 7606 verdict, and the canonical octets of what is left.
 *
 * First pass: find the attributes, first occurrence each. Second pass, by ascending code: check each value and write it in
 * its canonical form. The reader is meant to be reused; `errors` is a fresh array for each block that has any.
 */
export class AttributeReader {
  errors: readonly WireError[] = NO_ERRORS;
  /** Strongest action among `errors`; `undefined` when there are none. */
  action: ErrorAction | undefined = undefined;

  #block: Uint8Array = NO_OCTETS;
  readonly #out = new ByteWriter(4096);
  readonly #pathWriter = new AsPathWriter(this.#out);
  /** Codes found, ascending, and for each code where its value is. */
  readonly #codes = new Uint8Array(256);
  #count = 0;
  readonly #present = new Uint8Array(256);
  readonly #flags = new Uint8Array(256);
  readonly #starts = new Int32Array(256);
  readonly #ends = new Int32Array(256);

  /**
   * @param octets   hold the block in `[start, end)`: attributes, of which MP_REACH_NLRI and MP_UNREACH_NLRI are passed over; not retained.
   * @param mpNextHop next hop of MP_REACH_NLRI, 4, 16 or 32 octets; empty for families without one, and unless `ctx.carries` is `mp`.
   */
  read(octets: Uint8Array, mpNextHop: Uint8Array, ctx: AttributeContext, start = 0, end: number = octets.length): void {
    this.errors = NO_ERRORS;
    this.action = undefined;
    this.#block = octets;
    this.#out.reset();
    this.#find(octets, start, end);
    this.#discardBySession(ctx);
    this.#discardAs4(ctx);
    if (ctx.carries === 'mp' && mpNextHop.length > 0) this.#checkMpNextHop(mpNextHop);
    this.#requireMandatory(ctx);
    this.#write(mpNextHop, ctx);
    this.action = this.errors === NO_ERRORS ? undefined : strongestAction(this.errors);
    // RFC 7606 §5.2: without reachable NLRI we cannot know that all NLRI was found, so withdrawing is not enough.
    if (ctx.carries === 'none' && this.action !== undefined && this.action !== 'attribute-discard') {
      this.#report({ code: 'attribute-error-without-nlri' });
      this.action = 'session-reset';
    }
    if (this.action !== undefined && this.action !== 'attribute-discard') this.#out.reset();
    this.#block = NO_OCTETS; // a pooled socket chunk must not be pinned
  }

  /** View into the reader's memory, valid until the next `read`; empty when the routes are not to be used. */
  canonical(): Uint8Array {
    return this.#out.toOctetsView();
  }

  /** Whether the canonical octets are these: those of the block that was read. */
  isCanonical(octets: Uint8Array, start: number, end: number): boolean {
    const { octets: canonical, length } = this.#out;
    let at = end - start === length ? 0 : -1;
    while (at >= 0 && at < length && canonical[at] === octets[start + at]) at++;
    return at === length;
  }

  #report(error: WireError): void {
    this.errors = this.errors === NO_ERRORS ? [error] : [...this.errors, error];
  }

  #find(block: Uint8Array, first: number, end: number): void {
    for (let i = 0; i < this.#count; i++) this.#present[this.#codes[i]!] = 0; // i < count
    this.#count = 0;
    let position = first;
    while (position < end) {
      const flags = block[position]!;
      const isExtended = (flags & FLAG.EXTENDED_LENGTH) !== 0;
      const start = position + (isExtended ? 4 : 3);
      // RFC 7606 §4, second case: not even a minimal attribute is left.
      if (start > end) {
        this.#report({ code: 'attribute-list-truncated', offset: position - first });
        return;
      }
      const valueEnd = start + (isExtended ? readU16(block, position + 2) : block[position + 2]!);
      // RFC 7606 §4, first case: the last attribute runs past the Total Attribute Length.
      if (valueEnd > end) {
        this.#report({ code: 'attribute-list-truncated', offset: position - first });
        return;
      }
      const code = block[position + 1]!;
      position = valueEnd;
      if (code === ATTRIBUTE.MP_REACH_NLRI || code === ATTRIBUTE.MP_UNREACH_NLRI) continue;
      if (this.#present[code] !== 0) {
        // RFC 7606 §3 (g): the first one counts.
        this.#report({ code: 'attribute-duplicate', attribute: code });
        continue;
      }
      this.#present[code] = 1;
      this.#flags[code] = flags;
      this.#starts[code] = start;
      this.#ends[code] = valueEnd;
      let slot = this.#count++;
      while (slot > 0 && this.#codes[slot - 1]! > code) {
        this.#codes[slot] = this.#codes[slot - 1]!;
        slot--;
      }
      this.#codes[slot] = code;
    }
  }

  /** `#present` is 1 for an attribute to use and 2 for one that was received but is discarded. */
  #drop(code: number): void {
    this.#present[code] = 2;
  }

  #has(code: number): boolean {
    return this.#present[code] === 1;
  }

  /** Attributes that this kind of session must not bring are discarded whatever is in them. */
  #discardBySession(ctx: AttributeContext): void {
    if (ctx.carries === 'mp' && this.#has(ATTRIBUTE.NEXT_HOP)) this.#drop(ATTRIBUTE.NEXT_HOP); // RFC 4760 §3: ignored
    if (ctx.peerKind !== 'external') return;
    this.#discard(ATTRIBUTE.LOCAL_PREF, { code: 'local-pref-from-external' }); // RFC 7606 §7.5
    this.#discard(ATTRIBUTE.ORIGINATOR_ID, { code: 'originator-id-from-external' }); // RFC 7606 §7.9
    this.#discard(ATTRIBUTE.CLUSTER_LIST, { code: 'cluster-list-from-external' }); // RFC 7606 §7.10
    this.#discard(ATTRIBUTE.AIGP, { code: 'aigp-from-external' }); // RFC 7311 §3.3: AIGP_SESSION is off for EBGP
  }

  #discard(code: number, error: WireError): void {
    if (!this.#has(code)) return;
    this.#report(error);
    this.#drop(code);
  }

  /** RFC 6793: AS4_PATH and AS4_AGGREGATOR have a meaning only from a two-octet speaker, and only when sound. */
  #discardAs4(ctx: AttributeContext): void {
    if (ctx.fourOctetAs) {
      this.#discard(ATTRIBUTE.AS4_PATH, { code: 'as4-path-unexpected' });
      this.#discard(ATTRIBUTE.AS4_AGGREGATOR, { code: 'as4-aggregator-unexpected' });
      return;
    }
    for (const code of [ATTRIBUTE.AS4_PATH, ATTRIBUTE.AS4_AGGREGATOR]) {
      if (!this.#has(code)) continue;
      if (((this.#flags[code]! ^ OPTIONAL_TRANSITIVE) & OPTIONAL_TRANSITIVE) !== 0) {
        this.#discard(code, { code: 'attribute-flags-invalid', attribute: code, flags: this.#flags[code]! });
        continue;
      }
      const check = code === ATTRIBUTE.AS4_PATH ? checkAs4Path : checkAs4Aggregator;
      const error = check(this.#block, this.#starts[code]!, this.#ends[code]!);
      if (error === undefined) continue;
      this.#report(error);
      if (error.code !== 'as4-path-confed-segment') this.#drop(code);
    }
  }

  #checkMpNextHop(octets: Uint8Array): void {
    const isHost =
      octets.length === 4 ? nextHop.check(octets, 0, 4, MP_NEXT_HOP_CONTEXT) === undefined : isIpv6NextHop(octets);
    if (!isHost) this.#report({ code: 'next-hop-value-invalid' });
  }

  #requireMandatory(ctx: AttributeContext): void {
    if (ctx.carries === 'none') return;
    // RFC 7606 §3 (d). NEXT_HOP is mandatory only for NLRI in the message body (RFC 4760 §3).
    this.#require(ATTRIBUTE.ORIGIN);
    this.#require(ATTRIBUTE.AS_PATH);
    if (ctx.carries === 'body') this.#require(ATTRIBUTE.NEXT_HOP);
  }

  #require(code: number): void {
    if (this.#present[code] === 0) this.#report({ code: 'attribute-missing', attribute: code });
  }

  #write(mpNextHop: Uint8Array, ctx: AttributeContext): void {
    // Families such as FlowSpec have no next hop (RFC 8955 §4).
    let mpNextHopDue = ctx.carries === 'mp' && mpNextHop.length > 0;
    for (let i = 0; i < this.#count; i++) {
      const code = this.#codes[i]!; // i < count
      if (mpNextHopDue && code >= ATTRIBUTE.NEXT_HOP) {
        putTlv(this.#out, WELL_KNOWN, ATTRIBUTE.NEXT_HOP, mpNextHop, 0, mpNextHop.length);
        mpNextHopDue = false;
      }
      if (!this.#has(code) || code === ATTRIBUTE.AS4_PATH || code === ATTRIBUTE.AS4_AGGREGATOR) continue;
      const codec = attributeCodec(code);
      if (codec === undefined) this.#writeUnknown(code);
      else this.#writeKnown(codec, ctx);
    }
    if (mpNextHopDue) putTlv(this.#out, WELL_KNOWN, ATTRIBUTE.NEXT_HOP, mpNextHop, 0, mpNextHop.length);
  }

  #writeKnown(codec: AttributeCodec, ctx: AttributeContext): void {
    const { code } = codec;
    const start = this.#starts[code]!;
    const end = this.#ends[code]!;
    const flags = this.#flags[code]!;
    let error = codec.check(this.#block, start, end, ctx);
    // RFC 7606 §3 (c). An attribute whose own malformation is merely discarded (ATOMIC_AGGREGATE, AGGREGATOR) is still
    // treat-as-withdraw here: §3 (f) speaks of what had been a session reset by another rule than the flags'.
    if ((flags & OPTIONAL_TRANSITIVE) !== codec.flags)
      error = codec.flagsError ?? { code: 'attribute-flags-invalid', attribute: code, flags };
    if (error !== undefined) {
      this.#report(error);
      if (ERROR_RULES[error.code].action === 'attribute-discard') this.#drop(code);
      return;
    }
    // RFC 4271 §4.3: Partial must be 0 for well-known and for optional non-transitive attributes.
    const partial = codec.flags === OPTIONAL_TRANSITIVE ? flags & FLAG.PARTIAL : 0;
    if (codec.canonicalize === undefined) {
      putTlv(this.#out, codec.flags | partial, code, this.#block, start, end);
      return;
    }
    const offset = beginTlv(this.#out, codec.flags | partial, code);
    if (code === ATTRIBUTE.AS_PATH) this.#writeAsPath(start, end, ctx);
    else if (code === ATTRIBUTE.AGGREGATOR && this.#as4AggregatorCounts())
      this.#out.copy(this.#block, this.#starts[ATTRIBUTE.AS4_AGGREGATOR]!, this.#ends[ATTRIBUTE.AS4_AGGREGATOR]!);
    else codec.canonicalize(this.#block, start, end, ctx, this.#out);
    this.#closeList(offset, code);
  }

  #closeList(offset: number, code: number): void {
    const length = this.#out.length - offset - 3;
    if (length <= MAX_LIST_OCTETS) {
      endTlv(this.#out, offset);
      return;
    }
    this.#out.length = offset;
    this.#report({ code: 'attribute-too-large', attribute: code, length });
  }

  #writeAsPath(start: number, end: number, ctx: AttributeContext): void {
    this.#pathWriter.reset();
    if (ctx.fourOctetAs || !this.#has(ATTRIBUTE.AS4_PATH) || this.#as4IsStale()) {
      this.#pathWriter.append(this.#block, start, end, ctx.fourOctetAs ? 4 : 2);
      return;
    }
    const octets = this.#block;
    const as4Start = this.#starts[ATTRIBUTE.AS4_PATH]!;
    const as4End = this.#ends[ATTRIBUTE.AS4_PATH]!;
    mergeAs4Path({ octets, start, end }, { octets, start: as4Start, end: as4End }, this.#pathWriter);
  }

  /** RFC 6793 §4.2.3: an AGGREGATOR other than AS_TRANS was set by someone who did not know of the AS4 attributes beside it. */
  #as4IsStale(): boolean {
    return this.#has(ATTRIBUTE.AS4_AGGREGATOR) && this.#isTwoOctetAggregator() && !this.#aggregatorIsAsTrans();
  }

  #as4AggregatorCounts(): boolean {
    return this.#has(ATTRIBUTE.AS4_AGGREGATOR) && this.#isTwoOctetAggregator() && this.#aggregatorIsAsTrans();
  }

  /** Only a sound one counts; AGGREGATOR may be looked at here before its own turn comes. */
  #isTwoOctetAggregator(): boolean {
    return (
      this.#has(ATTRIBUTE.AGGREGATOR) && this.#ends[ATTRIBUTE.AGGREGATOR]! - this.#starts[ATTRIBUTE.AGGREGATOR]! === 6
    );
  }

  #aggregatorIsAsTrans(): boolean {
    return readU16(this.#block, this.#starts[ATTRIBUTE.AGGREGATOR]!) === AS_TRANS;
  }

  #writeUnknown(code: number): void {
    const flags = this.#flags[code]!;
    const start = this.#starts[code]!;
    const end = this.#ends[code]!;
    if ((flags & FLAG.OPTIONAL) === 0) {
      const header = start - this.#headerOctets(flags);
      this.#report({
        code: 'attribute-unrecognized-well-known',
        attribute: code,
        data: this.#block.slice(header, end),
      });
      return;
    }
    putTlv(this.#out, flags & (OPTIONAL_TRANSITIVE | FLAG.PARTIAL), code, this.#block, start, end);
  }

  #headerOctets(flags: number): number {
    return (flags & FLAG.EXTENDED_LENGTH) === 0 ? 3 : 4;
  }
}

/** NEXT_HOP's own check does not depend on the session. */
const MP_NEXT_HOP_CONTEXT: AttributeContext = { fourOctetAs: true, peerKind: 'external', carries: 'mp' };
