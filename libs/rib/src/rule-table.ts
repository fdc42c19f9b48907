import type { Family } from '@bgp/wire';
import { FlowSpecDestination } from '@bgp/wire/flowspec';
import { Arena } from './arena.ts';
import { HashSlots } from './hash-slots.ts';
import { equalOctets, grown, hashOctets } from './octets.ts';
import { mask, type PrefixTable, type PrefixWords } from './prefix-table.ts';
import type { PrefixId } from './types.ts';

const KNOWN_BY_OCTETS = 'rib: a rule is known by its octets';

/**
 * The FlowSpec rules of one family, each with a dense id like a prefix's. A rule's key is all of its octets (RFC 8955 §4); what
 * asks for a prefix is told the rule's destination, 0/0 when it has none (or, in IPv6, a pattern that does not begin at the first bit).
 */
export class RuleTable implements PrefixTable {
  /** No prefix is meant by it: `find` and `intern` are for octets here. */
  readonly maxLength = 0;
  end = 1;
  readonly #family: Family;
  readonly #arena = new Arena();
  readonly #slots = new HashSlots();
  readonly #destination = new FlowSpecDestination();
  /** By id: arena handle; for a free id, the next free one. */
  #handle = new Uint32Array(64);
  #isUsed = new Uint8Array(64);
  #free: PrefixId = 0;

  constructor(family: Family) {
    this.#family = family;
  }

  get size(): number {
    return this.#slots.size;
  }

  get octets(): number {
    return this.#arena.octets + this.#slots.octets + this.#handle.length * 5;
  }

  findRule(octets: Uint8Array, start: number, end: number): PrefixId {
    const hash = hashOctets(octets, start, end, 0);
    for (let id = this.#slots.first(hash); id !== 0; id = this.#slots.next()) {
      const handle = this.#handle[id]!;
      if (this.#arena.length(handle) !== end - start) continue;
      if (equalOctets(this.#arena.page(handle), this.#arena.start(handle), octets, start, end - start)) return id;
    }
    return 0;
  }

  internRule(octets: Uint8Array, start: number, end: number): PrefixId {
    const known = this.findRule(octets, start, end);
    if (known !== 0) return known;
    const id = this.#take();
    this.#handle[id] = this.#arena.store(octets, start, end);
    this.#isUsed[id] = 1;
    this.#slots.insert(hashOctets(octets, start, end, 0), id);
    return id;
  }

  /** A view; valid until the table changes. */
  rule(id: PrefixId): Uint8Array {
    const handle = this.#handle[id]!;
    const start = this.#arena.start(handle);
    return this.#arena.page(handle).subarray(start, start + this.#arena.length(handle));
  }

  find(): PrefixId {
    return 0;
  }

  intern(): PrefixId {
    throw new Error(KNOWN_BY_OCTETS);
  }

  findAll(): void {
    throw new Error(KNOWN_BY_OCTETS);
  }

  internAll(): void {
    throw new Error(KNOWN_BY_OCTETS);
  }

  remove(id: PrefixId): void {
    this.#slots.remove(this.hash(id), id);
    this.#arena.free(this.#handle[id]!);
    this.#isUsed[id] = 0;
    this.#handle[id] = this.#free;
    this.#free = id;
  }

  isUsed(id: PrefixId): boolean {
    return this.#isUsed[id] === 1;
  }

  read(id: PrefixId, into: PrefixWords): void {
    const destination = this.#destinationOf(id);
    into.w0 = destination.w0;
    into.w1 = destination.w1;
    into.w2 = destination.w2;
    into.w3 = destination.w3;
    into.length = destination.length;
  }

  addTo(): void {
    throw new Error(KNOWN_BY_OCTETS);
  }

  hash(id: PrefixId): number {
    const rule = this.rule(id);
    return hashOctets(rule, 0, rule.length, 0);
  }

  isInside(id: PrefixId, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    if (!this.isUsed(id)) return false;
    const own = this.#destinationOf(id);
    const bits = (word: number) => mask(Math.min(32, Math.max(0, length - word * 32)));
    return (
      own.length >= length &&
      ((own.w0 ^ w0) & bits(0)) === 0 &&
      ((own.w1 ^ w1) & bits(1)) === 0 &&
      ((own.w2 ^ w2) & bits(2)) === 0 &&
      ((own.w3 ^ w3) & bits(3)) === 0
    );
  }

  #destinationOf(id: PrefixId): FlowSpecDestination {
    const rule = this.rule(id);
    const destination = this.#destination;
    destination.read(rule, 0, rule.length, this.#family);
    // RFC 8956 §5: a pattern in the middle of an address is no prefix; what it matches may be anybody's.
    if (destination.offset > 0) {
      destination.w0 = destination.w1 = destination.w2 = destination.w3 = 0;
      destination.length = 0;
    }
    return destination;
  }

  #take(): PrefixId {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#handle[free]!;
      return free;
    }
    if (this.end === this.#handle.length) {
      this.#handle = grown(this.#handle, this.end * 2);
      this.#isUsed = grown(this.#isUsed, this.end * 2);
    }
    return this.end++;
  }
}
