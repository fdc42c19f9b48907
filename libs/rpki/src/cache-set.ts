import { err, ok, type Result } from '@bgp/wire';
import type { Aspa, AspaDelta } from './aspa-table.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { RTR_ERROR } from './rtr/types.ts';
import { type Vrp, type VrpDelta, vrpKey } from './vrp.ts';

export interface CacheConfig {
  readonly name: string;
  /** Lower is better (RFC 8210 §10). */
  readonly preference: number;
}

/** `union`: all caches with data. `preferred-first`: those of the lowest preference value that have data. */
export type CacheSelection = 'union' | 'preferred-first';

/** What tables have to change. */
export interface RpkiDelta {
  readonly vrps: VrpDelta;
  readonly aspas: AspaDelta;
}

/** Why the data of a cache is refused; goes to `stepRtr` as `update-refused`. */
export interface UpdateFault {
  readonly code: 'withdrawal-of-unknown-record' | 'duplicate-announcement' | 'cache-unknown';
  readonly errorCode: number;
  /** Index of the record, or -1. */
  readonly index: number;
}

interface CacheData {
  readonly preference: number;
  vrps: Map<string, Vrp>;
  aspas: Map<number, readonly number[]>;
  hasData: boolean;
  active: boolean;
}

/** The data of several caches, and what of it is in use. Each call returns the difference that it makes. */
export class CacheSet {
  readonly #caches = new Map<string, CacheData>();
  readonly #selection: CacheSelection;
  readonly #used = new Map<string, number>();

  constructor(caches: readonly CacheConfig[], selection: CacheSelection = 'union') {
    this.#selection = selection;
    for (const { name, preference } of caches) {
      this.#caches.set(name, { preference, vrps: new Map(), aspas: new Map(), hasData: false, active: false });
    }
  }

  /**
   * A whole response of a cache. Either all of it is taken or, with a fault, nothing.
   *
   * @param reset whether it replaces what the cache said before.
   */
  update(name: string, reset: boolean, records: readonly RtrRecord[]): Result<RpkiDelta, UpdateFault> {
    const cache = this.#caches.get(name);
    if (cache === undefined) return fault('cache-unknown', RTR_ERROR.internalError, -1);
    // Undefined stands for a record that the response withdraws.
    const vrps = new Map<string, Vrp | undefined>();
    const aspas = new Map<number, readonly number[] | undefined>();
    for (const [index, record] of records.entries()) {
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
    const change = new Change(this.#used);
    if (reset) {
      for (const key of cache.vrps.keys()) if (!vrps.has(key)) vrps.set(key, undefined);
      for (const as of cache.aspas.keys()) if (!aspas.has(as)) aspas.set(as, undefined);
    }
    change.touchCustomers(aspas.keys(), this.#providersOf);
    for (const [key, vrp] of vrps) {
      const old = cache.vrps.get(key);
      if (vrp === undefined) cache.vrps.delete(key);
      else cache.vrps.set(key, vrp);
      if (cache.active && old !== undefined && vrp === undefined) change.drop(key, old);
      if (cache.active && old === undefined && vrp !== undefined) change.take(key, vrp);
    }
    for (const [as, providers] of aspas) {
      if (providers === undefined) cache.aspas.delete(as);
      else cache.aspas.set(as, providers);
    }
    cache.hasData = true;
    this.#select(change);
    return ok(change.delta(this.#providersOf));
  }

  /** The data of a cache expired or was flushed. */
  discard(name: string): RpkiDelta {
    const cache = this.#caches.get(name);
    const change = new Change(this.#used);
    if (cache === undefined) return change.delta(this.#providersOf);
    change.touchCustomers(cache.aspas.keys(), this.#providersOf);
    cache.hasData = false;
    this.#select(change);
    cache.vrps = new Map();
    cache.aspas = new Map();
    return change.delta(this.#providersOf);
  }

  /** Puts caches in and out of use as the selection asks. */
  #select(change: Change): void {
    const withData = [...this.#caches.values()].filter((cache) => cache.hasData);
    const best = Math.min(...withData.map((cache) => cache.preference));
    for (const cache of this.#caches.values()) {
      const active = cache.hasData && (this.#selection === 'union' || cache.preference === best);
      if (active === cache.active) continue;
      change.touchCustomers(cache.aspas.keys(), this.#providersOf);
      cache.active = active;
      for (const [key, vrp] of cache.vrps) active ? change.take(key, vrp) : change.drop(key, vrp);
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

/** Collects what one call changes, from before to after. */
class Change {
  readonly #used: Map<string, number>;
  readonly #vrps = new Map<string, { readonly vrp: Vrp; readonly before: number }>();
  readonly #customers = new Map<number, readonly number[] | undefined>();

  constructor(used: Map<string, number>) {
    this.#used = used;
  }

  take(key: string, vrp: Vrp): void {
    this.#count(key, vrp, 1);
  }

  drop(key: string, vrp: Vrp): void {
    this.#count(key, vrp, -1);
  }

  #count(key: string, vrp: Vrp, by: 1 | -1): void {
    const count = this.#used.get(key) ?? 0;
    if (!this.#vrps.has(key)) this.#vrps.set(key, { vrp, before: count });
    if (count + by === 0) this.#used.delete(key);
    else this.#used.set(key, count + by);
  }

  /** To be called before their providers change. */
  touchCustomers(customers: Iterable<number>, providersOf: (as: number) => readonly number[] | undefined): void {
    for (const as of customers) if (!this.#customers.has(as)) this.#customers.set(as, providersOf(as));
  }

  delta(providersOf: (as: number) => readonly number[] | undefined): RpkiDelta {
    const vrps = { announce: [] as Vrp[], withdraw: [] as Vrp[] };
    for (const [key, { vrp, before }] of this.#vrps) {
      const isUsed = this.#used.has(key);
      if (isUsed && before === 0) vrps.announce.push(vrp);
      if (!isUsed && before > 0) vrps.withdraw.push(vrp);
    }
    const aspas = { announce: [] as Aspa[], withdraw: [] as number[] };
    for (const [customerAs, before] of this.#customers) {
      const providerAses = providersOf(customerAs);
      if (before?.join() === providerAses?.join()) continue;
      if (providerAses === undefined) aspas.withdraw.push(customerAs);
      else aspas.announce.push({ customerAs, providerAses });
    }
    return { vrps, aspas };
  }
}

function fault(code: UpdateFault['code'], errorCode: number, index: number) {
  return err<UpdateFault>({ code, errorCode, index });
}
