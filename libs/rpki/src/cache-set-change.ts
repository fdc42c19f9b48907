import type { Aspa } from './aspa-table.ts';
import type { RpkiDelta } from './rpki-delta.ts';
import type { Pace, Sliced } from './sliced.ts';
import type { Vrp } from './vrp.ts';

/** VRPs in use by key, with how many sources say them. */
export type UsedVrps = Map<string, { readonly vrp: Vrp; count: number }>;

type ProvidersOf = (customerAs: number) => readonly number[] | undefined;

/** Collects what one call changes, from before to after. */
export class CacheSetChange {
  readonly #used: UsedVrps;
  readonly #vrps = new Map<string, { readonly vrp: Vrp; readonly wasUsed: boolean }>();
  readonly #customers = new Map<number, readonly number[] | undefined>();

  constructor(used: UsedVrps) {
    this.#used = used;
  }

  take(key: string, vrp: Vrp): void {
    const used = this.#used.get(key);
    this.#remember(key, vrp, used !== undefined);
    if (used === undefined) this.#used.set(key, { vrp, count: 1 });
    else used.count++;
  }

  drop(key: string, vrp: Vrp): void {
    const used = this.#used.get(key);
    if (used === undefined) throw new Error(`rpki: ${key} is not in use`);
    this.#remember(key, vrp, true);
    if (--used.count === 0) this.#used.delete(key);
  }

  #remember(key: string, vrp: Vrp, wasUsed: boolean): void {
    if (!this.#vrps.has(key)) this.#vrps.set(key, { vrp, wasUsed });
  }

  /** To be called before their providers change. */
  *touchCustomers(customers: Iterable<number>, providersOf: ProvidersOf, pace: Pace): Sliced<void> {
    for (const as of customers) {
      if (pace.isDue()) yield;
      if (!this.#customers.has(as)) this.#customers.set(as, providersOf(as));
    }
  }

  *delta(providersOf: ProvidersOf, pace: Pace): Sliced<RpkiDelta> {
    const vrps = { announce: [] as Vrp[], withdraw: [] as Vrp[] };
    for (const [key, { vrp, wasUsed }] of this.#vrps) {
      if (pace.isDue()) yield;
      const isUsed = this.#used.has(key);
      if (isUsed && !wasUsed) vrps.announce.push(vrp);
      if (!isUsed && wasUsed) vrps.withdraw.push(vrp);
    }
    const aspas = { announce: [] as Aspa[], withdraw: [] as number[] };
    for (const [customerAs, before] of this.#customers) {
      if (pace.isDue()) yield;
      const providerAses = providersOf(customerAs);
      if (before?.join() === providerAses?.join()) continue;
      if (providerAses === undefined) aspas.withdraw.push(customerAs);
      else aspas.announce.push({ customerAs, providerAses });
    }
    return { vrps, aspas };
  }
}
