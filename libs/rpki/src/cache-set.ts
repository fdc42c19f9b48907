import { err, ok, type Result } from '@bgp/wire';
import type { Aspa } from './aspa-table.ts';
import { CacheSetChange, type UsedVrps } from './cache-set-change.ts';
import type { RpkiDelta } from './rpki-delta.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { RTR_ERROR } from './rtr/types.ts';
import { Pace, runToEnd, type Sliced } from './sliced.ts';
import { isFiltered, NO_EXCEPTIONS, type SlurmExceptions } from './slurm.ts';
import { type Vrp, vrpKey } from './vrp.ts';

export interface CacheConfig {
  readonly name: string;
  /** Lower is better (RFC 8210 §10). */
  readonly preference: number;
}

/** `union`: all caches with data. `preferred-first`: those of the lowest preference value that have data. */
export type CacheSelection = 'union' | 'preferred-first';

/** Why the data of a cache is refused; goes to `stepRtr` as `update-refused`. */
export interface UpdateFault {
  readonly code: 'withdrawal-of-unknown-record' | 'duplicate-announcement' | 'cache-unknown';
  readonly errorCode: number;
  /** Index of the record, or -1. */
  readonly index: number;
}

/** What a cache has given. */
export interface CacheCounts {
  readonly vrps: number;
  readonly aspas: number;
  readonly hasData: boolean;
  /** It counts, as the selection has it. */
  readonly isUsed: boolean;
}

interface CacheData {
  readonly preference: number;
  vrps: Map<string, Vrp>;
  aspas: Map<number, readonly number[]>;
  hasData: boolean;
  active: boolean;
}

/**
 * The data of several caches, local exceptions on top, and what of it is in use. Each call returns the difference that it makes. The calls
 * that end in `InSlices` do the same in pieces; one at a time.
 */
export class CacheSet {
  readonly #caches = new Map<string, CacheData>();
  readonly #selection: CacheSelection;
  readonly #used: UsedVrps = new Map();
  #exceptions: SlurmExceptions = NO_EXCEPTIONS;

  constructor(caches: readonly CacheConfig[], selection: CacheSelection = 'union') {
    this.#selection = selection;
    for (const { name, preference } of caches) {
      this.#caches.set(name, { preference, vrps: new Map(), aspas: new Map(), hasData: false, active: false });
    }
  }

  counts(name: string): CacheCounts {
    const cache = this.#caches.get(name);
    return {
      vrps: cache?.vrps.size ?? 0,
      aspas: cache?.aspas.size ?? 0,
      hasData: cache?.hasData ?? false,
      isUsed: cache?.active ?? false,
    };
  }

  /** Everything in use, once each. */
  *usedVrps(): Generator<Vrp> {
    for (const { vrp } of this.#used.values()) yield vrp;
  }

  /** Everything in use, one entry per customer. */
  *usedAspas(): Generator<Aspa> {
    const seen = new Set<number>();
    for (const { active, aspas } of this.#caches.values()) {
      if (!active) continue;
      for (const customerAs of aspas.keys()) {
        if (seen.has(customerAs)) continue;
        seen.add(customerAs);
        yield { customerAs, providerAses: this.#providersOf(customerAs) ?? [] };
      }
    }
  }

  /**
   * A whole response of a cache. Either all of it is taken or, with a fault, nothing.
   *
   * @param reset whether it replaces what the cache said before.
   */
  update(name: string, reset: boolean, records: readonly RtrRecord[]): Result<RpkiDelta, UpdateFault> {
    return runToEnd(this.updateInSlices(name, reset, records));
  }

  *updateInSlices(name: string, reset: boolean, records: readonly RtrRecord[]): Sliced<Result<RpkiDelta, UpdateFault>> {
    const cache = this.#caches.get(name);
    if (cache === undefined) return fault('cache-unknown', RTR_ERROR.internalError, -1);
    const pace = new Pace();
    // Undefined stands for a record that the response withdraws.
    const vrps = new Map<string, Vrp | undefined>();
    const aspas = new Map<number, readonly number[] | undefined>();
    for (const [index, record] of records.entries()) {
      if (pace.isDue()) yield;
      const { announce } = record;
      let present: boolean;
      if (record.type === 'prefix') {
        const key = vrpKey(record.vrp);
        present = vrps.has(key) ? vrps.get(key) !== undefined : !reset && cache.vrps.has(key);
        vrps.set(key, announce ? record.vrp : undefined);
        // RFC 8210 §5.6: one announcement for each record, until it is withdrawn.
        if (announce && present) return fault('duplicate-announcement', RTR_ERROR.duplicateAnnouncement, index);
      } else {
        const { customerAs, providerAses } = record;
        present = aspas.has(customerAs) ? aspas.get(customerAs) !== undefined : !reset && cache.aspas.has(customerAs);
        aspas.set(customerAs, announce ? providerAses : undefined);
      }
      if (!announce && !present)
        return fault('withdrawal-of-unknown-record', RTR_ERROR.withdrawalOfUnknownRecord, index);
    }
    if (reset) {
      for (const key of cache.vrps.keys()) {
        if (pace.isDue()) yield;
        if (!vrps.has(key)) vrps.set(key, undefined);
      }
      for (const as of cache.aspas.keys()) if (!aspas.has(as)) aspas.set(as, undefined);
    }
    const change = new CacheSetChange(this.#used);
    yield* change.touchCustomers(aspas.keys(), this.#providersOf, pace);
    for (const [key, vrp] of vrps) {
      if (pace.isDue()) yield;
      const old = cache.vrps.get(key);
      if (vrp === undefined) cache.vrps.delete(key);
      else cache.vrps.set(key, vrp);
      if (cache.active && old !== undefined && vrp === undefined) this.#drop(change, key, old);
      if (cache.active && old === undefined && vrp !== undefined) this.#take(change, key, vrp);
    }
    for (const [as, providers] of aspas) {
      if (providers === undefined) cache.aspas.delete(as);
      else cache.aspas.set(as, providers);
    }
    cache.hasData = true;
    yield* this.#select(change, pace);
    return ok(yield* change.delta(this.#providersOf, pace));
  }

  /** The data of a cache expired or was flushed. */
  discard(name: string): RpkiDelta {
    return runToEnd(this.discardInSlices(name));
  }

  *discardInSlices(name: string): Sliced<RpkiDelta> {
    const cache = this.#caches.get(name);
    const change = new CacheSetChange(this.#used);
    const pace = new Pace();
    if (cache === undefined) return yield* change.delta(this.#providersOf, pace);
    yield* change.touchCustomers(cache.aspas.keys(), this.#providersOf, pace);
    cache.hasData = false;
    yield* this.#select(change, pace);
    cache.vrps = new Map();
    cache.aspas = new Map();
    return yield* change.delta(this.#providersOf, pace);
  }

  /** Local exceptions instead of those before. @source RFC 8416 §4 */
  *setExceptionsInSlices(exceptions: SlurmExceptions): Sliced<RpkiDelta> {
    const change = new CacheSetChange(this.#used);
    const pace = new Pace();
    const before = this.#exceptions;
    for (const vrp of before.prefixAssertions) change.drop(vrpKey(vrp), vrp);
    for (const { active, vrps } of this.#caches.values()) {
      if (!active) continue;
      for (const [key, vrp] of vrps) {
        if (pace.isDue()) yield;
        const [was, is] = [isFiltered(before, vrp), isFiltered(exceptions, vrp)];
        if (was && !is) change.take(key, vrp);
        if (!was && is) change.drop(key, vrp);
      }
    }
    this.#exceptions = exceptions;
    for (const vrp of exceptions.prefixAssertions) change.take(vrpKey(vrp), vrp);
    return yield* change.delta(this.#providersOf, pace);
  }

  #take(change: CacheSetChange, key: string, vrp: Vrp): void {
    if (!isFiltered(this.#exceptions, vrp)) change.take(key, vrp);
  }

  #drop(change: CacheSetChange, key: string, vrp: Vrp): void {
    if (!isFiltered(this.#exceptions, vrp)) change.drop(key, vrp);
  }

  /** Puts caches in and out of use as the selection asks. */
  *#select(change: CacheSetChange, pace: Pace): Sliced<void> {
    const withData = [...this.#caches.values()].filter((cache) => cache.hasData);
    const best = withData.reduce((least, { preference }) => Math.min(least, preference), Number.POSITIVE_INFINITY);
    for (const cache of this.#caches.values()) {
      const active = cache.hasData && (this.#selection === 'union' || cache.preference === best);
      if (active === cache.active) continue;
      yield* change.touchCustomers(cache.aspas.keys(), this.#providersOf, pace);
      cache.active = active;
      for (const [key, vrp] of cache.vrps) {
        if (pace.isDue()) yield;
        if (active) this.#take(change, key, vrp);
        else this.#drop(change, key, vrp);
      }
    }
  }

  /** Providers of a customer in all caches in use: the union, as with several ASPAs (draft §5.2). */
  readonly #providersOf = (customerAs: number): readonly number[] | undefined => {
    const lists: (readonly number[])[] = [];
    for (const { active, aspas } of this.#caches.values()) {
      const list = active ? aspas.get(customerAs) : undefined;
      if (list !== undefined) lists.push(list);
    }
    return lists.length === 0 ? undefined : [...new Set(lists.flat())].sort((a, b) => a - b);
  };
}

function fault(code: UpdateFault['code'], errorCode: number, index: number) {
  return err<UpdateFault>({ code, errorCode, index });
}
