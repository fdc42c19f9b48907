import { readU16, readU32 } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { hasPathEdit, writeEditedPath } from './as-path-edit.ts';
import { AsPathWriter } from './as-path-segments.ts';
import { isUnsigned, MAX_U32 } from './codec.ts';
import { ATTRIBUTE, FLAG, OPTIONAL_NON_TRANSITIVE, OPTIONAL_TRANSITIVE, WELL_KNOWN } from './codes.ts';
import type { AttributeEdit } from './edit.ts';
import { parseLargeCommunityWords, writeEditedList } from './list-edit.ts';
import { attributeCodec } from './table.ts';
import { beginTlv, endTlv, putTlv } from './tlv.ts';

/** The attributes that an edit can create or change, ascending. */
const EDITABLE = [
  ATTRIBUTE.ORIGIN,
  ATTRIBUTE.AS_PATH,
  ATTRIBUTE.NEXT_HOP,
  ATTRIBUTE.MULTI_EXIT_DISC,
  ATTRIBUTE.LOCAL_PREF,
  ATTRIBUTE.COMMUNITIES,
  ATTRIBUTE.ORIGINATOR_ID,
  ATTRIBUTE.CLUSTER_LIST,
  ATTRIBUTE.EXTENDED_COMMUNITIES,
  ATTRIBUTE.LARGE_COMMUNITIES,
  ATTRIBUTE.OTC,
] as const;

/** Scratch: reused by every call, never handed out. */
const out = new ByteWriter(4096);
const pathWriter = new AsPathWriter(out);

/**
 * New canonical octets with the edit applied. Attributes that the edit does not name are copied octet for octet.
 * @param canonical not retained, not changed.
 * @throws RangeError when the edit holds what its field cannot: edits are made by us, from checked configuration.
 */
export function applyEdit(canonical: Uint8Array, edit: AttributeEdit): Uint8Array {
  out.reset();
  let editable = 0;
  let position = 0;
  while (position < canonical.length) {
    const flags = canonical[position]!;
    const code = canonical[position + 1]!;
    const isExtended = (flags & FLAG.EXTENDED_LENGTH) !== 0;
    const start = position + (isExtended ? 4 : 3);
    const end = start + (isExtended ? readU16(canonical, position + 2) : canonical[position + 2]!);
    for (let due = EDITABLE[editable]; due !== undefined && due < code; due = EDITABLE[++editable])
      editAttribute(due, 0, canonical, -1, -1, edit);
    if (EDITABLE[editable] === code) {
      editable++;
      editAttribute(code, flags & ~FLAG.EXTENDED_LENGTH, canonical, start, end, edit);
    } else {
      copyOther(canonical, position, end, flags, code, edit);
    }
    position = end;
  }
  for (let due = EDITABLE[editable]; due !== undefined; due = EDITABLE[++editable])
    editAttribute(due, 0, canonical, -1, -1, edit);
  return out.toOctets();
}

function copyOther(
  canonical: Uint8Array,
  position: number,
  end: number,
  flags: number,
  code: number,
  edit: AttributeEdit,
): void {
  if (edit.remove?.includes(code) === true) return;
  const isForwardedUnknown = edit.forwardUnknown === true && attributeCodec(code) === undefined;
  // RFC 4271 §5: unknown non-transitive attributes are not passed along, transitive ones with Partial set.
  if (isForwardedUnknown && (flags & FLAG.TRANSITIVE) === 0) return;
  const offset = out.length;
  out.copy(canonical, position, end);
  if (isForwardedUnknown) out.octets[offset] = flags | FLAG.PARTIAL;
}

/** One attribute that the edit may change; `start` is -1 when it is absent. Writes it, changed or not, or leaves it out. */
function editAttribute(
  code: (typeof EDITABLE)[number],
  flags: number,
  octets: Uint8Array,
  start: number,
  end: number,
  edit: AttributeEdit,
): void {
  const isRemoved = edit.remove?.includes(code) === true;
  switch (code) {
    // Removed after they were edited: nothing is left either way.
    case ATTRIBUTE.ORIGIN:
      if (isRemoved) return;
      if (edit.origin === undefined) return keep(flags, code, octets, start, end);
      if (!isUnsigned(edit.origin, 2)) throw new RangeError(`origin ${edit.origin}`);
      out.u8(WELL_KNOWN);
      out.u8(code);
      out.u8(1);
      out.u8(edit.origin);
      return;
    case ATTRIBUTE.AS_PATH: {
      if (isRemoved) return;
      if (!hasPathEdit(edit)) return keep(flags, code, octets, start, end);
      const tlv = beginTlv(out, WELL_KNOWN, code);
      pathWriter.reset();
      writeEditedPath(octets, Math.max(start, 0), Math.max(end, 0), edit, pathWriter);
      return endTlv(out, tlv);
    }
    case ATTRIBUTE.MULTI_EXIT_DISC:
      return isRemoved ? undefined : editMed(flags, octets, start, end, edit);
    case ATTRIBUTE.LOCAL_PREF:
      if (isRemoved || edit.localPref === null) return;
      if (edit.localPref === undefined) return keep(flags, code, octets, start, end);
      return putU32(WELL_KNOWN, code, edit.localPref);
    case ATTRIBUTE.COMMUNITIES:
      if (isRemoved) return;
      return writeEditedList(
        flags,
        code,
        octets,
        start,
        end,
        edit.communities,
        1,
        (value, words) => words.push(value),
        out,
      );
    case ATTRIBUTE.EXTENDED_COMMUNITIES:
      if (isRemoved) return;
      return writeEditedList(flags, code, octets, start, end, edit.extendedCommunities, 2, pushBigintWords, out);
    case ATTRIBUTE.LARGE_COMMUNITIES:
      if (isRemoved) return;
      return writeEditedList(flags, code, octets, start, end, edit.largeCommunities, 3, parseLargeCommunityWords, out);
    // Set after the removal: what is removed can come back.
    case ATTRIBUTE.NEXT_HOP:
      if (edit.nextHop !== undefined) return putTlv(out, WELL_KNOWN, code, edit.nextHop, 0, edit.nextHop.length);
      return isRemoved ? undefined : keep(flags, code, octets, start, end);
    case ATTRIBUTE.ORIGINATOR_ID:
      if (start >= 0 && !isRemoved) return keep(flags, code, octets, start, end);
      return edit.originatorIdIfAbsent === undefined
        ? undefined
        : putU32(OPTIONAL_NON_TRANSITIVE, code, edit.originatorIdIfAbsent);
    case ATTRIBUTE.CLUSTER_LIST: {
      const isKept = start >= 0 && !isRemoved;
      if (edit.prependClusterId === undefined) return isKept ? keep(flags, code, octets, start, end) : undefined;
      const tlv = beginTlv(out, OPTIONAL_NON_TRANSITIVE, code);
      out.u32(checkU32(edit.prependClusterId));
      if (isKept) out.copy(octets, start, end);
      return endTlv(out, tlv);
    }
    case ATTRIBUTE.OTC:
      if (start >= 0 && !isRemoved) return keep(flags, code, octets, start, end);
      return edit.otcIfAbsent === undefined ? undefined : putU32(OPTIONAL_TRANSITIVE, code, edit.otcIfAbsent);
  }
}

function editMed(flags: number, octets: Uint8Array, start: number, end: number, edit: AttributeEdit): void {
  const code = ATTRIBUTE.MULTI_EXIT_DISC;
  if (edit.med === undefined && edit.medDelta === undefined) return keep(flags, code, octets, start, end);
  let value = edit.med;
  if (value === undefined) value = start >= 0 ? readU32(octets, start) : null;
  if (edit.medDelta !== undefined) value = Math.min(Math.max((value ?? 0) + edit.medDelta, 0), MAX_U32);
  if (value !== null) putU32(OPTIONAL_NON_TRANSITIVE, code, value);
}

function keep(flags: number, code: number, octets: Uint8Array, start: number, end: number): void {
  if (start >= 0) putTlv(out, flags, code, octets, start, end);
}

function putU32(flags: number, code: number, value: number): void {
  out.u8(flags);
  out.u8(code);
  out.u8(4);
  out.u32(checkU32(value));
}

function checkU32(value: number): number {
  if (!isUnsigned(value, MAX_U32)) throw new RangeError(`${value} is not an unsigned 32-bit number`);
  return value;
}

function pushBigintWords(value: bigint, words: number[]): void {
  words.push(Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
}
