import type { AttributePool } from './attribute-pool.ts';
import { type DecisionInput, selectBest } from './decision.ts';
import type { Egress } from './egress.ts';
import type { FamilyTable } from './family-table.ts';
import { FingerprintSum } from './fingerprint.ts';
import { fillAdvertisedRow } from './listing.ts';
import { grown } from './octets.ts';
import { NO_PATH_ID, type OutputBatch } from './output-batch.ts';
import { isCandidate } from './prefix-decider.ts';
import type { Advertised, Held, SentRoutes } from './sent-routes.ts';
import type { AttrId, Fingerprint, HeldPath, PeerIndex, PrefixId, RouteRow } from './types.ts';

/** One path that passed policy, in order of preference. */
interface Offer {
  readonly pathId: number;
  readonly attributes: AttrId;
  readonly source: PeerIndex;
}

const NO_OFFERS: readonly Offer[] = [];

/**
 * The best `most` paths of each prefix that a member may have: with ADD-PATH (RFC 7911), or one of them where a route server does not
 * want one client's policy or origin to hide a path from it (RFC 7947 §2.3.2).
 *
 * Members share one list per prefix, made of what passes the group's policy. A member's own paths do not count for it, so it alone gets
 * as many from behind the limit; everything before the limit goes to all but its sender. Path identifiers are those of the
 * tables: a path keeps its own for as long as it exists, whatever its rank, and has the same in every group.
 */
export class ManyPathsOut implements SentRoutes {
  size = 0;
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #input: DecisionInput;
  readonly #egress: Egress;
  readonly #batch: OutputBatch;
  readonly #isMember: (peer: PeerIndex) => boolean;
  readonly #most: number;
  readonly #withIds: boolean;
  readonly #fingerprint = new FingerprintSum();
  readonly #offers = new Map<PrefixId, readonly Offer[]>();
  /** By prefix: the highest identifier that a member may have heard of. */
  readonly #highestId = new Map<PrefixId, number>();
  /** Offers before the limit, of all and by sender; and those from behind it, by the member that gets them. */
  #shared = 0;
  readonly #sharedBySource = new Map<PeerIndex, number>();
  readonly #extra = new Map<PeerIndex, number>();
  #rows = new Uint32Array(16);
  #end = 64;

  constructor(
    table: FamilyTable,
    pool: AttributePool,
    input: DecisionInput,
    egress: Egress,
    batch: OutputBatch,
    isMember: (peer: PeerIndex) => boolean,
    /** 0: one path, without identifier. */
    addPathSendMax: number,
  ) {
    this.#table = table;
    this.#pool = pool;
    this.#input = input;
    this.#egress = egress;
    this.#batch = batch;
    this.#isMember = isMember;
    this.#withIds = addPathSendMax > 0;
    this.#most = this.#withIds ? addPathSendMax : 1;
  }

  get end(): PrefixId {
    return this.#end;
  }

  get unencodable(): number {
    return this.#egress.unencodable;
  }

  fingerprint(): Fingerprint {
    return this.#fingerprint.value;
  }

  sentCount(peer: PeerIndex): number {
    return this.#shared - (this.#sharedBySource.get(peer) ?? 0) + (this.#extra.get(peer) ?? 0);
  }

  isCandidate(prefix: PrefixId): boolean {
    return this.#table.head[prefix] !== 0;
  }

  isEmpty(prefix: PrefixId): boolean {
    return !this.#offers.has(prefix);
  }

  update(prefix: PrefixId): boolean {
    if (prefix >= this.#end) this.#end = Math.max(prefix + 1, this.#end * 2);
    return this.#replace(prefix, this.#collect(prefix));
  }

  tell(prefix: PrefixId, peer: PeerIndex): boolean {
    const offers = this.#offersTo(prefix, peer);
    for (const { pathId, attributes, source } of offers) this.#batch.announce(prefix, attributes, source, pathId);
    return offers.length > 0;
  }

  highestId(prefix: PrefixId): number {
    return this.#highestId.get(prefix) ?? NO_PATH_ID;
  }

  correct(prefix: PrefixId, peer: PeerIndex, elsewhere = NO_PATH_ID): void {
    const offers = this.#offersTo(prefix, peer);
    const highest = Math.max(this.highestId(prefix), elsewhere);
    for (let pathId = this.#withIds ? 1 : NO_PATH_ID; pathId <= highest; pathId++) {
      if (!offers.some((offer) => offer.pathId === pathId)) this.#batch.withdrawFrom(prefix, pathId, peer);
    }
    this.tell(prefix, peer);
  }

  tellDifference(prefix: PrefixId, peer: PeerIndex, from: Advertised): boolean {
    const held = from.heldBy(peer, prefix);
    if (held === undefined) {
      if (!this.#table.prefixes.isUsed(prefix)) return false;
      this.correct(prefix, peer, from.highestIdFor(peer, prefix));
      return true;
    }
    const offers = this.#offersTo(prefix, peer);
    let isDifferent = false;
    for (const { pathId } of held) {
      if (offers.some((offer) => offer.pathId === pathId)) continue;
      this.#batch.withdrawFrom(prefix, pathId, peer);
      isDifferent = true;
    }
    for (const { pathId, attributes, source } of offers) {
      if (held.some((path) => path.pathId === pathId && path.attributes === attributes)) continue;
      this.#batch.announce(prefix, attributes, source, pathId);
      isDifferent = true;
    }
    return isDifferent;
  }

  forget(prefix: PrefixId): void {
    this.#highestId.delete(prefix);
  }

  dispose(prefix: PrefixId): void {
    for (const { attributes } of this.#offers.get(prefix) ?? NO_OFFERS) this.#pool.release(attributes);
    this.#offers.delete(prefix);
  }

  finish(): void {
    this.#egress.dispose();
  }

  visit(prefix: PrefixId, peer: PeerIndex, visit: (row: RouteRow) => boolean): boolean {
    let goesOn = true; // a page ends between prefixes, never between two paths of one
    for (const { pathId, attributes, source } of this.#offersTo(prefix, peer)) {
      const row = this.#withIds ? this.#table.pathWithId(prefix, pathId) : this.#table.bestRow[prefix]!;
      if (!visit(fillAdvertisedRow(this.#table, prefix, source, attributes, pathId, row))) goesOn = false;
    }
    return goesOn;
  }

  heldBy(prefix: PrefixId, peer: PeerIndex): Held {
    return this.#offersTo(prefix, peer).map(({ pathId, attributes }): HeldPath => ({ pathId, attributes }));
  }

  preview(prefix: PrefixId): (peer: PeerIndex) => Held {
    const offers = this.#collect(prefix);
    return (peer) => offers.filter((_offer, rank) => this.#isFor(offers, rank, peer));
  }

  /** What passes policy, best first: as many as some member could get. */
  #collect(prefix: PrefixId): readonly Offer[] {
    const { paths } = this.#table;
    let count = 0;
    for (let row = this.#table.head[prefix]!; row !== 0; row = paths.nextInPrefix[row]!) {
      if (!isCandidate(this.#input, row)) continue;
      if (count === this.#rows.length) this.#rows = grown(this.#rows, count * 2);
      this.#rows[count++] = row;
    }
    this.#egress.begin(prefix);
    const offers: Offer[] = [];
    while (count > 0 && !this.#isEnough(offers)) {
      const best = selectBest(this.#input, this.#rows, count);
      this.#rows[this.#rows.indexOf(best)] = this.#rows[--count]!;
      const source = paths.peer[best]!;
      const validity = paths.validity[best]!;
      const attributes = this.#egress.of(prefix, paths.effective[best]!, source, paths.pathId[best]!, validity);
      if (attributes === 0) continue;
      offers.push({ pathId: this.#withIds ? this.#table.localId(best) : NO_PATH_ID, attributes, source });
    }
    return offers;
  }

  /** Every member has `most` offers that are not its own. */
  #isEnough(offers: readonly Offer[]): boolean {
    if (offers.length < this.#most) return false;
    return offers.every(({ source }) => offers.length - ownBefore(offers, source, offers.length) >= this.#most);
  }

  #offersTo(prefix: PrefixId, peer: PeerIndex): readonly Offer[] {
    const offers = this.#offers.get(prefix) ?? NO_OFFERS;
    return offers.filter((_offer, rank) => this.#isFor(offers, rank, peer));
  }

  #isFor(offers: readonly Offer[], rank: number, peer: PeerIndex): boolean {
    return offers[rank]!.source !== peer && rank - ownBefore(offers, peer, rank) < this.#most;
  }

  #replace(prefix: PrefixId, after: readonly Offer[]): boolean {
    const before = this.#offers.get(prefix) ?? NO_OFFERS;
    if (areEqual(before, after)) return false;
    if (this.#withIds) this.#announceById(prefix, before, after);
    else this.#announceOne(prefix, before, after);
    this.#count(prefix, after, 1);
    this.#count(prefix, before, -1);
    if (after.length === 0) this.#offers.delete(prefix);
    else this.#offers.set(prefix, after);
    this.size += Number(after.length > 0) - Number(before.length > 0);
    return true;
  }

  #announceById(prefix: PrefixId, before: readonly Offer[], after: readonly Offer[]): void {
    let highest = this.highestId(prefix);
    for (const { pathId } of after) highest = Math.max(highest, pathId);
    this.#highestId.set(prefix, highest);

    for (const [rank, old] of before.entries()) {
      const newRank = after.findIndex(({ pathId }) => pathId === old.pathId);
      if (rank < this.#most) {
        // Whoever is to keep it, from behind the limit, hears of it again below: withdrawals go out first.
        const stays = newRank >= 0 && newRank < this.#most;
        if (!stays) this.#batch.withdrawFromAllBut(prefix, old.pathId, this.#isMember(old.source) ? old.source : -1);
        else if (after[newRank]!.source !== old.source) this.#takeFrom(prefix, old.pathId, after[newRank]!.source);
        continue;
      }
      for (const member of this.#extraMembers(before, rank)) {
        if (newRank < 0 || !this.#isFor(after, newRank, member)) this.#batch.withdrawFrom(prefix, old.pathId, member);
      }
    }
    for (const [rank, offer] of after.entries()) {
      const oldRank = before.findIndex(({ pathId }) => pathId === offer.pathId);
      const old = before[oldRank];
      const isSame = old?.attributes === offer.attributes && old.source === offer.source;
      if (rank < this.#most) {
        if (isSame && oldRank < this.#most) continue;
        this.#batch.announce(prefix, offer.attributes, offer.source, offer.pathId);
        continue;
      }
      for (const member of this.#extraMembers(after, rank)) {
        const hasIt = isSame && oldRank >= this.#most && this.#isFor(before, oldRank, member);
        if (!hasIt) this.#batch.announceTo(prefix, offer.attributes, offer.pathId, member);
      }
    }
  }

  #announceOne(prefix: PrefixId, before: readonly Offer[], after: readonly Offer[]): void {
    const [old] = before;
    const [best] = after;
    const oldFor = (peer: PeerIndex) => before.find(({ source }) => source !== peer);
    if (best === undefined) {
      const nobody = old === undefined || oldFor(old.source) !== undefined || !this.#isMember(old.source);
      this.#batch.withdrawFromAllBut(prefix, NO_PATH_ID, nobody ? -1 : old.source);
      return;
    }
    // Whose own path was the best had the next one, which may be the best now.
    const hasItAlready = old !== undefined && oldFor(old.source)?.attributes === best.attributes;
    if (best.attributes !== old?.attributes) {
      this.#batch.announce(prefix, best.attributes, best.source, NO_PATH_ID, hasItAlready ? old.source : undefined);
    } else if (old.source !== best.source && this.#isMember(old.source) && !hasItAlready) {
      this.#batch.announceTo(prefix, best.attributes, NO_PATH_ID, old.source);
    }
    if (!this.#isMember(best.source)) return;
    // Its own path is the best: it gets the next one.
    const instead = after.find(({ source }) => source !== best.source);
    const had = oldFor(best.source);
    if (instead === undefined) {
      if (had !== undefined) this.#batch.withdrawFrom(prefix, NO_PATH_ID, best.source);
    } else if (had?.attributes !== instead.attributes) {
      this.#batch.announceTo(prefix, instead.attributes, NO_PATH_ID, best.source);
    }
  }

  /** The identifier now names the member's own path. */
  #takeFrom(prefix: PrefixId, pathId: number, member: PeerIndex): void {
    if (this.#isMember(member)) this.#batch.withdrawFrom(prefix, pathId, member);
  }

  /** Who gets an offer from behind the limit. */
  #extraMembers(offers: readonly Offer[], rank: number): PeerIndex[] {
    return this.#extraPeers(offers, rank).filter((peer) => this.#isMember(peer));
  }

  #extraPeers(offers: readonly Offer[], rank: number): PeerIndex[] {
    const senders = new Set(offers.slice(0, rank).map(({ source }) => source));
    return [...senders].filter((peer) => this.#isFor(offers, rank, peer));
  }

  #count(prefix: PrefixId, offers: readonly Offer[], sign: 1 | -1): void {
    const { hashLow, hashHigh } = this.#pool;
    const prefixHash = this.#table.prefixes.hash(prefix);
    for (const [rank, { pathId, attributes, source }] of offers.entries()) {
      if (sign > 0) this.#pool.retain(attributes);
      if (rank < this.#most) {
        this.#fingerprint.change(sign, prefixHash, pathId, hashLow[attributes]!, hashHigh[attributes]!);
        this.#shared += sign;
        add(this.#sharedBySource, source, sign);
      } else {
        for (const peer of this.#extraPeers(offers, rank)) add(this.#extra, peer, sign);
      }
      if (sign < 0) this.#pool.release(attributes);
    }
  }
}

function ownBefore(offers: readonly Offer[], peer: PeerIndex, rank: number): number {
  let own = 0;
  for (let i = 0; i < rank; i++) if (offers[i]!.source === peer) own++;
  return own;
}

function areEqual(a: readonly Offer[], b: readonly Offer[]): boolean {
  return (
    a.length === b.length &&
    a.every((offer, at) => {
      const other = b[at]!;
      return offer.pathId === other.pathId && offer.attributes === other.attributes && offer.source === other.source;
    })
  );
}

function add(counts: Map<PeerIndex, number>, peer: PeerIndex, change: number): void {
  const next = (counts.get(peer) ?? 0) + change;
  if (next === 0) counts.delete(peer);
  else counts.set(peer, next);
}
