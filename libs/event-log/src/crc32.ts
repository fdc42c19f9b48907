const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value >>> 0;
});

/** CRC-32 as in IEEE 802.3, of `octets` from `start` to before `end`. */
export function crc32(octets: Uint8Array, start = 0, end = octets.length): number {
  let crc = 0xffff_ffff;
  for (let index = start; index < end; index++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (octets[index] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
