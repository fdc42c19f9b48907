import { readU32 } from '../bytes/byte-reader.ts';
import { SEGMENT } from './as-path-segments.ts';
import type { AttributeView } from './attribute-view.ts';
import { ATTRIBUTE } from './codes.ts';

/** How often an AS stands in the path's confederation segments, or in the others: loops are judged apart (RFC 5065 §4). */
export function countInAsPath(view: AttributeView, as: number, where: 'confederation' | 'rest'): number {
  let position = view.find(ATTRIBUTE.AS_PATH);
  if (position < 0) return 0;
  const end = position + view.findLength;
  const { octets } = view;
  let count = 0;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    const isConfederation = octets[position]! >= SEGMENT.CONFED_SEQUENCE;
    if (isConfederation === (where === 'confederation')) {
      for (let at = position + 2; at < next; at += 4) if (readU32(octets, at) === as) count++;
    }
    position = next;
  }
  return count;
}

/** ONLY_TO_CUSTOMER (RFC 9234 §5); undefined when absent. */
export function otcOf(view: AttributeView): number | undefined {
  const position = view.find(ATTRIBUTE.OTC);
  return position < 0 ? undefined : readU32(view.octets, position);
}
