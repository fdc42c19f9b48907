import { ATTRIBUTE } from '@bgp/wire';
import type { BgpMessage } from './bgp4mp.ts';
import type { ElementKind, MrtElement } from './element.ts';
import type { MrtError } from './errors.ts';
import { readU16, readU32 } from './octets.ts';
import { isPrefixFamily } from './rib.ts';

const HEADER_OCTETS = 19;
const UPDATE = 2;

/**
 * The routes of one UPDATE, in the order withdrawn, MP_UNREACH_NLRI, NLRI, MP_REACH_NLRI.
 *
 * `UpdateView` of the wire package is for sessions and refuses a whole message for one bad prefix (RFC 7606 §3 (j)). An archive's
 * reader shows what can be read before the fault, and names it.
 *
 * @source RFC 4271 §4.3, RFC 4760 §3, §4
 */
export class UpdateElements {
  #problems: MrtError[] | undefined;
  #element: MrtElement | undefined;
  #visit: ((element: MrtElement) => void) | undefined;
  #addPath = false;
  /** Of the message in `octets`. */
  #messageStart = 0;

  /** `undefined` when all is well, and for messages that are no UPDATE. */
  read(
    { octets, messageStart: start, asOctets, addPath }: BgpMessage,
    element: MrtElement,
    visit: (element: MrtElement) => void,
  ): readonly MrtError[] | undefined {
    const end = octets.length;
    const invalid: readonly MrtError[] = [{ code: 'message-invalid', length: end - start }];
    if (end - start < HEADER_OCTETS) return invalid;
    if (octets[start + 18] !== UPDATE) return undefined;
    const messageEnd = start + readU16(octets, start + 16);
    if (messageEnd > end || messageEnd - start < HEADER_OCTETS + 4) return invalid;
    const withdrawnStart = start + HEADER_OCTETS + 2;
    const withdrawnEnd = withdrawnStart + readU16(octets, withdrawnStart - 2);
    const attributesStart = withdrawnEnd + 2;
    const attributesEnd = attributesStart + (attributesStart <= messageEnd ? readU16(octets, withdrawnEnd) : 0);
    if (attributesStart > messageEnd || attributesEnd > messageEnd) return invalid;

    this.#problems = undefined;
    this.#element = element;
    this.#visit = visit;
    this.#addPath = addPath;
    this.#messageStart = start;
    const { attributes } = element;
    attributes.reset(octets, attributesStart, attributesEnd, asOctets);
    if (attributes.faultAt >= 0) this.#report({ code: 'attributes-truncated', offset: attributes.faultAt });
    element.nextHopLength = 0;
    this.#routes('withdraw', 1, 1, withdrawnStart, withdrawnEnd);
    this.#unreach();
    element.nextHopStart = Math.max(0, attributes.find(ATTRIBUTE.NEXT_HOP));
    element.nextHopLength = attributes.lengthOf(ATTRIBUTE.NEXT_HOP);
    element.nextHopIsMp = false;
    this.#routes('announce', 1, 1, attributesEnd, messageEnd);
    this.#reach();
    this.#element = undefined;
    this.#visit = undefined;
    return this.#problems;
  }

  #unreach(): void {
    const { attributes } = this.#element!; // set by read
    const at = attributes.find(ATTRIBUTE.MP_UNREACH_NLRI);
    if (at < 0) return;
    const length = attributes.lengthOf(ATTRIBUTE.MP_UNREACH_NLRI);
    if (length < 3) return this.#report({ code: 'mp-attribute-invalid', attribute: ATTRIBUTE.MP_UNREACH_NLRI });
    const { octets } = attributes;
    this.#routes('withdraw', readU16(octets, at), octets[at + 2]!, at + 3, at + length); // length is 3 or more
  }

  #reach(): void {
    const element = this.#element!; // set by read
    const { attributes } = element;
    const at = attributes.find(ATTRIBUTE.MP_REACH_NLRI);
    if (at < 0) return;
    const { octets } = attributes;
    const end = at + attributes.lengthOf(ATTRIBUTE.MP_REACH_NLRI);
    // The reserved octet was once a count of SNPAs (RFC 2858 §2), which must be ignored today (RFC 4760 §3).
    const nlriStart = at + 5 + (octets[at + 3] ?? 0);
    if (at + 5 > end || nlriStart > end)
      return this.#report({ code: 'mp-attribute-invalid', attribute: ATTRIBUTE.MP_REACH_NLRI });
    element.nextHopStart = at + 4;
    element.nextHopLength = octets[at + 3]!; // at + 5 <= end
    element.nextHopIsMp = element.nextHopLength > 0;
    this.#routes('announce', readU16(octets, at), octets[at + 2]!, nlriStart, end); // as above
  }

  #routes(kind: ElementKind, afi: number, safi: number, start: number, end: number): void {
    if (start === end) return;
    if (!isPrefixFamily(afi, safi)) return this.#report({ code: 'address-family-unsupported', afi, safi });
    const element = this.#element!; // both set by read
    const visit = this.#visit!;
    const { octets } = element.attributes;
    const { address } = element;
    const width = afi === 1 ? 4 : 16;
    element.kind = kind;
    element.afi = afi;
    element.safi = safi;
    element.isPrefix = true;
    for (let position = start; position < end; ) {
      const nlri = position + (this.#addPath ? 4 : 0);
      const length = nlri < end ? octets[nlri]! : 0x100; // nlri < end
      const next = nlri + 1 + ((length + 7) >>> 3);
      if (length > width * 8 || next > end)
        return this.#report({ code: 'nlri-invalid', afi, safi, offset: position - this.#messageStart });
      if (this.#addPath) element.pathId = readU32(octets, position);
      element.prefixLength = length;
      for (let at = 0; at < width; at++) address[at] = nlri + 1 + at < next ? octets[nlri + 1 + at]! : 0; // next <= end
      element.nlri = octets.subarray(nlri, next);
      visit(element);
      position = next;
    }
  }

  #report(error: MrtError): void {
    this.#problems ??= [];
    this.#problems.push(error);
  }
}
