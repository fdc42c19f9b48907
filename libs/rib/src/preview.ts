import type { Family } from '@bgp/wire';
import type { FamilyTable } from './family-table.ts';
import { grown } from './octets.ts';
import { PrefixDecider } from './prefix-decider.ts';
import type { RibTables } from './rib-tables.ts';
import type { RouteImport } from './route-import.ts';
import type { Held, SentRoutes } from './sent-routes.ts';
import type { AttrId, Job, PeerIndex, PrefixId, RouteFilter } from './types.ts';
import { NOT_VALIDATED } from './validity.ts';

/** What would be different, and who wants to know. */
export interface PreviewChanges {
  /** Senders that would get another import filter. */
  readonly filters: ReadonlyMap<PeerIndex, RouteFilter>;
  /** Senders whose paths would go. */
  readonly leaving: ReadonlySet<PeerIndex>;
  /**
   * Called once for each receiver and prefix that would change, prefix by prefix. Identifiers and attributes are valid during the
   * call only.
   */
  visit(receiver: PeerIndex, family: Family, prefix: PrefixId, before: Held, after: Held): void;
  /**
   * Called once for each path that another filter would judge differently; 0 stands for refused. Attributes are valid during the call
   * only.
   */
  judge(sender: PeerIndex, family: Family, prefix: PrefixId, pathId: number, before: AttrId, after: AttrId): void;
}

/** Receivers that would be told the same, and how. */
export interface PreviewGroup {
  readonly family: Family;
  /** Made for this preview: what it works out is nobody's state. */
  readonly routes: SentRoutes;
  /** 0: any number. */
  readonly maxPrefixes: number;
  readonly receivers: readonly PreviewReceiver[];
}

export interface PreviewReceiver {
  readonly peer: PeerIndex;
  /** What it has, or will have when it is in step. */
  has(prefix: PrefixId): Held;
  hasCount(): number;
  /** False: it stays where it is, so only prefixes with other paths can differ. */
  readonly isMoving: boolean;
}

const NOTHING: Held = [];

/**
 * What would be sent after a change of policies, worked out on the live tables without changing them.
 *
 * For a prefix with paths that would be judged differently, those judgements, the decision and the groups' lists are made for a
 * moment, by the code that does so for real, and taken back before anything else can look. Nothing is kept between slices, so
 * routes may come and go while the job runs.
 */
export class PreviewJob implements Job {
  readonly #rib: RibTables;
  /** Of these: those that the groups are about. */
  readonly #tables: readonly FamilyTable[];
  readonly #imports: RouteImport;
  readonly #changes: PreviewChanges;
  readonly #groups: readonly PreviewGroup[];
  /** Of these: those with somebody who moves. */
  readonly #moving: readonly PreviewGroup[];
  readonly #decider = new PrefixDecider();
  #table = 0;
  #prefix: PrefixId = 1;
  #effective = new Uint32Array(16);

  constructor(tables: RibTables, groups: readonly PreviewGroup[], imports: RouteImport, changes: PreviewChanges) {
    this.#rib = tables;
    this.#tables = tables.select(groups.map(({ family }) => family));
    this.#imports = imports;
    this.#changes = changes;
    this.#groups = groups;
    this.#moving = groups
      .map((group) => ({ ...group, receivers: group.receivers.filter(({ isMoving }) => isMoving) }))
      .filter(({ receivers }) => receivers.length > 0);
  }

  run(budget: number): boolean {
    for (let left = budget; left > 0; ) {
      const table = this.#tables[this.#table];
      if (table === undefined) return true;
      if (this.#prefix >= table.prefixes.end) {
        this.#table++;
        this.#prefix = 1;
        if (this.#table === this.#tables.length) for (const { routes } of this.#groups) routes.finish();
        continue;
      }
      const prefix = this.#prefix++;
      left--;
      if (!table.prefixes.isUsed(prefix)) continue;
      left -= this.#hasChangingPath(table, prefix)
        ? this.#comparePretending(table, prefix)
        : this.#compare(this.#moving, table, prefix);
    }
    return this.#table >= this.#tables.length;
  }

  #hasChangingPath({ head, paths }: FamilyTable, prefix: PrefixId): boolean {
    const { filters, leaving } = this.#changes;
    if (filters.size === 0 && leaving.size === 0) return false;
    for (let row = head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      const peer = paths.peer[row]!;
      if (filters.has(peer) || leaving.has(peer)) return true;
    }
    return false;
  }

  /** How much work it was. */
  #comparePretending(table: FamilyTable, prefix: PrefixId): number {
    const { bestRow, bestAttributes, bestPeer, bestValidity, paths } = table;
    if (!this.#pretend(table, prefix)) return this.#compare(this.#moving, table, prefix);
    const was = {
      row: bestRow[prefix]!,
      attributes: bestAttributes[prefix]!,
      peer: bestPeer[prefix]!,
      validity: bestValidity[prefix]!,
    };
    const best = this.#decider.bestRow(table, this.#rib.decisionInput(table), prefix);
    bestRow[prefix] = best;
    bestAttributes[prefix] = best === 0 ? 0 : paths.effective[best]!;
    bestPeer[prefix] = best === 0 ? 0 : paths.peer[best]!;
    bestValidity[prefix] = best === 0 ? NOT_VALIDATED : paths.validity[best]!;
    const work = this.#compare(this.#groups, table, prefix);
    bestRow[prefix] = was.row;
    bestAttributes[prefix] = was.attributes;
    bestPeer[prefix] = was.peer;
    bestValidity[prefix] = was.validity;
    let at = 0;
    for (let row = table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      paths.effective[row] = this.#effective[at++]!;
    }
    return work;
  }

  /** Judges the prefix's paths as they would be; says whether any is different. What they were is in `#effective`. */
  #pretend(table: FamilyTable, prefix: PrefixId): boolean {
    const { paths } = table;
    const { filters, leaving } = this.#changes;
    let count = 0;
    let isDifferent = false;
    for (let row = table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      if (count === this.#effective.length) this.#effective = grown(this.#effective, count * 2);
      const before = paths.effective[row]!;
      this.#effective[count++] = before;
      const peer = paths.peer[row]!;
      const filter = leaving.has(peer) ? undefined : filters.get(peer);
      const after = leaving.has(peer) ? 0 : filter === undefined ? before : this.#imports.judgeBy(filter, table, row);
      if (after === before) continue;
      if (filter !== undefined) this.#changes.judge(peer, table.family, prefix, paths.pathId[row]!, before, after);
      paths.effective[row] = after;
      isDifferent = true;
    }
    return isDifferent;
  }

  #compare(groups: readonly PreviewGroup[], table: FamilyTable, prefix: PrefixId): number {
    let work = 0;
    for (const { family, routes, maxPrefixes, receivers } of groups) {
      if (family !== table.family) continue;
      const would = routes.preview(prefix);
      for (const receiver of receivers) {
        work++;
        const before = receiver.has(prefix);
        const isFull = maxPrefixes > 0 && before.length === 0 && receiver.hasCount() >= maxPrefixes;
        const after = isFull ? NOTHING : would(receiver.peer);
        if (!areEqual(before, after)) this.#changes.visit(receiver.peer, family, prefix, before, after);
      }
    }
    return work;
  }
}

function areEqual(before: Held, after: Held): boolean {
  return (
    before.length === after.length &&
    before.every(({ pathId, attributes }) =>
      after.some((path) => path.pathId === pathId && path.attributes === attributes),
    )
  );
}
