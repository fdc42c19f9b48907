import { readU16, readU32 } from '../bytes/byte-reader.ts';
import { countAses, SEGMENT } from './as-path-segments.ts';
import { ATTRIBUTE, FLAG } from './codes.ts';

/**
 * Read-only cursor over canonical octets. Nothing is decoded ahead: each getter walks the attributes up to its own, which
 * for a usual set is a handful of steps. Aliases the octets that it was given.
 */
export class AttributeView {
  octets: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Length of the value that the last `find` found; 0 when it found none. */
  findLength = 0;

  reset(octets: Uint8Array, start = 0, end: number = octets.length): this {
    this.octets = octets;
    this.start = start;
    this.end = end;
    return this;
  }

  /** Offset of an attribute's value, -1 when it is absent; its length is then in `findLength`. */
  find(code: number): number {
    const { octets, end } = this;
    let position = this.start;
    while (position < end) {
      const isExtended = (octets[position]! & FLAG.EXTENDED_LENGTH) !== 0;
      const length = isExtended ? readU16(octets, position + 2) : octets[position + 2]!;
      const value = position + (isExtended ? 4 : 3);
      const found = octets[position + 1]!;
      if (found === code) {
        this.findLength = length;
        return value;
      }
      if (found > code) break; // ascending codes
      position = value + length;
    }
    this.findLength = 0;
    return -1;
  }

  /** 0 IGP, 1 EGP, 2 INCOMPLETE; an absent ORIGIN reads as INCOMPLETE. */
  get origin(): number {
    const offset = this.find(ATTRIBUTE.ORIGIN);
    return offset < 0 ? 2 : this.octets[offset]!;
  }

  get hasLocalPref(): boolean {
    return this.find(ATTRIBUTE.LOCAL_PREF) >= 0;
  }

  /** 0 when absent; ask `hasLocalPref`. */
  get localPref(): number {
    return this.#u32(ATTRIBUTE.LOCAL_PREF);
  }

  get hasMed(): boolean {
    return this.find(ATTRIBUTE.MULTI_EXIT_DISC) >= 0;
  }

  /** 0 when absent, as RFC 4271 §9.1.2.2 (c) wants it. */
  get med(): number {
    return this.#u32(ATTRIBUTE.MULTI_EXIT_DISC);
  }

  /** RFC 4271 §9.1.2.2 (a): a set counts as one; confederation segments do not count (RFC 5065 §5.3). */
  get asPathLength(): number {
    const offset = this.find(ATTRIBUTE.AS_PATH);
    return offset < 0 ? 0 : countAses(this.octets, offset, offset + this.findLength, 4);
  }

  /** The AS that the route came from: leftmost of the path, past confederation segments; 0 when that is none or a set. */
  get neighborAs(): number {
    let position = this.find(ATTRIBUTE.AS_PATH);
    if (position < 0) return 0;
    const end = position + this.findLength;
    const { octets } = this;
    while (position < end && octets[position]! >= SEGMENT.CONFED_SEQUENCE) position += 2 + octets[position + 1]! * 4;
    return position < end && octets[position] === SEGMENT.SEQUENCE ? readU32(octets, position + 2) : 0;
  }

  /** The rightmost AS of the path; 0 when the path is empty or ends in anything but an AS_SEQUENCE. */
  get originAs(): number {
    let position = this.find(ATTRIBUTE.AS_PATH);
    if (position < 0) return 0;
    const end = position + this.findLength;
    const { octets } = this;
    let last = 0;
    while (position < end) {
      const next = position + 2 + octets[position + 1]! * 4;
      last = octets[position] === SEGMENT.SEQUENCE ? readU32(octets, next - 4) : 0;
      position = next;
    }
    return last;
  }

  /** The very first AS of the path, whatever its segment but a set; 0 otherwise. For the check of RFC 4271 §6.3. */
  get firstAs(): number {
    const position = this.find(ATTRIBUTE.AS_PATH);
    if (position < 0 || this.findLength === 0) return 0;
    const type = this.octets[position]!;
    return type === SEGMENT.SEQUENCE || type === SEGMENT.CONFED_SEQUENCE ? readU32(this.octets, position + 2) : 0;
  }

  /** Whether an AS is anywhere in the path, confederation segments and sets included: the loop test. */
  asPathContains(as: number): boolean {
    let position = this.find(ATTRIBUTE.AS_PATH);
    if (position < 0) return false;
    const end = position + this.findLength;
    const { octets } = this;
    while (position < end) {
      const next = position + 2 + octets[position + 1]! * 4;
      for (let at = position + 2; at < next; at += 4) if (readU32(octets, at) === as) return true;
      position = next;
    }
    return false;
  }

  get hasOriginatorId(): boolean {
    return this.find(ATTRIBUTE.ORIGINATOR_ID) >= 0;
  }

  /** Unsigned 32 bits; 0 when absent. */
  get originatorId(): number {
    return this.#u32(ATTRIBUTE.ORIGINATOR_ID);
  }

  get clusterListLength(): number {
    this.find(ATTRIBUTE.CLUSTER_LIST);
    return this.findLength >>> 2;
  }

  clusterListContains(clusterId: number): boolean {
    return this.#contains(ATTRIBUTE.CLUSTER_LIST, clusterId);
  }

  /** Offset of the next hop's octets, -1 when there is none. */
  get nextHopStart(): number {
    return this.find(ATTRIBUTE.NEXT_HOP);
  }

  /** 0, 4, 16 or 32. */
  get nextHopLength(): number {
    this.find(ATTRIBUTE.NEXT_HOP);
    return this.findLength;
  }

  get communityCount(): number {
    this.find(ATTRIBUTE.COMMUNITIES);
    return this.findLength >>> 2;
  }

  /** Unsigned 32 bits; `index` is below `communityCount`. */
  communityAt(index: number): number {
    return readU32(this.octets, this.find(ATTRIBUTE.COMMUNITIES) + index * 4);
  }

  hasCommunity(community: number): boolean {
    return this.#contains(ATTRIBUTE.COMMUNITIES, community);
  }

  hasLargeCommunity(globalAdministrator: number, localData1: number, localData2: number): boolean {
    const start = this.find(ATTRIBUTE.LARGE_COMMUNITIES);
    const end = start + this.findLength;
    for (let at = start; at >= 0 && at < end; at += 12) {
      if (
        readU32(this.octets, at) === globalAdministrator &&
        readU32(this.octets, at + 4) === localData1 &&
        readU32(this.octets, at + 8) === localData2
      )
        return true;
    }
    return false;
  }

  #contains(code: number, value: number): boolean {
    const start = this.find(code);
    const end = start + this.findLength;
    for (let at = start; at >= 0 && at < end; at += 4) if (readU32(this.octets, at) === value) return true;
    return false;
  }

  #u32(code: number): number {
    const offset = this.find(code);
    return offset < 0 ? 0 : readU32(this.octets, offset);
  }
}
