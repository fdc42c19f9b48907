import type { AttributePool } from './attribute-pool.ts';
import type { FamilyTable } from './family-table.ts';
import type { RouteWriter } from './route-writer.ts';
import type { AttrId, PrefixId, UpdateSink } from './types.ts';

/**
 * What changed in one table since the last `drain`: the latest state of each path, however often it changed (RFC 7854 §5, state
 * compression). It holds prefixes and attributes meanwhile, so that their ids stay what they are.
 */
export class RouteFeed {
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #writer: RouteWriter;
  /** Attributes by prefix and path identifier; 0: gone. Most tables have no path identifiers but 0. */
  readonly #pending = new Map<PrefixId, AttrId>();
  readonly #withIds = new Map<PrefixId, Map<number, AttrId>>();
  #hasEnd = false;

  constructor(table: FamilyTable, pool: AttributePool, writer: RouteWriter) {
    this.#table = table;
    this.#pool = pool;
    this.#writer = writer;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0 && this.#withIds.size === 0 && !this.#hasEnd;
  }

  set(prefix: PrefixId, pathId: number, attributes: AttrId): void {
    if (pathId === 0) return this.#put(this.#pending, prefix, prefix, attributes);
    let ids = this.#withIds.get(prefix);
    if (ids === undefined) {
      ids = new Map();
      this.#withIds.set(prefix, ids);
    }
    this.#put(ids, pathId, prefix, attributes);
  }

  /** End-of-RIB, after everything that is pending now. */
  end(): void {
    this.#hasEnd = true;
  }

  /** Hands over about `budget` routes at most, and says how many. */
  drain(budget: number, sink: UpdateSink): number {
    const done: { readonly prefix: PrefixId; readonly attributes: AttrId }[] = [];
    const write = (prefix: PrefixId, pathId: number, attributes: AttrId) => {
      if (attributes === 0) this.#writer.withdraw(prefix, pathId);
      else this.#writer.announce(prefix, pathId, attributes);
      done.push({ prefix, attributes });
    };
    for (const [prefix, attributes] of this.#pending) {
      if (done.length >= budget) break;
      this.#pending.delete(prefix);
      write(prefix, 0, attributes);
    }
    for (const [prefix, ids] of this.#withIds) {
      if (done.length >= budget) break;
      this.#withIds.delete(prefix);
      for (const [pathId, attributes] of ids) write(prefix, pathId, attributes);
    }
    if (done.length > 0) this.#writer.flush(sink);
    for (const one of done) this.#release(one.prefix, one.attributes);
    if (this.#hasEnd && this.#pending.size === 0 && this.#withIds.size === 0) {
      this.#writer.endOfRib(sink);
      this.#hasEnd = false;
    }
    return done.length;
  }

  /** Nobody wants to hear of it any more. */
  clear(): void {
    for (const [prefix, attributes] of this.#pending) this.#release(prefix, attributes);
    for (const [prefix, ids] of this.#withIds) for (const attributes of ids.values()) this.#release(prefix, attributes);
    this.#pending.clear();
    this.#withIds.clear();
    this.#hasEnd = false;
  }

  #put(into: Map<number, AttrId>, key: number, prefix: PrefixId, attributes: AttrId): void {
    const before = into.get(key);
    if (attributes !== 0) this.#pool.retain(attributes);
    if (before === undefined) this.#table.hold(prefix);
    else if (before !== 0) this.#pool.release(before);
    into.set(key, attributes);
  }

  #release(prefix: PrefixId, attributes: AttrId): void {
    if (attributes !== 0) this.#pool.release(attributes);
    this.#table.unhold(prefix);
  }
}
