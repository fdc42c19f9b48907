import type { AttrId, Held, PeerIndex, Rib, RouteFilter, UpdateGroup, UpdateGroupSpec } from '@bgp/rib';
import { decodeAttributes, type Family, type IpPrefix, type PathAttributes } from '@bgp/wire';
import type { ChangePlan } from './change-plan.ts';
import type { SpeakerChange } from './config-change.ts';
import type { PeerSet } from './peer-set.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * What another configuration would do, exactly, if the routes stayed as they are. Three things are not foreseen: with `add_path.send_max`
 * a path may be repeated unchanged to a neighbor that has it; which routes wait behind `max_prefixes_out` may differ; and FlowSpec rules
 * are taken for as feasible as they are.
 */
export interface ConfigPreview {
  readonly change: SpeakerChange;
  /** By neighbor that stays: how many paths would be announced to it, and how many withdrawn. Only those with something to hear. */
  readonly counts: readonly { readonly peer: string; readonly announced: number; readonly withdrawn: number }[];
  /** At most as many as were asked for; `counts` has them all. */
  readonly routes: readonly RouteChange[];
  readonly isTruncated: boolean;
  /** Routes that came in and would be judged differently, whether or not anybody would hear of it. */
  readonly received: ReceivedPreview;
}

export interface ReceivedPreview {
  /** By neighbor that sent them: refused now and accepted then, the other way round, and accepted with other attributes. */
  readonly counts: readonly {
    readonly peer: string;
    readonly accepted: number;
    readonly refused: number;
    readonly changed: number;
  }[];
  /** `before` absent: refused now; `after` absent: refused then. As many as were asked for. */
  readonly routes: readonly RouteChange[];
  readonly isTruncated: boolean;
}

/** One path that a neighbor would be told about. Sessions that start anew are not part of it: they get whole tables. */
export interface RouteChange {
  readonly peer: string;
  readonly family: Family;
  readonly prefix: IpPrefix;
  /** RFC 7911; 0 without. */
  readonly pathId: number;
  /** What it has; absent: nothing under this prefix and identifier. */
  readonly before?: PathAttributes;
  /** What it would have; absent: a withdrawal. */
  readonly after?: PathAttributes;
}

/** Works the preview out beside other work on the tables; `done` gets it. Nothing is changed. */
export function previewChange(
  rib: Rib,
  scheduler: Scheduler,
  peers: PeerSet,
  plan: ChangePlan,
  maxRoutes: number,
  done: (preview: ConfigPreview) => void,
): void {
  const report = new PreviewReport(rib, (index) => rib.peer(index).name, maxRoutes);
  const { filters, leaving, receivers } = participants(peers, plan);
  const job = rib.preview({ filters, leaving, visit: report.visit, judge: report.judge }, receivers);
  scheduler.addTask((budget) => {
    const isDone = job.run(budget);
    if (isDone) done(report.result(plan.change));
    return isDone;
  });
}

interface Receiver {
  readonly peer: PeerIndex;
  readonly from: UpdateGroup;
  readonly to: UpdateGroupSpec;
}

/** Whose routes are judged otherwise or go, and who may be told something else; those whose sessions start anew are left out. */
function participants(peers: PeerSet, { change, configs, policies }: ChangePlan) {
  const filters = new Map<PeerIndex, RouteFilter>();
  const leaving = new Set<PeerIndex>();
  const receivers: Receiver[] = [];
  const effects = new Map(change.peers.map(({ peer, effect }) => [peer, effect]));
  for (const peer of peers) {
    const effect = effects.get(peer.name);
    const config = configs.get(peer.name) ?? peer.config;
    const isLeaving = effect === 'removed' || !config.enabled || peer.exceeds(config);
    if (effect !== undefined && isLeaving) leaving.add(peer.index);
    else if (effect !== 'session-reset') {
      const own = policies.get(peer.name) ?? { import: peer.importPolicy, export: peer.exportPolicy };
      const { filter, groups } = peer.previewWith(config, own);
      if (filter !== undefined) filters.set(peer.index, filter);
      receivers.push(...groups.map((group) => ({ peer: peer.index, ...group })));
    }
  }
  return { filters, leaving, receivers };
}

/** Collects what the RIB's preview reports. */
class PreviewReport {
  readonly #rib: Rib;
  readonly #nameOf: (peer: PeerIndex) => string;
  readonly #counts = new Map<PeerIndex, { announced: number; withdrawn: number }>();
  readonly #told: RouteList;
  readonly #judgements = new Map<PeerIndex, { accepted: number; refused: number; changed: number }>();
  readonly #judged: RouteList;

  constructor(rib: Rib, nameOf: (peer: PeerIndex) => string, limit: number) {
    this.#rib = rib;
    this.#nameOf = nameOf;
    this.#told = new RouteList(limit);
    this.#judged = new RouteList(limit);
  }

  readonly visit = (peer: PeerIndex, family: Family, prefix: number, before: Held, after: Held): void => {
    for (const { pathId, attributes } of before) {
      if (!after.some((path) => path.pathId === pathId)) this.#tell(peer, family, prefix, pathId, attributes, 0);
    }
    for (const { pathId, attributes } of after) {
      const old = before.find((path) => path.pathId === pathId)?.attributes ?? 0;
      if (old !== attributes) this.#tell(peer, family, prefix, pathId, old, attributes);
    }
  };

  readonly judge = (
    peer: PeerIndex,
    family: Family,
    prefix: number,
    pathId: number,
    before: AttrId,
    after: AttrId,
  ): void => {
    const count = this.#judgements.get(peer) ?? { accepted: 0, refused: 0, changed: 0 };
    this.#judgements.set(peer, count);
    count[before === 0 ? 'accepted' : after === 0 ? 'refused' : 'changed']++;
    this.#judged.add(() => this.#change(peer, family, prefix, pathId, before, after));
  };

  result(change: SpeakerChange): ConfigPreview {
    const counts = [...this.#counts].map(([peer, count]) => ({ peer: this.#nameOf(peer), ...count }));
    counts.sort((a, b) => b.announced + b.withdrawn - (a.announced + a.withdrawn));
    const judgements = [...this.#judgements].map(([peer, count]) => ({ peer: this.#nameOf(peer), ...count }));
    const sumOf = (one: (typeof judgements)[number]) => one.accepted + one.refused + one.changed;
    judgements.sort((a, b) => sumOf(b) - sumOf(a));
    const { routes, isTruncated } = this.#told;
    const received = { counts: judgements, routes: this.#judged.routes, isTruncated: this.#judged.isTruncated };
    return { change, counts, routes, isTruncated, received };
  }

  #tell(peer: PeerIndex, family: Family, prefix: number, pathId: number, before: AttrId, after: AttrId): void {
    const count = this.#counts.get(peer) ?? { announced: 0, withdrawn: 0 };
    this.#counts.set(peer, count);
    if (after === 0) count.withdrawn++;
    else count.announced++;
    this.#told.add(() => this.#change(peer, family, prefix, pathId, before, after));
  }

  /** Attributes live in the pool only for now; 0 are none. */
  #change(peer: PeerIndex, family: Family, prefix: number, pathId: number, before: AttrId, after: AttrId): RouteChange {
    return {
      peer: this.#nameOf(peer),
      family,
      prefix: this.#rib.prefixText(family, prefix),
      pathId,
      ...(before === 0 ? {} : { before: decodeAttributes(this.#rib.canonical(before)) }),
      ...(after === 0 ? {} : { after: decodeAttributes(this.#rib.canonical(after)) }),
    };
  }
}

/** The first of many. */
class RouteList {
  readonly routes: RouteChange[] = [];
  readonly #limit: number;
  isTruncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(make: () => RouteChange): void {
    if (this.routes.length < this.#limit) this.routes.push(make());
    else this.isTruncated = true;
  }
}
