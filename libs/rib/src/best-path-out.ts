import type { AttributePool } from './attribute-pool.ts';
import type { Egress } from './egress.ts';
import type { FamilyTable } from './family-table.ts';
import { FingerprintSum } from './fingerprint.ts';
import { fillAdvertisedRow } from './listing.ts';
import { grown } from './octets.ts';
import { NO_PATH_ID, type OutputBatch } from './output-batch.ts';
import type { Advertised, Held, SentRoutes } from './sent-routes.ts';
import type { AttrId, Fingerprint, PeerIndex, PrefixId, RouteRow } from './types.ts';

const NOTHING: Held = [];

/**
 * The best path of each prefix, as every member but its sender gets it.
 *
 * What differs per member is only where a route came from: it is not sent back there. So there is no table per member. A change of
 * the best path from sender A to sender B means: announce to all but B; withdraw from B if it had A's.
 */
export class BestPathOut implements SentRoutes {
  size = 0;
  readonly #table: FamilyTable;
  readonly #pool: AttributePool;
  readonly #egress: Egress;
  readonly #batch: OutputBatch;
  readonly #isMember: (peer: PeerIndex) => boolean;
  readonly #fingerprint = new FingerprintSum();
  /** By peer: routes sent that it brought. */
  #countBySource = new Uint32Array(16);
  /** By prefix: attributes sent (0: none), and their sender. */
  #out = new Uint32Array(64);
  #source = new Uint16Array(64);

  constructor(
    table: FamilyTable,
    pool: AttributePool,
    egress: Egress,
    batch: OutputBatch,
    isMember: (peer: PeerIndex) => boolean,
  ) {
    this.#table = table;
    this.#pool = pool;
    this.#egress = egress;
    this.#batch = batch;
    this.#isMember = isMember;
  }

  get end(): PrefixId {
    return this.#out.length;
  }

  get unencodable(): number {
    return this.#egress.unencodable;
  }

  fingerprint(): Fingerprint {
    return this.#fingerprint.value;
  }

  sentCount(peer: PeerIndex): number {
    return this.size - (this.#countBySource[peer] ?? 0);
  }

  isCandidate(prefix: PrefixId): boolean {
    return this.#table.bestAttributes[prefix] !== 0;
  }

  isEmpty(prefix: PrefixId): boolean {
    return prefix >= this.#out.length || this.#out[prefix] === 0;
  }

  update(prefix: PrefixId): boolean {
    this.#reserve(prefix);
    const before = this.#out[prefix]!;
    const oldSource = this.#source[prefix]!;
    const best = this.#table.bestAttributes[prefix]!;
    const source = this.#table.bestPeer[prefix]!;
    this.#egress.begin(prefix);
    const after = best === 0 ? 0 : this.#egress.of(prefix, best, source, 0, this.#table.bestValidity[prefix]!);
    if (after === before && (after === 0 || source === oldSource)) return false;

    const isSilent = after === before && !this.#isMember(source) && !this.#isMember(oldSource);
    if (isSilent) {
      // Another sender outside the group brought the same: no member would see a difference.
    } else if (after === before) {
      // The same from another sender: only the two of them see a difference.
      if (this.#isMember(oldSource)) this.#batch.announceTo(prefix, after, NO_PATH_ID, oldSource);
      if (this.#isMember(source)) this.#batch.withdrawFrom(prefix, NO_PATH_ID, source);
    } else if (after === 0) {
      this.#batch.withdrawFromAllBut(prefix, NO_PATH_ID, this.#isMember(oldSource) ? oldSource : -1);
    } else {
      this.#batch.announce(prefix, after, source, NO_PATH_ID);
      // The new sender had the old sender's route from us and now gets nothing in its place.
      if (before !== 0 && source !== oldSource && this.#isMember(source)) {
        this.#batch.withdrawFrom(prefix, NO_PATH_ID, source);
      }
    }
    this.#record(prefix, after, source);
    return !isSilent;
  }

  tell(prefix: PrefixId, peer: PeerIndex): boolean {
    const attributes = this.#attributesFor(prefix, peer);
    if (attributes !== 0) this.#batch.announce(prefix, attributes, this.#source[prefix]!, NO_PATH_ID);
    return attributes !== 0;
  }

  correct(prefix: PrefixId, peer: PeerIndex): void {
    if (!this.tell(prefix, peer)) this.#batch.withdrawFrom(prefix, NO_PATH_ID, peer);
  }

  tellDifference(prefix: PrefixId, peer: PeerIndex, from: Advertised): boolean {
    const held = from.heldBy(peer, prefix);
    const attributes = this.#attributesFor(prefix, peer);
    if (held !== undefined && (held[0]?.attributes ?? 0) === attributes) return false;
    if (attributes === 0 && !this.#table.prefixes.isUsed(prefix)) return false;
    this.correct(prefix, peer);
    return true;
  }

  highestId(): number {
    return NO_PATH_ID;
  }

  forget(): void {}

  dispose(prefix: PrefixId): void {
    const attributes = this.#out[prefix] ?? 0;
    if (attributes !== 0) this.#pool.release(attributes);
  }

  finish(): void {
    this.#egress.dispose();
  }

  visit(prefix: PrefixId, peer: PeerIndex, visit: (row: RouteRow) => boolean): boolean {
    const attributes = this.#attributesFor(prefix, peer);
    if (attributes === 0) return true;
    const path = this.#table.bestRow[prefix]!;
    return visit(fillAdvertisedRow(this.#table, prefix, this.#source[prefix]!, attributes, NO_PATH_ID, path));
  }

  heldBy(prefix: PrefixId, peer: PeerIndex): Held {
    const attributes = this.#attributesFor(prefix, peer);
    return attributes === 0 ? NOTHING : [{ pathId: NO_PATH_ID, attributes }];
  }

  preview(prefix: PrefixId): (peer: PeerIndex) => Held {
    const best = this.#table.bestAttributes[prefix]!;
    const source = this.#table.bestPeer[prefix]!;
    this.#egress.begin(prefix);
    const attributes = best === 0 ? 0 : this.#egress.of(prefix, best, source, 0, this.#table.bestValidity[prefix]!);
    const held: Held = attributes === 0 ? NOTHING : [{ pathId: NO_PATH_ID, attributes }];
    return (peer) => (peer === source ? NOTHING : held);
  }

  #attributesFor(prefix: PrefixId, peer: PeerIndex): AttrId {
    return this.#source[prefix] === peer ? 0 : (this.#out[prefix] ?? 0);
  }

  #record(prefix: PrefixId, after: AttrId, source: PeerIndex): void {
    const before = this.#out[prefix]!;
    const oldSource = this.#source[prefix]!;
    const { hashLow, hashHigh } = this.#pool;
    const prefixHash = this.#table.prefixes.hash(prefix);
    if (after !== 0) {
      this.#pool.retain(after);
      this.#fingerprint.change(1, prefixHash, 0, hashLow[after]!, hashHigh[after]!);
      if (source >= this.#countBySource.length) this.#countBySource = grown(this.#countBySource, source * 2);
      this.#countBySource[source]!++;
      this.size++;
    }
    if (before !== 0) {
      this.#fingerprint.change(-1, prefixHash, 0, hashLow[before]!, hashHigh[before]!);
      this.#countBySource[oldSource]!--;
      this.size--;
      this.#pool.release(before);
    }
    this.#out[prefix] = after;
    this.#source[prefix] = source;
  }

  #reserve(prefix: PrefixId): void {
    if (prefix < this.#out.length) return;
    const capacity = Math.max(prefix + 1, this.#out.length * 2);
    this.#out = grown(this.#out, capacity);
    this.#source = grown(this.#source, capacity);
  }
}
