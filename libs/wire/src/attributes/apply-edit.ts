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
  ATTRIBUTE.IPV6_EXTENDED_COMMUNITIES,
  ATTRIBUTE.LARGE_COMMUNITIES,
  ATTRIBUTE.OTC,
] as const;

/** RFC 4360 §2: the T bit of an extended community's first octet. 1: not across the borders of an AS. */
const NON_TRANSITIVE = 0x4000_0000;

/** Scratch: reused by every call, never handed out. */
const out = new ByteWriter(4096);
const pathWriter = new AsPathWriter(out);

/**
 * New canonical octets with the edit applied. Attributes that the edit does not name are copied octet for octet.
 * @param canonical not retained, not changed.
 * @throws RangeError when the edit holds what its field cannot: edits are made by us, from checked configuration.
 */
export function applyEdit(canonical: Uint8Array, edit: AttributeEdit): Uint8Array {
  return editedOctets(canonical, 0, canonical.length, edit).toOctets();
}

/** The same for `canonical`'s `[begin, stop)`, without a copy: what is returned is written over by the next edit. */
export function editedOctets(canonical: Uint8Array, begin: number, stop: number, edit: AttributeEdit): ByteWriter {
  out.reset();
  let editable = 0;
  let position = begin;
  while (position < stop) {
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
  return out;
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

/** One attribute that an edit may change, as it was; `start` is -1 when it is absent. */
interface Slot {
  code: number;
  flags: number;
  octets: Uint8Array;
  start: number;
  end: number;
  isRemoved: boolean;
}

/** Refilled for each attribute, never handed out of this module. */
const slot: Slot = { code: 0, flags: 0, octets: new Uint8Array(0), start: -1, end: -1, isRemoved: false };

function editAttribute(
  code: (typeof EDITABLE)[number],
  flags: number,
  octets: Uint8Array,
  start: number,
  end: number,
  edit: AttributeEdit,
): void {
  slot.code = code;
  slot.flags = flags;
  slot.octets = octets;
  slot.start = start;
  slot.end = end;
  slot.isRemoved = edit.remove?.includes(code) === true;
  EDITORS[code](slot, edit);
}

type Editor = (slot: Slot, edit: AttributeEdit) => void;

/** One row per editable attribute: writes it, changed or not, or leaves it out. */
const EDITORS: Readonly<Record<(typeof EDITABLE)[number], Editor>> = {
  // Fields of the edit that come before `remove`: nothing is left when it is removed.
  [ATTRIBUTE.ORIGIN]: removable((slot, edit) => {
    if (edit.origin === undefined) return keep(slot);
    if (!isUnsigned(edit.origin, 2)) throw new RangeError(`origin ${edit.origin}`);
    out.u8(WELL_KNOWN);
    out.u8(slot.code);
    out.u8(1);
    out.u8(edit.origin);
  }),
  [ATTRIBUTE.AS_PATH]: removable((slot, edit) => {
    if (!hasPathEdit(edit)) return keep(slot);
    const tlv = beginTlv(out, WELL_KNOWN, slot.code);
    pathWriter.reset();
    writeEditedPath(slot.octets, Math.max(slot.start, 0), Math.max(slot.end, 0), edit, pathWriter);
    endTlv(out, tlv);
  }),
  [ATTRIBUTE.MULTI_EXIT_DISC]: removable(editMed),
  [ATTRIBUTE.LOCAL_PREF]: removable((slot, edit) => {
    if (edit.localPref === undefined) keep(slot);
    else if (edit.localPref !== null) putU32(WELL_KNOWN, slot.code, edit.localPref);
  }),
  [ATTRIBUTE.COMMUNITIES]: removable((slot, edit) => {
    writeEditedList(slot, edit.communities, 1, pushWord, undefined, out);
  }),
  [ATTRIBUTE.EXTENDED_COMMUNITIES]: removable((slot, edit) => {
    writeEditedList(slot, edit.extendedCommunities, 2, pushBigintWords, stays(edit), out);
  }),
  [ATTRIBUTE.IPV6_EXTENDED_COMMUNITIES]: removable((slot, edit) => {
    writeEditedList(slot, undefined, 5, pushWord, stays(edit), out);
  }),
  [ATTRIBUTE.LARGE_COMMUNITIES]: removable((slot, edit) => {
    writeEditedList(slot, edit.largeCommunities, 3, parseLargeCommunityWords, undefined, out);
  }),
  // Fields that come after `remove`: what was removed can come back.
  [ATTRIBUTE.NEXT_HOP]: (slot, edit) => {
    if (edit.nextHop === undefined) keepUnlessRemoved(slot);
    else putTlv(out, WELL_KNOWN, slot.code, edit.nextHop, 0, edit.nextHop.length);
  },
  [ATTRIBUTE.ORIGINATOR_ID]: (slot, edit) => {
    putIfAbsent(slot, OPTIONAL_NON_TRANSITIVE, edit.originatorIdIfAbsent);
  },
  [ATTRIBUTE.CLUSTER_LIST]: (slot, edit) => {
    if (edit.prependClusterId === undefined) return keepUnlessRemoved(slot);
    const tlv = beginTlv(out, OPTIONAL_NON_TRANSITIVE, slot.code);
    out.u32(checkU32(edit.prependClusterId));
    if (slot.start >= 0 && !slot.isRemoved) out.copy(slot.octets, slot.start, slot.end);
    endTlv(out, tlv);
  },
  [ATTRIBUTE.OTC]: (slot, edit) => {
    putIfAbsent(slot, OPTIONAL_TRANSITIVE, edit.otcIfAbsent);
  },
};

/** Which of the received extended communities stay, by their first word; undefined: all. */
function stays(edit: AttributeEdit): ((word: number) => boolean) | undefined {
  return edit.removeNonTransitive === undefined ? undefined : isTransitive;
}

function isTransitive(word: number): boolean {
  return (word & NON_TRANSITIVE) === 0;
}

function removable(editor: Editor): Editor {
  return (slot, edit) => {
    if (!slot.isRemoved) editor(slot, edit);
  };
}

function editMed(slot: Slot, edit: AttributeEdit): void {
  if (edit.med === undefined && edit.medDelta === undefined) {
    keep(slot);
    return;
  }
  let value = edit.med;
  if (value === undefined) value = slot.start >= 0 ? readU32(slot.octets, slot.start) : null;
  if (edit.medDelta !== undefined) value = Math.min(Math.max((value ?? 0) + edit.medDelta, 0), MAX_U32);
  if (value !== null) putU32(OPTIONAL_NON_TRANSITIVE, slot.code, value);
}

function keep(slot: Slot): undefined {
  if (slot.start >= 0) putTlv(out, slot.flags, slot.code, slot.octets, slot.start, slot.end);
}

function keepUnlessRemoved(slot: Slot): undefined {
  if (!slot.isRemoved) keep(slot);
}

function putIfAbsent(slot: Slot, flags: number, value: number | undefined): void {
  if (slot.start >= 0 && !slot.isRemoved) keep(slot);
  else if (value !== undefined) putU32(flags, slot.code, value);
}

function pushWord(value: number, words: number[]): void {
  words.push(value);
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
