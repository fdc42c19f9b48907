import { readU32 } from './octets.ts';
import type { OwnIdentity } from './own-identity.ts';

/** Segment types: RFC 4271 §4.3, RFC 5065 §3. */
const SET = 1;
const SEQUENCE = 2;

/** What the columns of an attribute set say about its AS_PATH, from one pass over canonical octets. Reused for every set. */
export class AsPathSummary {
  /** RFC 4271 §9.1.2.2 (a): a set counts as one; confederation segments do not count (RFC 5065 §5.3). */
  length = 0;
  /** As `AttributeView` has them. */
  neighborAs = 0;
  originAs = 0;
  /** We stand in the path: `ownAsCount` is not 0. */
  hasOwn = false;

  /** To what a set without AS_PATH has. */
  reset(): this {
    this.length = 0;
    this.neighborAs = 0;
    this.originAs = 0;
    this.hasOwn = false;
    return this;
  }

  read(octets: Uint8Array, start: number, end: number, { localAs, confederationId }: OwnIdentity): void {
    let length = 0;
    let last = 0;
    let hasOwn = false;
    let isFirst = true; // of those that are no confederation segments
    let position = start;
    while (position < end) {
      const type = octets[position]!;
      const count = octets[position + 1]!;
      const next = position + 2 + count * 4;
      const isConfederation = type > SEQUENCE;
      if (!isConfederation) {
        length += type === SET ? 1 : count;
        if (isFirst && type === SEQUENCE) this.neighborAs = readU32(octets, position + 2);
        isFirst = false;
      }
      const own = isConfederation ? localAs : (confederationId ?? localAs);
      for (let at = position + 2; at < next; at += 4) if (readU32(octets, at) === own) hasOwn = true;
      last = type === SEQUENCE ? readU32(octets, next - 4) : 0;
      position = next;
    }
    this.length = length;
    this.originAs = last;
    this.hasOwn = hasOwn;
  }
}
