import { grown } from './octets.ts';
import type { PeerIndex, RibPeer } from './types.ts';

/** Removed peers whose index rests. */
const IDLE_INDEXES = 256;

export const PEER_KIND = { external: 0, internal: 1, confederation: 2, local: 3 } as const;

/** What the decision asks of a route's sender, as columns by peer index. */
export class PeerTable {
  /** RFC 4271 §9.1.2.2 (d): 0 for external, 1 for everyone else. */
  internalRank = new Uint8Array(16);
  bgpIdentifier = new Uint32Array(16);
  /** Position in the order of peer addresses: IPv4 before IPv6, then by octets. Equal addresses share a position. */
  addressRank = new Uint32Array(16);
  /** `PEER_KIND`. */
  kind = new Uint8Array(16);
  readonly #peers: (RibPeer | undefined)[] = [];
  readonly #free: PeerIndex[] = [];

  get(index: PeerIndex): RibPeer {
    const peer = this.#peers[index];
    if (peer === undefined) throw new Error(`rib: there is no peer ${index}`);
    return peer;
  }

  has(index: PeerIndex): boolean {
    return this.#peers[index] !== undefined;
  }

  isLocal(index: PeerIndex): boolean {
    return this.kind[index] === PEER_KIND.local;
  }

  add(peer: RibPeer): PeerIndex {
    // The longest unused index comes back first, and only after many others: an update group may still know a route by it.
    const index = this.#free.length > IDLE_INDEXES ? (this.#free.shift() ?? 0) : this.#peers.length;
    if (index >= this.kind.length) {
      const capacity = this.kind.length * 2;
      this.internalRank = grown(this.internalRank, capacity);
      this.bgpIdentifier = grown(this.bgpIdentifier, capacity);
      this.addressRank = grown(this.addressRank, capacity);
      this.kind = grown(this.kind, capacity);
    }
    this.set(index, peer);
    return index;
  }

  set(index: PeerIndex, peer: RibPeer): void {
    const before = this.#peers[index];
    this.#peers[index] = peer;
    this.kind[index] = PEER_KIND[peer.kind];
    this.internalRank[index] = peer.kind === 'external' ? 0 : 1;
    this.bgpIdentifier[index] = peer.bgpIdentifier;
    if (before === undefined || compareAddresses(before.address, peer.address) !== 0) this.#rankAddresses();
  }

  remove(index: PeerIndex): void {
    this.#peers[index] = undefined;
    this.#free.push(index);
  }

  #rankAddresses(): void {
    const present = [...this.#peers.keys()].filter((index) => this.#peers[index] !== undefined);
    present.sort((a, b) => compareAddresses(this.get(a).address, this.get(b).address));
    let rank = 0;
    for (const [position, index] of present.entries()) {
      const previous = present[position - 1];
      if (previous !== undefined && compareAddresses(this.get(previous).address, this.get(index).address) < 0) rank++;
      this.addressRank[index] = rank;
    }
  }
}

function compareAddresses(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  }
  return 0;
}
