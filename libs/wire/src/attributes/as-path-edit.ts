import { readU32 } from '../bytes/byte-reader.ts';
import { type AsPathWriter, SEGMENT } from './as-path-segments.ts';
import { isUnsigned, MAX_U32 } from './codec.ts';
import type { AttributeEdit } from './edit.ts';

export function hasPathEdit(edit: AttributeEdit): boolean {
  return (
    edit.asPath !== undefined ||
    edit.removePrivateAs !== undefined ||
    edit.removeConfederation !== undefined ||
    edit.replaceAs !== undefined ||
    edit.prepend !== undefined ||
    edit.repeatFirstAs !== undefined ||
    edit.prependConfederation !== undefined
  );
}

/** RFC 6996 §5, RFC 7300: 64512–65534 and 4200000000–4294967294. */
export function isPrivateAs(as: number): boolean {
  return (as >= 64_512 && as <= 65_534) || (as >= 4_200_000_000 && as <= 4_294_967_294);
}

/** Writes the path `octets[start, end)` (canonical, four-octet) with the edit's changes of the path. */
export function writeEditedPath(
  octets: Uint8Array,
  start: number,
  end: number,
  edit: AttributeEdit,
  out: AsPathWriter,
): void {
  writePrepended(edit, out);
  writeRepeated(octets, start, end, edit, out);
  if (edit.asPath !== undefined) {
    writeNumbers(edit.asPath, edit, out);
    return;
  }
  const removal =
    edit.removePrivateAs?.mode === 'remove' && hasPublicAs(octets, start, end) ? undefined : edit.removePrivateAs;
  if (removal === undefined && edit.replaceAs === undefined && edit.removeConfederation === undefined) {
    out.append(octets, start, end, 4);
    return;
  }
  let position = start;
  while (position < end) {
    const type = octets[position]!;
    const next = position + 2 + octets[position + 1]! * 4;
    // Member ASes of a confederation are usually private, and must stay.
    if (type >= SEGMENT.CONFED_SEQUENCE) {
      if (edit.removeConfederation === undefined) out.append(octets, position, next, 4);
    } else {
      let isOpen = false;
      for (let at = position + 2; at < next; at += 4) {
        const as = changedAs(readU32(octets, at), removal, edit.replaceAs);
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
  if (edit.prependConfederation !== undefined) {
    out.begin(SEGMENT.CONFED_SEQUENCE);
    out.add(checkAs(edit.prependConfederation));
  }
  // The last entry ends up leftmost.
  const entries = edit.prepend ?? [];
  for (let i = entries.length - 1; i >= 0; i--) {
    const { as, count } = entries[i]!; // i is in range
    checkAs(as);
    if (count <= 0) continue;
    out.begin(SEGMENT.SEQUENCE);
    for (let n = 0; n < count; n++) out.add(as);
  }
}

function writeRepeated(octets: Uint8Array, start: number, end: number, edit: AttributeEdit, out: AsPathWriter): void {
  const count = edit.repeatFirstAs ?? 0;
  const isSequence = start < end && octets[start] === SEGMENT.SEQUENCE;
  const first = edit.asPath === undefined ? (isSequence ? readU32(octets, start + 2) : undefined) : edit.asPath[0];
  if (count <= 0 || first === undefined) return;
  out.begin(SEGMENT.SEQUENCE);
  for (let n = 0; n < count; n++) out.add(first);
}

function writeNumbers(asns: readonly number[], edit: AttributeEdit, out: AsPathWriter): void {
  const removal =
    edit.removePrivateAs?.mode === 'remove' && !asns.every(isPrivateAs) ? undefined : edit.removePrivateAs;
  for (const asn of asns) {
    const as = changedAs(checkAs(asn), removal, edit.replaceAs);
    if (as === undefined) continue;
    out.begin(SEGMENT.SEQUENCE);
    out.add(as);
  }
}

/** Undefined: the AS goes. */
function changedAs(as: number, removal: Removal | undefined, override: AttributeEdit['replaceAs']): number | undefined {
  let kept = as;
  if (removal !== undefined && isPrivateAs(as)) {
    if (removal.mode !== 'replace') return undefined;
    kept = removal.replaceWith;
  }
  return override !== undefined && kept === override.as ? checkAs(override.by) : kept;
}

function checkAs(as: number): number {
  if (as === 0 || !isUnsigned(as, MAX_U32)) throw new RangeError(`AS ${as}`); // RFC 7607 §2
  return as;
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
