import { DiagnosticList, type DiagnosticPath } from './diagnostics.ts';
import { checkPrefix } from './prefix-check.ts';
import { type Ipv4PrefixEntry, Ipv4PrefixSet } from './prefix-set-ipv4.ts';
import { type Ipv6PrefixEntry, Ipv6PrefixSet } from './prefix-set-ipv6.ts';
import type { PolicyDiagnostic, PrefixRange, PrefixView } from './types.ts';

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** What is wrong with one range, as the compiler would say it; undefined: nothing. */
export function checkPrefixRange(range: PrefixRange): PolicyDiagnostic | undefined {
  const mistakes = new DiagnosticList();
  new PrefixIndexBuilder().add(range, 0, [], mistakes);
  return mistakes.all[0];
}

/** Prefix ranges of both address families, collected with ascending values and then looked up by route. */
export class PrefixIndexBuilder {
  readonly #ipv4: Ipv4PrefixEntry[] = [];
  readonly #ipv6: Ipv6PrefixEntry[] = [];
  #allIpv4 = -1;
  #allIpv6 = -1;

  /** Whether the answer depends on more than the family: `0.0.0.0/0 le 32` and `::/0 le 128` ask for nothing else. */
  get readsPrefix(): boolean {
    return this.#ipv4.length + this.#ipv6.length > 0;
  }

  /** Values must not fall from one call to the next. False after saying what is wrong. */
  add(range: PrefixRange, value: number, path: DiagnosticPath, into: DiagnosticList): boolean {
    const parsed = checkPrefix(range.prefix, [...path, 'prefix'], into);
    if (parsed === undefined) return false;
    const { octets, length } = parsed;
    const maximum = octets.length * 8;
    const ge = range.ge ?? length;
    const le = range.le ?? (range.ge === undefined ? length : maximum);
    if (!checkBounds(range, ge, le, length, maximum, path, into)) return false;
    const words = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    if (ge === 0 && le === maximum) {
      this.#addWholeFamily(maximum, value);
    } else if (maximum === 32) {
      this.#ipv4.push({ address: words.getUint32(0), length, ge, le, value });
    } else {
      const [w0, w1, w2, w3] = [words.getUint32(0), words.getUint32(4), words.getUint32(8), words.getUint32(12)];
      this.#ipv6.push({ w0, w1, w2, w3, length, ge, le, value });
    }
    return true;
  }

  build(): PrefixIndex {
    const ipv4 = this.#ipv4.length === 0 ? undefined : new Ipv4PrefixSet(this.#ipv4);
    const ipv6 = this.#ipv6.length === 0 ? undefined : new Ipv6PrefixSet(this.#ipv6);
    return new PrefixIndex(ipv4, ipv6, this.#allIpv4, this.#allIpv6);
  }

  /** The first one has the lowest value. */
  #addWholeFamily(maximum: number, value: number): void {
    if (maximum === 32 && this.#allIpv4 < 0) this.#allIpv4 = value;
    if (maximum === 128 && this.#allIpv6 < 0) this.#allIpv6 = value;
  }
}

/** Finds the lowest value whose range holds for a route; O(address length). */
export class PrefixIndex {
  readonly #ipv4: Ipv4PrefixSet | undefined;
  readonly #ipv6: Ipv6PrefixSet | undefined;
  /** The value of a range that holds for the whole family, or -1. */
  readonly #allIpv4: number;
  readonly #allIpv6: number;

  constructor(ipv4: Ipv4PrefixSet | undefined, ipv6: Ipv6PrefixSet | undefined, allIpv4: number, allIpv6: number) {
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#allIpv4 = allIpv4;
    this.#allIpv6 = allIpv6;
  }

  /** -1: no range holds. A route of neither IPv4 nor IPv6 matches no prefix. */
  lookup(route: PrefixView): number {
    const afi = route.family >>> 8;
    if (afi === AFI_IPV4) {
      if (this.#ipv4 === undefined) return this.#allIpv4; // a caller that knows `reads` need not fill the prefix in
      return lower(this.#ipv4.lookup(route.w0, route.length), this.#allIpv4);
    }
    if (afi === AFI_IPV6) {
      if (this.#ipv6 === undefined) return this.#allIpv6;
      return lower(this.#ipv6.lookup(route.w0, route.w1, route.w2, route.w3, route.length), this.#allIpv6);
    }
    return -1;
  }
}

/** The lower of two values, where -1 is none. */
function lower(a: number, b: number): number {
  if (a < 0) return b;
  return b >= 0 && b < a ? b : a;
}

function checkBounds(
  range: PrefixRange,
  ge: number,
  le: number,
  length: number,
  maximum: number,
  path: DiagnosticPath,
  into: DiagnosticList,
): boolean {
  const before = into.all.length;
  for (const [key, bound] of [
    ['ge', ge],
    ['le', le],
  ] as const) {
    if (Number.isInteger(bound) && bound >= length && bound <= maximum) continue;
    const message = `${key} ${bound} is outside ${length}–${maximum}, the lengths inside ${range.prefix}`;
    into.add('range-invalid', [...path, key], message);
  }
  if (into.all.length > before) return false;
  if (ge > le) into.add('range-invalid', [...path, 'ge'], `ge must be <= le, but ${ge} > ${le}`);
  return ge <= le;
}
