import { formatIpPrefix, parseIpPrefix } from '@bgp/wire';
import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import { type Ipv4PrefixEntry, Ipv4PrefixSet } from './prefix-set-ipv4.ts';
import { type Ipv6PrefixEntry, Ipv6PrefixSet } from './prefix-set-ipv6.ts';
import type { PrefixRange, RouteView } from './types.ts';

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** Prefix ranges of both address families, collected with ascending values and then looked up by route. */
export class PrefixIndexBuilder {
  readonly #ipv4: Ipv4PrefixEntry[] = [];
  readonly #ipv6: Ipv6PrefixEntry[] = [];

  /** Values must not fall from one call to the next. False after saying what is wrong. */
  add(range: PrefixRange, value: number, path: DiagnosticPath, into: DiagnosticList): boolean {
    const parsed = parseIpPrefix(range.prefix);
    if (!parsed.ok) {
      into.add('prefix-invalid', [...path, 'prefix'], `"${range.prefix}" is not a prefix`, 'write address/length');
      return false;
    }
    const { octets, length } = parsed.value;
    const canonical = formatIpPrefix(octets, length);
    if (hasHostBits(range.prefix, octets)) {
      const hint = `did you mean ${canonical}?`;
      into.add('prefix-host-bits', [...path, 'prefix'], `"${range.prefix}" has bits set past its length`, hint);
      return false;
    }
    const maximum = octets.length * 8;
    const ge = range.ge ?? length;
    const le = range.le ?? (range.ge === undefined ? length : maximum);
    if (!checkBounds(range, ge, le, length, maximum, path, into)) return false;
    const words = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    if (maximum === 32) {
      this.#ipv4.push({ address: words.getUint32(0), length, ge, le, value });
    } else {
      const [w0, w1, w2, w3] = [words.getUint32(0), words.getUint32(4), words.getUint32(8), words.getUint32(12)];
      this.#ipv6.push({ w0, w1, w2, w3, length, ge, le, value });
    }
    return true;
  }

  build(): PrefixIndex {
    return new PrefixIndex(new Ipv4PrefixSet(this.#ipv4), new Ipv6PrefixSet(this.#ipv6));
  }
}

/** Finds the lowest value whose range holds for a route; O(address length). */
export class PrefixIndex {
  readonly #ipv4: Ipv4PrefixSet;
  readonly #ipv6: Ipv6PrefixSet;

  constructor(ipv4: Ipv4PrefixSet, ipv6: Ipv6PrefixSet) {
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
  }

  /** -1: no range holds. A route of neither IPv4 nor IPv6 matches no prefix. */
  lookup(route: RouteView): number {
    const afi = route.family >>> 8;
    if (afi === AFI_IPV4) return this.#ipv4.lookup(route.w0, route.length);
    if (afi === AFI_IPV6) return this.#ipv6.lookup(route.w0, route.w1, route.w2, route.w3, route.length);
    return -1;
  }
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

/** `octets` are what is left after masking; the text says more when parsing it as a host address gives something else. */
function hasHostBits(text: string, octets: Uint8Array): boolean {
  const host = parseIpPrefix(`${text.slice(0, text.indexOf('/'))}/${octets.length * 8}`);
  return host.ok && host.value.octets.some((octet, index) => octet !== octets[index]);
}
