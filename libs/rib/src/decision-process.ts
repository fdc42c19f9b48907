import type { DecisionInput } from './decision.ts';
import type { FamilyTable } from './family-table.ts';
import { PrefixDecider } from './prefix-decider.ts';
import type { RibTables } from './rib-tables.ts';
import type { BestChange, PrefixId } from './types.ts';
import type { UpdateGroups } from './update-groups.ts';
import { NOT_VALIDATED } from './validity.ts';

/**
 * From prefixes whose paths changed to the Loc-RIB (phase 2), and on to the update groups (phase 3, which they finish when their members
 * can take more).
 * @source RFC 4271 §9.1.2, §9.1.3
 */
export class DecisionProcess {
  readonly #tables: RibTables;
  readonly #groups: UpdateGroups;
  readonly #decider = new PrefixDecider();
  readonly #listeners = new Set<(change: BestChange) => void>();
  readonly #change: BestChange = { family: 0, prefixId: 0, previousPeer: -1, peer: -1, attributes: 0 };

  constructor(tables: RibTables, groups: UpdateGroups) {
    this.#tables = tables;
    this.#groups = groups;
  }

  /** Decides at most `budget` prefixes; returns what is left of it. */
  run(budget: number): number {
    let left = budget;
    for (const table of this.#tables.all) {
      const input = this.#tables.decisionInput(table);
      while (left > 0 && table.dirty.size > 0) {
        this.#decide(table, input, table.takeDirty());
        left--;
      }
    }
    return left;
  }

  get isDone(): boolean {
    for (const table of this.#tables.all) if (table.dirty.size > 0) return false;
    return true;
  }

  onBestChange(listener: (change: BestChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #decide(table: FamilyTable, input: DecisionInput, prefix: PrefixId): void {
    const { family, paths } = table;
    const best = this.#decider.bestRow(table, input, prefix);
    const previousAttributes = table.bestAttributes[prefix]!;
    const previousPeer = table.bestPeer[prefix]!;
    const attributes = best === 0 ? 0 : paths.effective[best]!;
    const peer = best === 0 ? 0 : paths.peer[best]!;
    this.#groups.pathsChanged(family, prefix);
    const isSame = attributes === previousAttributes && (attributes === 0 || peer === previousPeer);
    const validity = best === 0 ? NOT_VALIDATED : paths.validity[best]!;
    const isRevalidated = table.takeRevalidated(prefix) || validity !== table.bestValidity[prefix];
    if (isSame) {
      table.bestRow[prefix] = best;
      table.bestValidity[prefix] = validity;
      if (isRevalidated) this.#groups.bestRevalidated(family, prefix);
      table.freeIfUnused(prefix);
      return;
    }
    // Groups and listeners take what they need before the prefix can go.
    table.setBest(prefix, best);
    this.#groups.bestChanged(family, prefix);
    if (this.#listeners.size > 0) {
      const change = this.#change;
      change.family = family;
      change.prefixId = prefix;
      change.previousPeer = previousAttributes === 0 ? -1 : previousPeer;
      change.peer = attributes === 0 ? -1 : peer;
      change.attributes = attributes;
      for (const listener of this.#listeners) listener(change);
    }
    table.freeIfUnused(prefix);
  }
}
