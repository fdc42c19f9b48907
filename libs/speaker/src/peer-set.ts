import type { PeerIndex } from '@bgp/rib';
import { err, ok, type Result } from '@bgp/wire';
import type { Peer } from './peer.ts';
import type { SocketAddress } from './ports.ts';
import type { SpeakerError } from './status.ts';

/** The neighbors of a speaker, by name and by their index in the RIB. */
export class PeerSet implements Iterable<Peer> {
  readonly #byName = new Map<string, Peer>();
  readonly #byIndex = new Map<PeerIndex, Peer>();

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byName.values();
  }

  /** Also of those that are going, as long as they have routes. */
  indexes(): IterableIterator<PeerIndex> {
    return this.#byIndex.keys();
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  named(name: string): Peer | undefined {
    return this.#byName.get(name);
  }

  /** For whoever asks for one that must be there. */
  require(name: string): Result<Peer, SpeakerError> {
    const peer = this.#byName.get(name);
    return peer === undefined ? err({ code: 'peer-not-found', message: `There is no neighbor ${name}.` }) : ok(peer);
  }

  at(index: PeerIndex): Peer | undefined {
    return this.#byIndex.get(index);
  }

  withAddress(remote: SocketAddress): Peer | undefined {
    for (const peer of this) if (peer.isAt(remote)) return peer;
    return undefined;
  }

  add(peer: Peer): void {
    this.#byName.set(peer.name, peer);
    this.#byIndex.set(peer.index, peer);
  }

  /** Its name is free at once; routes lead to it by its index until they are gone. */
  remove(peer: Peer): void {
    this.#byName.delete(peer.name);
    peer.remove(() => this.#byIndex.delete(peer.index));
  }
}
