import { err, type IpAddress, ok, parseIpAddress, parseIpPrefix, type Result } from '@bgp/wire';
import type { DynamicRange, PeerConfig } from './config.ts';
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
  #limit: number;
  /** By canonical prefix. */
  readonly #ranges = new Map<string, Range>();

  /** Throws for what the config library would not have let through. */
  constructor(ranges: readonly DynamicRange[], limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
    for (const range of ranges) {
      const added = this.add(range);
      if (!added.ok) throw new Error(added.error.message);
    }
  }

  /** The ranges as they would be, or what is wrong with them. */
  static check(ranges: readonly DynamicRange[], limit?: number): Result<DynamicNeighbors, SpeakerError> {
    const neighbors = new DynamicNeighbors([], limit);
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

  /** What a neighbor at this address would be: by the longest range that holds it. `link`: of a link-local address. */
  configFor(address: IpAddress, link?: string): PeerConfig | undefined {
    const parsed = parseIpAddress(address);
    if (!parsed.ok) return undefined;
    let longest: Range | undefined;
    for (const range of this.#ranges.values()) {
      if (contains(range, parsed.value) && range.length >= (longest?.length ?? 0)) longest = range;
    }
    if (longest === undefined) return undefined;
    const { template, peerGroup, description, remoteAses } = longest.config;
    const [onlyAs] = remoteAses;
    return {
      ...template,
      name: scopedAddress({ address, interface: link }),
      address,
      ...(link === undefined ? {} : { interface: link }),
      remoteAs: remoteAses.length === 1 && onlyAs !== undefined ? onlyAs : ANY_AS,
      acceptedAses: remoteAses,
      peerGroup,
      ...(description === undefined ? {} : { description }),
      passive: true, // nobody knows whether there is anybody to dial
    };
  }
}

/** Stands in for an AS that is not known before the neighbor's OPEN. */
export const ANY_AS = 0;

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
