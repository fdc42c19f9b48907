import { err, type IpAddress, ok, parseIpAddress, parseIpPrefix, type Result } from '@bgp/wire';
import type { DynamicRange, PeerConfig, PeerTemplate } from './config.ts';
import { ANY_AS, kindOfAs, knownKind, type OwnAses, peerKind, sessionAs } from './peer-kind.ts';
import { scopedAddress } from './scoped-address.ts';
import type { SpeakerError } from './status.ts';

const DEFAULT_LIMIT = 100;

interface Range {
  readonly octets: Uint8Array;
  readonly length: number;
  readonly config: DynamicRange;
}

/** The ranges whose systems may become neighbors by connecting. */
export class DynamicNeighbors {
  readonly #own: OwnAses;
  #limit: number;
  /** By canonical prefix. */
  readonly #ranges = new Map<string, Range>();

  /** Throws for what the config library would not have let through. */
  constructor(own: OwnAses, ranges: readonly DynamicRange[], limit: number = DEFAULT_LIMIT) {
    this.#own = own;
    this.#limit = limit;
    for (const range of ranges) {
      const added = this.add(range);
      if (!added.ok) throw new Error(added.error.message);
    }
  }

  /** The ranges as they would be, or what is wrong with them. */
  static check(own: OwnAses, ranges: readonly DynamicRange[], limit?: number): Result<DynamicNeighbors, SpeakerError> {
    const neighbors = new DynamicNeighbors(own, [], limit);
    for (const range of ranges) {
      const added = neighbors.add(range);
      if (!added.ok) return added;
    }
    return ok(neighbors);
  }

  get limit(): number {
    return this.#limit;
  }

  /** Those who are here already stay. */
  setLimit(limit: number = DEFAULT_LIMIT): void {
    this.#limit = limit;
  }

  list(): readonly DynamicRange[] {
    return [...this.#ranges.values()].map(({ config }) => config);
  }

  add(config: DynamicRange): Result<void, SpeakerError> {
    const parsed = parseIpPrefix(config.prefix);
    if (!parsed.ok) return err({ code: 'peer-invalid', message: `"${config.prefix}" is not a prefix.` });
    const { octets, length } = parsed.value;
    const key = keyOf(octets, length);
    if (this.#ranges.has(key)) {
      return err({ code: 'peer-exists', message: `There is a range ${config.prefix} already.` });
    }
    this.#ranges.set(key, { octets, length, config });
    return ok(undefined);
  }

  /** Those who came from it stay. */
  remove(prefix: string): Result<void, SpeakerError> {
    const parsed = parseIpPrefix(prefix);
    const isKnown = parsed.ok && this.#ranges.delete(keyOf(parsed.value.octets, parsed.value.length));
    return isKnown ? ok(undefined) : err({ code: 'peer-not-found', message: `There is no range ${prefix}.` });
  }

  /**
   * What a neighbor at this address would be: by the longest range that holds it.
   *
   * @param link     of a link-local address.
   * @param remoteAs what its OPEN says; 0 before that.
   * @returns undefined when no range holds it, or the range is not for such a neighbor.
   */
  configFor(address: IpAddress, link?: string, remoteAs: number = ANY_AS): PeerConfig | undefined {
    const range = this.#longest(address);
    if (range === undefined) return undefined;
    const { peerGroup, description, remoteAses } = range;
    const [onlyAs] = remoteAses;
    const expectedAs = remoteAses.length === 1 && onlyAs !== undefined ? onlyAs : ANY_AS;
    if (remoteAs !== ANY_AS && remoteAses.length > 0 && !remoteAses.includes(remoteAs)) return undefined;
    const as = remoteAs === ANY_AS ? expectedAs : remoteAs;
    const template = this.#templateFor(range, as);
    if (template === undefined) return undefined;
    return {
      ...template,
      name: scopedAddress({ address, interface: link }),
      address,
      ...(link === undefined ? {} : { interface: link }),
      remoteAs: as,
      acceptedAses: remoteAses,
      peerGroup,
      ...(description === undefined ? {} : { description }),
      passive: true, // nobody knows whether there is anybody to dial
    };
  }

  holds(address: IpAddress): boolean {
    return this.#longest(address) !== undefined;
  }

  #longest(address: IpAddress): DynamicRange | undefined {
    const parsed = parseIpAddress(address);
    if (!parsed.ok) return undefined;
    let longest: Range | undefined;
    for (const range of this.#ranges.values()) {
      if (contains(range, parsed.value) && range.length >= (longest?.length ?? 0)) longest = range;
    }
    return longest?.config;
  }

  /** Templates of one range differ in what they make of routes, not in what the OPEN says: before that, one of them will do. */
  #templateFor({ templates, remoteAses }: DynamicRange, as: number): PeerTemplate | undefined {
    if (as !== ANY_AS) return this.#forAs(templates, as);
    const expected = knownKind(this.#own, { remoteAs: ANY_AS, acceptedAses: remoteAses });
    if (expected !== undefined) return templates[expected];
    return templates.external ?? templates.internal ?? templates.confederation;
  }

  #forAs(templates: DynamicRange['templates'], as: number): PeerTemplate | undefined {
    const template = templates[kindOfAs(this.#own, as)];
    if (template === undefined) return undefined;
    const neighbor = { ...template, remoteAs: as };
    // It has the number that we show it: to it the session would be an internal one (RFC 4271 §1.1).
    const isConfused = peerKind(this.#own, neighbor) === 'external' && sessionAs(this.#own, neighbor) === as;
    return isConfused ? undefined : template;
  }
}

function keyOf(octets: Uint8Array, length: number): string {
  return `${Array.from(octets, (octet, at) => octet & maskOf(length, at)).join('.')}/${length}`;
}

function contains({ octets, length }: Range, address: Uint8Array): boolean {
  return (
    octets.length === address.length &&
    octets.every((octet, at) => ((octet ^ (address[at] ?? 0)) & maskOf(length, at)) === 0)
  );
}

/** The bits of the octet at `at` that belong to a prefix of this length. */
function maskOf(length: number, at: number): number {
  const bits = Math.min(8, Math.max(0, length - at * 8));
  return (0xff00 >>> bits) & 0xff;
}
