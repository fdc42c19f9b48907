import { type AsPathWriter, countAses, readAs, SEGMENT } from './as-path-segments.ts';

/**
 * RFC 6793 §4.2.3: AS_PATH from a two-octet speaker tells how long the path is, AS4_PATH what its far end really was.
 * We take as many ASes from the front of AS_PATH as AS4_PATH lacks, then all of AS4_PATH. A longer AS4_PATH contradicts
 * AS_PATH and is ignored. Both paths must be sound.
 */
export function mergeAs4Path(
  path: { readonly octets: Uint8Array; readonly start: number; readonly end: number },
  as4Path: { readonly octets: Uint8Array; readonly start: number; readonly end: number },
  out: AsPathWriter,
): void {
  const { octets, start, end } = path;
  let wanted = countAses(octets, start, end, 2) - countAses(as4Path.octets, as4Path.start, as4Path.end, 4);
  if (wanted < 0) {
    out.append(octets, start, end, 2);
    return;
  }
  let position = start;
  while (position < end) {
    const type = octets[position]!;
    const count = octets[position + 1]!;
    const next = position + 2 + count * 2;
    if (type === SEGMENT.CONFED_SEQUENCE || type === SEGMENT.CONFED_SET) {
      // Everything before was taken whole, so this segment leads or is adjacent to one that was prepended.
      out.append(octets, position, next, 2);
    } else if (wanted === 0) {
      break;
    } else if (type === SEGMENT.SET) {
      out.append(octets, position, next, 2);
      wanted--;
    } else {
      const taken = Math.min(count, wanted);
      out.begin(type);
      for (let i = 0; i < taken; i++) out.add(readAs(octets, position + 2 + i * 2, 2));
      wanted -= taken;
      if (taken < count) break;
    }
    position = next;
  }
  appendWithoutConfed(as4Path.octets, as4Path.start, as4Path.end, out);
}

/** RFC 6793 §6: confederation segments must not be in AS4_PATH and are dropped from one that has them. */
function appendWithoutConfed(octets: Uint8Array, start: number, end: number, out: AsPathWriter): void {
  let position = start;
  while (position < end) {
    const next = position + 2 + octets[position + 1]! * 4;
    if (octets[position]! < SEGMENT.CONFED_SEQUENCE) out.append(octets, position, next, 4);
    position = next;
  }
}
