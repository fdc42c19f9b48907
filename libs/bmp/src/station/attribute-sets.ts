import { hashOctets } from './hash.ts';

/** One distinct attribute set, shared by all routes that have it. */
export interface AttributeSet {
  /** Canonical octets, next hop included: for `decodeAttributes`. */
  readonly octets: Uint8Array;
  readonly hashLow: number;
  readonly hashHigh: number;
  references: number;
}

/** Every attribute set of a station once: a table has a hundred times more routes than sets. */
export class AttributeSets {
  readonly #byHash = new Map<number, AttributeSet[]>();
  size = 0;

  /** The set with these octets, which are copied; it has one reference more. */
  retain(octets: Uint8Array): AttributeSet {
    const hashLow = hashOctets(octets, 1);
    const sets = this.#byHash.get(hashLow);
    const known = sets?.find((set) => isEqual(set.octets, octets));
    if (known !== undefined) {
      known.references++;
      return known;
    }
    const set = { octets: octets.slice(), hashLow, hashHigh: hashOctets(octets, 2), references: 1 };
    if (sets === undefined) this.#byHash.set(hashLow, [set]);
    else sets.push(set);
    this.size++;
    return set;
  }

  release(set: AttributeSet): void {
    if (--set.references > 0) return;
    const sets = this.#byHash.get(set.hashLow)?.filter((other) => other !== set) ?? [];
    if (sets.length === 0) this.#byHash.delete(set.hashLow);
    else this.#byHash.set(set.hashLow, sets);
    this.size--;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
