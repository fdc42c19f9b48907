import { ok, type Result } from '@bgp/wire';
import { AspaTable } from './aspa-table.ts';
import { type CacheConfig, type CacheCounts, type CacheSelection, CacheSet, type UpdateFault } from './cache-set.ts';
import type { RpkiDelta } from './rpki-delta.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { Pace, type Sliced } from './sliced.ts';
import type { SlurmExceptions } from './slurm.ts';
import { type PrefixRange, VrpTable } from './vrp-table.ts';

/** Above this a table is made anew beside the one in use: changing that one would take too long in one go. */
const MAX_CHANGES_IN_PLACE = 1_024;

/** What routes have to be asked about again. */
export interface RpkiChange {
  readonly ranges: readonly PrefixRange[] | 'all';
  readonly customers: readonly number[] | 'all';
}

/**
 * All that is known: what caches and files say, local exceptions, and the tables that routes are validated by. Changes are made in pieces, and
 * the tables show all of a change or nothing. One change at a time; the next may begin when the one before is done.
 */
export class RpkiData {
  readonly #caches: CacheSet;
  #vrps = new VrpTable();
  #aspas = new AspaTable();

  constructor(sources: readonly CacheConfig[], selection: CacheSelection) {
    this.#caches = new CacheSet(sources, selection);
  }

  /** Another object after a large change. */
  get vrps(): VrpTable {
    return this.#vrps;
  }

  /** Another object after a large change. */
  get aspas(): AspaTable {
    return this.#aspas;
  }

  counts(source: string): CacheCounts {
    return this.#caches.counts(source);
  }

  /** A whole response of a cache, or a file; see `CacheSet.update`. */
  *update(source: string, reset: boolean, records: readonly RtrRecord[]): Sliced<Result<RpkiChange, UpdateFault>> {
    const delta = yield* this.#caches.updateInSlices(source, reset, records);
    return delta.ok ? ok(yield* this.#apply(delta.value)) : delta;
  }

  *discard(source: string): Sliced<RpkiChange> {
    return yield* this.#apply(yield* this.#caches.discardInSlices(source));
  }

  /** RFC 8416 §4.1: all of the exceptions, or those before. */
  *setExceptions(exceptions: SlurmExceptions): Sliced<RpkiChange> {
    return yield* this.#apply(yield* this.#caches.setExceptionsInSlices(exceptions));
  }

  *#apply({ vrps, aspas }: RpkiDelta): Sliced<RpkiChange> {
    const pace = new Pace();
    const vrpChanges = vrps.announce.length + vrps.withdraw.length;
    const aspaChanges = aspas.announce.length + aspas.withdraw.length;
    // Made beside the tables in use, so that both change in the same turn.
    const newVrps = vrpChanges > MAX_CHANGES_IN_PLACE ? yield* this.#buildVrps(pace) : undefined;
    const newAspas = aspaChanges > MAX_CHANGES_IN_PLACE ? yield* this.#buildAspas(pace) : undefined;
    const hadAspas = this.#aspas.size > 0;
    const ranges = newVrps === undefined ? this.#vrps.apply(vrps) : 'all';
    const customers = newAspas === undefined ? [...this.#aspas.apply(aspas)] : 'all';
    this.#vrps = newVrps ?? this.#vrps;
    this.#aspas = newAspas ?? this.#aspas;
    // Without any ASPA nothing is verified; the first one says something about every path, and so does the last that goes.
    return { ranges, customers: hadAspas === this.#aspas.size > 0 ? customers : 'all' };
  }

  *#buildVrps(pace: Pace): Sliced<VrpTable> {
    const table = new VrpTable();
    for (const vrp of this.#caches.usedVrps()) {
      if (pace.isDue()) yield;
      table.add(vrp);
    }
    return table;
  }

  *#buildAspas(pace: Pace): Sliced<AspaTable> {
    const table = new AspaTable();
    for (const aspa of this.#caches.usedAspas()) {
      if (pace.isDue()) yield;
      table.apply({ announce: [aspa], withdraw: [] });
    }
    return table;
  }
}
