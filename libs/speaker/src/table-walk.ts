import type { PeerIndex, RouteRow as RibRow } from '@bgp/rib';
import { type Asn, afiOf, type Family, formatIpAddress, formatIpv4, type IpAddress } from '@bgp/wire';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import { PrefixOrder } from './prefix-order.ts';
import type { RouteSource } from './routes.ts';
import type { Scheduler, SlicedTask } from './scheduler.ts';

/** A neighbor as it was last seen. Routes of our own come from 0.0.0.0, AS 0, identifier 0.0.0.0. */
export interface WalkedPeer {
  readonly name: string;
  readonly address: IpAddress;
  readonly as: Asn;
  /** 0.0.0.0 before the first session. */
  readonly bgpIdentifier: IpAddress;
}

export interface WalkedRoute {
  /** Index into the peers of `begin`. */
  readonly peer: number;
  /** RFC 7911; 0 without. */
  readonly pathId: number;
  readonly receivedAtSeconds: number;
  /** Canonical attribute octets after import policy; a view of the pool, valid until the visitor returns. */
  readonly attributes: Uint8Array;
}

export interface WalkedPrefix {
  readonly family: Family;
  /** Four or sixteen octets. */
  readonly address: Uint8Array;
  readonly length: number;
  /** By peer, then by path identifier. */
  readonly routes: readonly WalkedRoute[];
}

export interface TableVisitor {
  begin(peers: readonly WalkedPeer[]): void;
  /** False: enough for now; nothing comes until `resume`. */
  prefix(prefix: WalkedPrefix): boolean;
  end(): void;
}

export interface TableWalk {
  resume(): void;
  /** Nothing comes any more, not even `end`. */
  cancel(): void;
}

/**
 * Everything that neighbors announced and import policy let in, and routes of our own: peers by address family, address, AS and identifier;
 * prefixes by family, address and length. So equal tables are walked equally. FlowSpec rules are left out.
 *
 * It runs in slices beside other work, and the tables go on changing: each prefix is as it is when its turn comes. Prefixes and peers that
 * come after the walk has begun may be missing.
 */
export function walkTable(
  source: RouteSource,
  peers: Iterable<PeerIndex>,
  scheduler: Scheduler,
  visitor: TableVisitor,
): TableWalk {
  const walk = new Walk(source, sortedPeers(source, peers), visitor);
  let isWaiting = false;
  const task: SlicedTask = (budget) => {
    const state = walk.step(budget);
    isWaiting = state === 'waiting';
    return state !== 'busy';
  };
  scheduler.addTask(task);
  return {
    resume() {
      if (!isWaiting) return;
      isWaiting = false;
      scheduler.addTask(task);
    },
    cancel: () => walk.cancel(),
  };
}

class Walk {
  readonly #source: RouteSource;
  readonly #visitor: TableVisitor;
  readonly #peers: readonly { readonly index: PeerIndex; readonly peer: WalkedPeer }[];
  readonly #places: ReadonlyMap<PeerIndex, number>;
  readonly #families: readonly Family[];
  #family = 0;
  /** Of the family's prefixes while they are collected; then `undefined`. */
  #cursor: number | undefined = 0;
  #order = new PrefixOrder();
  #state: 'new' | 'walking' | 'over' = 'new';

  constructor(source: RouteSource, peers: readonly { index: PeerIndex; peer: WalkedPeer }[], visitor: TableVisitor) {
    this.#source = source;
    this.#visitor = visitor;
    this.#peers = peers;
    this.#places = new Map(peers.map(({ index }, place) => [index, place]));
    this.#families = source.families.filter((family) => !FLOWSPEC_FAMILIES.includes(family)).sort((a, b) => a - b);
  }

  cancel(): void {
    this.#state = 'over';
  }

  /** At most so many prefixes are looked at. */
  step(budget: number): 'busy' | 'waiting' | 'over' {
    if (this.#state === 'new') {
      this.#state = 'walking';
      this.#visitor.begin(this.#peers.map(({ peer }) => peer));
    }
    for (let looks = budget; looks > 0 && this.#state === 'walking'; ) {
      const family = this.#families[this.#family];
      if (family === undefined) {
        this.#state = 'over';
        this.#visitor.end();
      } else if (this.#cursor !== undefined) {
        this.#cursor = this.#source.rib.scanPrefixes(family, this.#cursor, looks, (row) => {
          this.#order.add(row);
          return true;
        });
        return 'busy';
      } else {
        const next = this.#order.next();
        if (next === undefined) {
          this.#family++;
          this.#cursor = 0;
          this.#order = new PrefixOrder();
          continue;
        }
        const address = octetsOf(family, next);
        const routes = this.#routesOf(family, address, next.length);
        // A prefix with many paths is more work.
        looks -= 1 + routes.length;
        if (routes.length > 0 && !this.#visitor.prefix({ family, address, length: next.length, routes }))
          return 'waiting';
      }
    }
    return this.#state === 'over' ? 'over' : 'busy';
  }

  #routesOf(family: Family, address: Uint8Array, length: number): WalkedRoute[] {
    const { rib, localPeer } = this.#source;
    const routes: WalkedRoute[] = [];
    rib.scanPrefix(family, address, length, (row: RibRow) => {
      const peer = this.#places.get(row.peer);
      if (row.effective === 0 || peer === undefined) return true;
      // Its index may have been given to somebody else after many others were removed.
      if (row.peer !== localPeer && rib.peer(row.peer).name !== this.#peers[peer]?.peer.name) return true;
      const attributes = rib.canonical(row.effective);
      routes.push({ peer, pathId: row.pathId, receivedAtSeconds: row.arrivedAt, attributes });
      return true;
    });
    return routes.sort((a, b) => a.peer - b.peer || a.pathId - b.pathId);
  }
}

function octetsOf(family: Family, { w0, w1, w2, w3 }: { w0: number; w1: number; w2: number; w3: number }): Uint8Array {
  const words = afiOf(family) === 1 ? [w0] : [w0, w1, w2, w3];
  return Uint8Array.from(
    words.flatMap((word) => [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff]),
  );
}

function sortedPeers(source: RouteSource, indexes: Iterable<PeerIndex>): { index: PeerIndex; peer: WalkedPeer }[] {
  const rows = [...indexes].map((index) => {
    const { name, address: octets, as, bgpIdentifier } = source.rib.peer(index);
    const address = formatIpAddress(octets);
    const key = String.fromCharCode(
      octets.length,
      ...octets,
      as >>> 16,
      as & 0xffff,
      bgpIdentifier >>> 16,
      bgpIdentifier & 0xffff,
    );
    return { index, key, peer: { name, address, as, bgpIdentifier: formatIpv4(bgpIdentifier) } };
  });
  const nobody = '0.0.0.0';
  const ours = { name: 'local', address: nobody, as: 0, bgpIdentifier: nobody };
  const sorted = rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return [{ index: source.localPeer, peer: ours }, ...sorted.map(({ index, peer }) => ({ index, peer }))];
}
