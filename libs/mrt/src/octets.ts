/** Unsigned 16 bits at `offset`. Octets past the end read as zero; the caller has checked, or does not mind. */
export function readU16(octets: Uint8Array, offset: number): number {
  return (octets[offset]! << 8) | octets[offset + 1]!;
}

/** Unsigned 32 bits at `offset`, as above. */
export function readU32(octets: Uint8Array, offset: number): number {
  return ((readU16(octets, offset) << 16) | readU16(octets, offset + 2)) >>> 0;
}
