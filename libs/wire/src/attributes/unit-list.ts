import type { ByteWriter } from '../bytes/byte-writer.ts';

/** A value that is a list of units of equal size must have at least one of them, and only whole ones. */
export function isUnitList(start: number, end: number, unitOctets: number): boolean {
  return end > start && (end - start) % unitOctets === 0;
}

/**
 * Copies a list of units, each value once, in the order of first appearance. Lists are sets to the protocol (RFC 1997,
 * RFC 8092 §6), and a set that lists a member twice must not make a second attribute set. Quadratic up to
 * `SMALL_LIST` units, which covers nearly every route; linear beyond.
 */
export function copyUniqueUnits(
  octets: Uint8Array,
  start: number,
  end: number,
  unitOctets: number,
  out: ByteWriter,
): void {
  if ((end - start) / unitOctets > SMALL_LIST) {
    copyManyUniqueUnits(octets, start, end, unitOctets, out);
    return;
  }
  let copied = start; // up to here
  for (let unit = start; unit < end; unit += unitOctets) {
    let earlier = start;
    while (earlier < unit && !equalUnits(octets, earlier, unit, unitOctets)) earlier += unitOctets;
    if (earlier === unit) continue;
    out.copy(octets, copied, unit);
    copied = unit + unitOctets;
  }
  out.copy(octets, copied, end);
}

const SMALL_LIST = 64;

function copyManyUniqueUnits(
  octets: Uint8Array,
  start: number,
  end: number,
  unitOctets: number,
  out: ByteWriter,
): void {
  const seen = new Set<string>();
  for (let unit = start; unit < end; unit += unitOctets) {
    const key = String.fromCharCode(...octets.subarray(unit, unit + unitOctets));
    if (seen.has(key)) continue;
    seen.add(key);
    out.copy(octets, unit, unit + unitOctets);
  }
}

function equalUnits(octets: Uint8Array, a: number, b: number, unitOctets: number): boolean {
  for (let i = 0; i < unitOctets; i++) if (octets[a + i] !== octets[b + i]) return false;
  return true;
}
