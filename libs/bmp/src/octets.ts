/** Big-endian fields. The caller has checked that the octets are there. */
export function readU16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}

export function readU32(octets: Uint8Array, at: number): number {
  return readU16(octets, at) * 0x1_0000 + readU16(octets, at + 2);
}

export function readU64(octets: Uint8Array, at: number): bigint {
  return (BigInt(readU32(octets, at)) << 32n) | BigInt(readU32(octets, at + 4));
}

export function writeU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

export function writeU32(octets: Uint8Array, at: number, value: number): void {
  writeU16(octets, at, value >>> 16);
  writeU16(octets, at + 2, value & 0xffff);
}

export function u16Octets(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function u32Octets(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function u64Octets(value: bigint): Uint8Array {
  return concat([u32Octets(Number(value >> 32n)), u32Octets(Number(value & 0xffff_ffffn))]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
