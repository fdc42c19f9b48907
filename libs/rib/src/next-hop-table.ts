import { HashSlots } from './hash-slots.ts';
import { equalOctets, grown, hashOctets } from './octets.ts';
import type { NextHopReachability } from './types.ts';

/** Above every interior cost: RFC 4271 §9.1.2 excludes routes whose next hop cannot be resolved. */
export const UNREACHABLE = 0xffff_ffff;

/** Distinct next hops of the attribute pool, with what the routing system says about each. */
export class NextHopTable {
  /** By next-hop id: interior cost, or `UNREACHABLE`. */
  cost = new Uint32Array(16);
  #octets: Uint8Array[] = [EMPTY];
  #references = new Uint32Array(16);
  #hash = new Uint32Array(16);
  #free: number[] = [];
  #slots = new HashSlots();
  /** The one that was asked for last: neighbors bring the same again and again. 0: none. */
  #last = 0;
  #reach: NextHopReachability = () => 0;

  /** The id of the next hop, with one more reference. */
  intern(octets: Uint8Array, start: number, length: number): number {
    const last = this.#last;
    if (last === 0 || !this.#is(last, octets, start, length)) return this.#internOther(octets, start, length);
    this.#references[last]!++;
    return last;
  }

  #internOther(octets: Uint8Array, start: number, length: number): number {
    const hash = hashOctets(octets, start, start + length, 0);
    for (let id = this.#slots.first(hash); id !== 0; id = this.#slots.next()) {
      if (!this.#is(id, octets, start, length)) continue;
      this.#last = id;
      this.#references[id]!++;
      return id;
    }
    const id = this.#free.pop() ?? this.#octets.length;
    if (id >= this.cost.length) {
      this.cost = grown(this.cost, id * 2);
      this.#references = grown(this.#references, id * 2);
      this.#hash = grown(this.#hash, id * 2);
    }
    this.#octets[id] = octets.slice(start, start + length);
    this.#references[id] = 1;
    this.#hash[id] = hash;
    this.cost[id] = this.#ask(id);
    this.#slots.insert(hash, id);
    return id;
  }

  release(id: number): void {
    if (--this.#references[id]! > 0) return;
    if (id === this.#last) this.#last = 0;
    this.#slots.remove(this.#hash[id]!, id);
    this.#octets[id] = EMPTY;
    this.#free.push(id);
  }

  /** 0, 4, 16 or 32. */
  octetsOf(id: number): number {
    return this.#octets[id]!.length;
  }

  setReachability(reach: NextHopReachability): void {
    this.#reach = reach;
  }

  /** Asks again for every next hop; returns, by id, 1 for those whose answer changed. */
  askAgain(): Uint8Array {
    const changed = new Uint8Array(this.#octets.length);
    for (let id = 1; id < this.#octets.length; id++) {
      if (this.#references[id] === 0) continue;
      const cost = this.#ask(id);
      if (cost === this.cost[id]) continue;
      this.cost[id] = cost;
      changed[id] = 1;
    }
    return changed;
  }

  #is(id: number, octets: Uint8Array, start: number, length: number): boolean {
    const known = this.#octets[id]!;
    return known.length === length && equalOctets(known, 0, octets, start, length);
  }

  #ask(id: number): number {
    const answer = this.#reach(this.#octets[id]!);
    if (answer === false) return UNREACHABLE;
    return answer === true ? 0 : Math.max(0, Math.min(answer, UNREACHABLE - 1));
  }
}

const EMPTY = new Uint8Array(0);
