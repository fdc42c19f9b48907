import { readU32 } from '../bytes/byte-reader.ts';
import { decodeAsPath } from './02-as-path.ts';
import { SEGMENT } from './as-path-segments.ts';
import type { AttributeView } from './attribute-view.ts';
import { ATTRIBUTE } from './codes.ts';
import type { AsPath } from './types.ts';

/** The AS_PATH as objects; empty when it is absent. */
export function asPathOf(view: AttributeView): AsPath {
  const start = view.find(ATTRIBUTE.AS_PATH);
  return start < 0 ? [] : decodeAsPath(view.octets, start, start + view.findLength);
}

/** Origin of a route whose path ends in an AS_SET: RFC 6811 §2 calls it NONE. */
export const NO_ORIGIN = -1;

/**
 * Route Origin ASN: the last AS of the path; `ownAs` when the path is empty or ends in a segment of a confederation, that is, inside our
 * AS; `NO_ORIGIN` for an AS_SET.
 * @source RFC 6811 §2
 */
export function originOf(view: AttributeView, ownAs: number): number {
  let position = view.find(ATTRIBUTE.AS_PATH);
  const end = position + view.findLength;
  const { octets } = view;
  let origin = ownAs;
  while (position >= 0 && position < end) {
    const type = octets[position]!; // the view stands on a sound path
    const next = position + 2 + octets[position + 1]! * 4;
    if (type === SEGMENT.SEQUENCE) origin = readU32(octets, next - 4);
    else origin = type === SEGMENT.SET ? NO_ORIGIN : ownAs;
    position = next;
  }
  return origin;
}
