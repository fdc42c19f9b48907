import { err, type Family, type IpPrefix, ok, type Result } from '@bgp/wire';
import { type BestCounts, type BestCountsCursor, countBest } from './best-counts.ts';
import type { DynamicRange } from './config.ts';
import { type BestExplanation, explainBest } from './explain-best.ts';
import { type ExportExplanation, explainExport, explainImport, type ImportExplanation } from './explain-policy.ts';
import type { Direction } from './policies.ts';
import { countPolicyHits, type PolicyHits } from './policy-hits.ts';
import { listRoutes } from './routes.ts';
import type { SpeakerParts } from './speaker-parts.ts';
import type {
  PeerStatus,
  RibStatus,
  RouteEvent,
  RoutePage,
  RouteQuery,
  SpeakerError,
  WatchQuery,
  WorkStatus,
} from './status.ts';
import { type TableVisitor, type TableWalk, walkTable } from './table-walk.ts';
import type { SpeakerTap, TapHandle } from './taps-types.ts';

/** What can be asked of a speaker, and who may watch it. Nothing here changes sessions or routes. */
export abstract class SpeakerView {
  readonly #parts: SpeakerParts;

  constructor(parts: SpeakerParts) {
    this.#parts = parts;
  }

  peers(): PeerStatus[] {
    return [...this.#parts.peers].map((peer) => peer.status());
  }

  peer(name: string): PeerStatus | undefined {
    return this.#parts.peers.named(name)?.status();
  }

  dynamicRanges(): readonly DynamicRange[] {
    return this.#parts.ranges.list();
  }

  get dynamicNeighborLimit(): number {
    return this.#parts.ranges.limit;
  }

  /** Who would keep our routes if we went now, and for how many seconds: for `Restarting` of the process that follows. */
  restartPlan(): { readonly peers: readonly string[]; readonly seconds: number } {
    const helpers = [...this.#parts.peers].filter((peer) => peer.isRestartHelper);
    return {
      peers: helpers.map(({ name }) => name),
      seconds: Math.max(0, ...helpers.map(({ config }) => config.grRestartTime)),
    };
  }

  listRoutes(query: RouteQuery): Result<RoutePage, SpeakerError> {
    return listRoutes(this.#parts.source, query);
  }

  /** One step of counting best paths by neighbor; go on from `next` until it is absent. */
  countBest(from?: BestCountsCursor): BestCounts {
    return countBest(this.#parts.source, from);
  }

  /** What neighbors announced and import let in, in order, in slices: see `walkTable`. */
  walkTable(visitor: TableVisitor): TableWalk {
    const { source, peers, shared } = this.#parts;
    return walkTable(source, peers.indexes(), shared.scheduler, visitor);
  }

  /** Best-path changes. `push` false: not taken, offered again soon. The returned function ends it. */
  watchRoutes(query: WatchQuery, push: (events: readonly RouteEvent[]) => boolean): () => void {
    return this.#parts.watch.add(query, push);
  }

  /** Somebody watches sessions and tables from now on, and hears at once of the sessions that are up. */
  tap(tap: SpeakerTap): TapHandle {
    return this.#parts.shared.taps.add(tap);
  }

  ribStatus(): RibStatus[] {
    const { rib, families } = this.#parts.source;
    return families.map((family) => {
      const status = rib.status(family);
      return { ...status, prefixes: rib.bestCount(family), validity: rib.validityCounts(family) };
    });
  }

  /** What is going on inside, for metrics. */
  work(): WorkStatus {
    const { outbound, scheduler, policies, validation } = this.#parts.shared;
    const updateGroups = [...outbound.groups()].map(({ spec, members, backlog, suppressed, unencodable }) => ({
      family: spec.family,
      members: members.length,
      backlog,
      suppressed,
      unencodable,
    }));
    const { waiting } = scheduler;
    const { revalidations } = validation;
    return { updateGroups, waiting, policies: policies.counters(), revalidations };
  }

  /**
   * Every path of a prefix with the decision step that removed it; undefined when there is none. `to`: and whether that neighbor
   * gets it, under which path identifier.
   */
  explainBest(family: Family, prefix: IpPrefix, to?: string): BestExplanation | undefined {
    return explainBest(this.#parts.source, family, prefix, to);
  }

  /** Why the neighbor has a prefix or not: every gate and every policy statement, as they are applied. */
  explainExport(name: string, family: Family, prefix: IpPrefix): Result<ExportExplanation, SpeakerError> {
    const peer = this.#parts.peers.require(name);
    return peer.ok ? ok(explainExport(this.#parts.source, peer.value, family, prefix)) : peer;
  }

  /** What became of what the neighbor announced under a prefix, refused or not. Empty: nothing of it was kept. */
  explainImport(name: string, family: Family, prefix: IpPrefix): Result<readonly ImportExplanation[], SpeakerError> {
    const peer = this.#parts.peers.require(name);
    return peer.ok ? ok(explainImport(this.#parts.source, peer.value, family, prefix)) : peer;
  }

  /** How many routes come by each term of what a neighbor runs, now; in parts, for as long as there is a cursor. */
  countPolicyHits(name: string, direction: Direction, cursor?: string): Result<PolicyHits, SpeakerError> {
    const peer = this.#parts.peers.require(name);
    if (!peer.ok) return peer;
    const part = countPolicyHits(this.#parts.source, peer.value, direction, cursor);
    if (part !== undefined) return ok(part);
    return err({ code: 'query-invalid', message: 'The cursor is not one that a previous part gave.' });
  }

  /** Order-free digest of a table, for comparing speakers; see `Rib.fingerprint`. */
  fingerprint(table: 'best', family: Family): readonly [number, number];
  fingerprint(table: 'received' | 'advertised', family: Family, peer: string): readonly [number, number] | undefined;
  fingerprint(
    table: 'best' | 'received' | 'advertised',
    family: Family,
    name = '',
  ): readonly [number, number] | undefined {
    const { rib, peerNamed, groupOf } = this.#parts.source;
    if (table === 'best') return rib.fingerprint('best', family);
    const peer = peerNamed(name);
    if (peer === undefined) return undefined;
    if (table === 'received') return rib.fingerprint('received', family, peer.index);
    return groupOf(peer.index, family)?.fingerprint();
  }
}
