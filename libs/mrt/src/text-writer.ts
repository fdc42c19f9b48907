/** ASCII digits of 0–255 without leading zeros: three octets per number, then how many of them count. */
const DECIMAL = new Uint8Array(256 * 4);
for (let value = 0; value < 256; value++) {
  const text = String(value);
  for (let i = 0; i < text.length; i++) DECIMAL[value * 4 + i] = text.charCodeAt(i);
  DECIMAL[value * 4 + 3] = text.length;
}
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** More than any one `octet`, `number` or address writes. */
const ROOM = 48;

/**
 * Text as ASCII octets that grow as they are written: a dump of a full table is hundreds of megabytes of lines, and as strings each would be
 * made, joined, encoded and thrown away. `tools/bench` measures it (`npm run bench -- mrt`).
 */
export class TextWriter {
  #octets: Uint8Array;
  #length = 0;

  constructor(capacity = 1 << 16) {
    this.#octets = new Uint8Array(Math.max(capacity, ROOM));
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, aliasing the writer's memory: valid until the next write. */
  view(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  octet(code: number): void {
    this.#reserve(1);
    this.#octets[this.#length++] = code;
  }

  /** ASCII only. */
  text(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#octets[this.#length++] = text.charCodeAt(i);
  }

  copy(octets: Uint8Array): void {
    this.#reserve(octets.length);
    this.#octets.set(octets, this.#length);
    this.#length += octets.length;
  }

  /** Decimal of an unsigned 32-bit number. */
  number(value: number): void {
    this.#reserve(ROOM);
    if (value < 256) return this.#small(value);
    const out = this.#octets;
    let digits = 3;
    for (let bound = 1000; value >= bound; bound *= 10) digits++;
    let rest = value;
    const start = this.#length;
    for (let at = start + digits - 1; at >= start; at--) {
      const next = Math.floor(rest / 10);
      out[at] = 0x30 + rest - next * 10;
      rest = next;
    }
    this.#length = start + digits;
  }

  /** Decimal with leading zeros. */
  padded(value: number, digits: number): void {
    this.#reserve(ROOM);
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      this.#octets[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#length += digits;
  }

  ipv4(octets: Uint8Array, start: number): void {
    this.#reserve(ROOM);
    for (let i = 0; i < 4; i++) {
      if (i > 0) this.#octets[this.#length++] = 0x2e;
      this.#small(octets[start + i] ?? 0);
    }
  }

  /** As bgpdump: RFC 5952 §4 but that a single zero group is shortened too, and `::a.b.c.d` for IPv4-mapped and -compatible addresses. */
  ipv6(octets: Uint8Array, start: number): void {
    this.#reserve(ROOM);
    const group = (index: number) => ((octets[start + index * 2] ?? 0) << 8) | (octets[start + index * 2 + 1] ?? 0);
    let bestStart = -1;
    let bestLength = 0;
    for (let at = 0, run = 0; at < 8; at++) {
      run = group(at) === 0 ? run + 1 : 0;
      if (run > bestLength) {
        bestLength = run;
        bestStart = at - run + 1;
      }
    }
    const out = this.#octets;
    const hasIpv4 = bestStart === 0 && (bestLength === 6 || (bestLength === 5 && group(5) === 0xffff));
    for (let at = 0; at < (hasIpv4 ? 6 : 8); at++) {
      if (at === bestStart) {
        out[this.#length++] = 0x3a;
        if (at + bestLength === (hasIpv4 ? 6 : 8)) out[this.#length++] = 0x3a;
        at += bestLength - 1;
        continue;
      }
      if (at > 0) out[this.#length++] = 0x3a;
      this.#hex(group(at));
    }
    if (!hasIpv4) return;
    if (bestLength === 5) out[this.#length++] = 0x3a;
    this.ipv4(octets, start + 12);
  }

  #hex(value: number): void {
    const out = this.#octets;
    if (value >= 0x1000) out[this.#length++] = HEX[value >>> 12]!; // all four: a nibble is 0–15
    if (value >= 0x100) out[this.#length++] = HEX[(value >>> 8) & 15]!;
    if (value >= 0x10) out[this.#length++] = HEX[(value >>> 4) & 15]!;
    out[this.#length++] = HEX[value & 15]!;
  }

  #small(value: number): void {
    const row = value * 4;
    const count = DECIMAL[row + 3] ?? 0;
    for (let i = 0; i < count; i++) this.#octets[this.#length++] = DECIMAL[row + i] ?? 0;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#octets.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#octets.length * 2));
    grown.set(this.#octets.subarray(0, this.#length));
    this.#octets = grown;
  }
}
