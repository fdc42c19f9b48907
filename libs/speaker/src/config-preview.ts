import type { Held, PeerIndex, Rib, RouteFilter, UpdateGroup, UpdateGroupSpec } from '@bgp/rib';
import { decodeAttributes, type Family, type IpPrefix, type PathAttributes } from '@bgp/wire';
import type { SpeakerChange } from './config-change.ts';

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

/** Filters, senders and receivers, as the RIB wants them. */
export interface PreviewPlan {
  readonly filters: Map<PeerIndex, RouteFilter>;
  readonly leaving: Set<PeerIndex>;
  readonly receivers: { readonly peer: PeerIndex; readonly from: UpdateGroup; readonly to: UpdateGroupSpec }[];
}

/** Collects what the RIB's preview reports. */
export class PreviewReport {
  readonly #rib: Rib;
  readonly #nameOf: (peer: PeerIndex) => string;
  readonly #limit: number;
  readonly #counts = new Map<PeerIndex, { announced: number; withdrawn: number }>();
  readonly #routes: RouteChange[] = [];
  #isTruncated = false;

  constructor(rib: Rib, nameOf: (peer: PeerIndex) => string, limit: number) {
    this.#rib = rib;
    this.#nameOf = nameOf;
    this.#limit = limit;
  }

  readonly visit = (peer: PeerIndex, family: Family, prefix: number, before: Held, after: Held): void => {
    for (const { pathId, attributes } of before) {
      if (!after.some((path) => path.pathId === pathId)) this.#add(peer, family, prefix, pathId, attributes, undefined);
    }
    for (const { pathId, attributes } of after) {
      const old = before.find((path) => path.pathId === pathId)?.attributes;
      if (old !== attributes) this.#add(peer, family, prefix, pathId, old, attributes);
    }
  };

  result(change: SpeakerChange): ConfigPreview {
    const counts = [...this.#counts].map(([peer, count]) => ({ peer: this.#nameOf(peer), ...count }));
    counts.sort((a, b) => b.announced + b.withdrawn - (a.announced + a.withdrawn));
    return { change, counts, routes: this.#routes, isTruncated: this.#isTruncated };
  }

  #add(
    peer: PeerIndex,
    family: Family,
    prefix: number,
    pathId: number,
    before: number | undefined,
    after: number | undefined,
  ): void {
    let count = this.#counts.get(peer);
    if (count === undefined) {
      count = { announced: 0, withdrawn: 0 };
      this.#counts.set(peer, count);
    }
    if (after === undefined) count.withdrawn++;
    else count.announced++;
    if (this.#routes.length >= this.#limit) {
      this.#isTruncated = true;
      return;
    }
    // Attributes live in the pool only for now.
    this.#routes.push({
      peer: this.#nameOf(peer),
      family,
      prefix: this.#rib.prefixText(family, prefix),
      pathId,
      ...(before === undefined ? {} : { before: decodeAttributes(this.#rib.canonical(before)) }),
      ...(after === undefined ? {} : { after: decodeAttributes(this.#rib.canonical(after)) }),
    });
  }
}
