const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value >>> 0;
});

/** Before the first octet. */
export const CRC_START = 0xffff_ffff;

/** One octet more; `crcOf` after the last one. */
export function crcStep(crc: number, octet: number): number {
  return (crc >>> 8) ^ TABLE[(crc ^ octet) & 0xff]!; // the table has 256 entries
}

export function crcOf(crc: number): number {
  return ~crc >>> 0;
}

/** CRC-32 as in IEEE 802.3, of `octets` from `start` to before `end`. */
export function crc32(octets: Uint8Array, start = 0, end = octets.length): number {
  let crc = CRC_START;
  for (let index = start; index < end; index++) crc = crcStep(crc, octets[index]!); // within the bounds
  return crcOf(crc);
}
