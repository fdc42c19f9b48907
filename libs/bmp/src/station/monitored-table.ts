import { decodeAttributes, type Family, type PathAttributes } from '@bgp/wire';
import type { AttributeSet, AttributeSets } from './attribute-sets.ts';
import { type Fingerprint, FingerprintSum } from './fingerprint.ts';
import { hashOfKey, parseKey, type RouteKey } from './route-key.ts';

export interface MonitoredRoute {
  readonly family: Family;
  /** `192.0.2.0/24`, or the text of a FlowSpec rule. */
  readonly prefix: string;
  /** 0 without ADD-PATH. */
  readonly pathId: number;
  readonly attributes: PathAttributes;
}

class FamilyRoutes {
  readonly routes = new Map<RouteKey, AttributeSet>();
  readonly fingerprint = new FingerprintSum();
}

/** One table of a monitored peer, all families. */
export class MonitoredTable {
  readonly #sets: AttributeSets;
  readonly #families = new Map<Family, FamilyRoutes>();
  readonly #ended = new Set<Family>();

  constructor(sets: AttributeSets) {
    this.#sets = sets;
  }

  /** Families with routes, or whose table was said to be complete. */
  get families(): readonly Family[] {
    return [...new Set([...this.#families.keys(), ...this.#ended])];
  }

  /** The initial table of the family has come (RFC 7854 §5). */
  hasEnded(family: Family): boolean {
    return this.#ended.has(family);
  }

  size(family: Family): number {
    return this.#families.get(family)?.routes.size ?? 0;
  }

  /** Equal to `Rib.fingerprint` of the same routes; see `FingerprintSum` for what counts. */
  fingerprint(family: Family): Fingerprint {
    return this.#families.get(family)?.fingerprint.value ?? [0, 0];
  }

  /** Each route as an object, made on demand, in the order of arrival. */
  *routes(family: Family): Generator<MonitoredRoute> {
    for (const [key, set] of this.#families.get(family)?.routes ?? []) {
      const { prefix, pathId } = parseKey(family, key);
      yield { family, prefix, pathId, attributes: decodeAttributes(set.octets) };
    }
  }

  has(family: Family, key: RouteKey): boolean {
    return this.#families.get(family)?.routes.has(key) === true;
  }

  set(family: Family, key: RouteKey, canonical: Uint8Array): void {
    let known = this.#families.get(family);
    if (known === undefined) {
      known = new FamilyRoutes();
      this.#families.set(family, known);
    }
    const { routes, fingerprint } = known;
    const before = routes.get(key);
    const set = this.#sets.retain(canonical);
    const { hash, pathId } = hashOfKey(family, key);
    if (before !== undefined) {
      fingerprint.change(-1, hash, pathId, before.hashLow, before.hashHigh);
      this.#sets.release(before);
    }
    fingerprint.change(1, hash, pathId, set.hashLow, set.hashHigh);
    routes.set(key, set);
  }

  /** False: there was no such route. */
  remove(family: Family, key: RouteKey): boolean {
    const known = this.#families.get(family);
    const set = known?.routes.get(key);
    if (known === undefined || set === undefined) return false;
    const { hash, pathId } = hashOfKey(family, key);
    known.fingerprint.change(-1, hash, pathId, set.hashLow, set.hashHigh);
    known.routes.delete(key);
    this.#sets.release(set);
    return true;
  }

  end(family: Family): void {
    this.#ended.add(family);
  }

  /** The peer is down: its routes are gone. Returns how many there were. */
  clear(): number {
    let count = 0;
    for (const { routes } of this.#families.values()) {
      for (const set of routes.values()) this.#sets.release(set);
      count += routes.size;
    }
    this.#families.clear();
    this.#ended.clear();
    return count;
  }
}
