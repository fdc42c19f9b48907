import type { Family } from '@bgp/wire';
import type { RibTables } from './rib-tables.ts';
import type { EncodeFailure, PrefixId, UpdateGroup, UpdateGroupSpec } from './types.ts';
import { SharedAdjRibOut } from './update-group.ts';

/** The update groups there are, and which of them a changed prefix concerns. */
export class UpdateGroups {
  readonly #tables: RibTables;
  readonly #groups = new Map<string, SharedAdjRibOut>();
  /** Of these: those that care for more than the best path, and those that do not. */
  readonly #everyPath: SharedAdjRibOut[] = [];
  readonly #bestPath: SharedAdjRibOut[] = [];
  /** Of these: those whose policy looks at RPKI. */
  readonly #validity = new Set<SharedAdjRibOut>();
  /** Groups that lost their last member and still hold prefixes and attributes. */
  readonly #retired: SharedAdjRibOut[] = [];
  readonly #failureListeners = new Set<(failure: EncodeFailure) => void>();
  readonly #limitListeners = new Set<(group: UpdateGroup) => void>();
  #nextId = 1;

  constructor(tables: RibTables) {
    this.#tables = tables;
  }

  /** The group with this spec; made when there is none. A group without members disappears when its last one leaves. */
  group(spec: UpdateGroupSpec): UpdateGroup {
    const key = groupKey(spec);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const table = this.#tables.of(spec.family);
    const group = new SharedAdjRibOut(
      this.#nextId++,
      spec,
      table,
      this.#tables.pool,
      this.#tables.peers,
      this.#tables.decisionInput(table),
      () => {
        this.#groups.delete(key);
        remove(ofKind, group);
        this.#validity.delete(group);
        this.#retired.push(group);
      },
      (failure) => {
        for (const listener of this.#failureListeners) listener(failure);
      },
      (limited) => {
        for (const listener of this.#limitListeners) listener(limited);
      },
    );
    this.#groups.set(key, group);
    const ofKind = group.wantsEveryPath ? this.#everyPath : this.#bestPath;
    ofKind.push(group);
    if (spec.filter.readsValidity === true) this.#validity.add(group);
    return group;
  }

  /** Whether any group's policy looks at RPKI. */
  get readsValidity(): boolean {
    return this.#validity.size > 0;
  }

  onEncodeFailure(listener: (failure: EncodeFailure) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  onPrefixLimit(listener: (group: UpdateGroup) => void): () => void {
    this.#limitListeners.add(listener);
    return () => this.#limitListeners.delete(listener);
  }

  /** Some path of the prefix is another one, whichever is best: for the groups that look at all of them. */
  pathsChanged(family: Family, prefix: PrefixId): void {
    for (const group of this.#everyPath) if (group.spec.family === family) group.routesChanged(prefix);
  }

  /** The best path is another one: for the groups that look at it alone. */
  bestChanged(family: Family, prefix: PrefixId): void {
    for (const group of this.#bestPath) if (group.spec.family === family) group.routesChanged(prefix);
  }

  /** The best path is the same, but RPKI says something else of it: for those of them whose policy looks at that. */
  bestRevalidated(family: Family, prefix: PrefixId): void {
    for (const group of this.#validity) {
      if (group.spec.family === family && !group.wantsEveryPath) group.routesChanged(prefix);
    }
  }

  /** Clears up after groups that ended. True: nothing is left of them. */
  clearRetired(budget: number): boolean {
    while (budget > 0 && this.#retired.length > 0) {
      if (!this.#retired[0]!.run(budget)) break;
      this.#retired.shift();
    }
    return this.#retired.length === 0;
  }
}

function remove(groups: SharedAdjRibOut[], group: SharedAdjRibOut): void {
  const at = groups.indexOf(group);
  if (at >= 0) groups.splice(at, 1);
}

/** Two specs with equal keys have members that must be told the same. */
export function groupKey(spec: UpdateGroupSpec): string {
  return JSON.stringify([
    spec.family,
    spec.kind,
    spec.filterKey,
    spec.egressKey,
    spec.routeReflectorClient,
    spec.routeServerClient,
    spec.fourOctetAs,
    spec.maxMessageOctets,
    spec.extendedNextHop,
    spec.addPathSendMax === Number.POSITIVE_INFINITY ? 'all' : spec.addPathSendMax,
    spec.longLivedStale,
    spec.perMemberBest,
    spec.maxPrefixes,
    spec.onlyMember,
  ]);
}
