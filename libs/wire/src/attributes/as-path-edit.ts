import { readU32 } from '../bytes/byte-reader.ts';
import { type AsPathWriter, SEGMENT } from './as-path-segments.ts';
import { isUnsigned, MAX_U32 } from './codec.ts';
import type { AttributeEdit } from './edit.ts';

export function hasPathEdit(edit: AttributeEdit): boolean {
  return edit.asPath !== undefined || edit.removePrivateAs !== undefined || edit.prepend !== undefined;
}

/** RFC 6996 §5, RFC 7300: 64512–65534 and 4200000000–4294967294. */
export function isPrivateAs(as: number): boolean {
  return (as >= 64_512 && as <= 65_534) || (as >= 4_200_000_000 && as <= 4_294_967_294);
}

/** Writes the path `octets[start, end)` (canonical, four-octet) after `asPath`, `removePrivateAs` and `prepend`. */
export function writeEditedPath(
  octets: Uint8Array,
  start: number,
  end: number,
  edit: AttributeEdit,
  out: AsPathWriter,
): void {
  writePrepended(edit, out);
  if (edit.asPath !== undefined) {
    writeNumbers(edit.asPath, edit.removePrivateAs, out);
    return;
  }
  const removal = edit.removePrivateAs;
  if (removal === undefined || (removal.mode === 'remove' && hasPublicAs(octets, start, end))) {
    out.append(octets, start, end, 4);
    return;
  }
  let position = start;
  while (position < end) {
    const type = octets[position]!;
    const next = position + 2 + octets[position + 1]! * 4;
    // Member ASes of a confederation are usually private, and must stay.
    if (type >= SEGMENT.CONFED_SEQUENCE) out.append(octets, position, next, 4);
    else {
      let isOpen = false;
      for (let at = position + 2; at < next; at += 4) {
        const as = publicOrReplaced(readU32(octets, at), removal);
        if (as === undefined) continue;
        if (!isOpen) out.begin(type);
        isOpen = true;
        out.add(as);
      }
    }
    position = next;
  }
}

type Removal = NonNullable<AttributeEdit['removePrivateAs']>;

function writePrepended(edit: AttributeEdit, out: AsPathWriter): void {
  // The last entry ends up leftmost.
  const entries = edit.prepend ?? [];
  for (let i = entries.length - 1; i >= 0; i--) {
    const { as, count } = entries[i]!; // i is in range
    if (as === 0 || !isUnsigned(as, MAX_U32)) throw new RangeError(`AS ${as}`); // RFC 7607 §2
    if (count <= 0) continue;
    out.begin(SEGMENT.SEQUENCE);
    for (let n = 0; n < count; n++) out.add(as);
  }
}

function writeNumbers(asns: readonly number[], removal: Removal | undefined, out: AsPathWriter): void {
  const isExempt = removal === undefined || (removal.mode === 'remove' && !asns.every(isPrivateAs));
  for (const asn of asns) {
    if (asn === 0 || !isUnsigned(asn, MAX_U32)) throw new RangeError(`AS ${asn}`); // RFC 7607 §2
    const as = isExempt ? asn : publicOrReplaced(asn, removal);
    if (as === undefined) continue;
    out.begin(SEGMENT.SEQUENCE);
    out.add(as);
  }
}

function publicOrReplaced(as: number, removal: Removal): number | undefined {
  if (!isPrivateAs(as)) return as;
  return removal.mode === 'replace' ? removal.replaceWith : undefined;
}

function hasPublicAs(octets: Uint8Array, start: number, end: number): boolean {
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    if (octets[position]! < SEGMENT.CONFED_SEQUENCE) {
      for (let at = position + 2; at < next; at += 4) if (!isPrivateAs(readU32(octets, at))) return true;
    }
    position = next;
  }
  return false;
}
