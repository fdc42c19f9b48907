import { type GroupOutput, type PeerIndex, Rib, type UpdateGroup, type UpdateGroupSpec } from '@bgp/rib';
import { type CodecContext, IPV4_UNICAST, MessageFramer, UpdateView } from '@bgp/wire';

export const LOCAL_AS = 65_001;

const CONTEXT: CodecContext = {
  fourOctetAs: true,
  maxMessageOctets: 4096,
  addPath: new Map(),
  extendedNextHop: new Set(),
  peerKind: 'external',
};

/** What an ordinary external session does to every route: own AS in front, own next hop, no LOCAL_PREF, no MED. */
const EGRESS = {
  prepend: [{ as: LOCAL_AS, count: 1 }],
  nextHop: Uint8Array.of(127, 0, 0, 1),
  localPref: null,
  med: null,
  forwardUnknown: true,
} as const;
const ACCEPT = { accept: true, by: 0 } as const;

const GROUP: UpdateGroupSpec = {
  family: IPV4_UNICAST,
  kind: 'external',
  filterKey: 'accept-all',
  filter: { readsPrefix: false, readsSource: false, evaluate: () => ACCEPT },
  egressKey: 'external',
  egress: () => EGRESS,
  routeReflectorClient: false,
  routeServerClient: false,
  fourOctetAs: true,
  maxMessageOctets: 4096,
  extendedNextHop: false,
  addPathSendMax: 0,
  perMemberBest: false,
  maxPrefixes: 0,
  onlyMember: -1,
  longLivedStale: false,
};

/** Of one read, about. */
const READ_OCTETS = 65_536;

/** Routes touched per slice, as the speaker would choose for a few milliseconds. */
const BUDGET = 2_000;

/** A RIB with external neighbors, fed with messages and drained into nothing. Times each slice of work. */
export class BenchRib {
  readonly rib = new Rib({
    localAs: LOCAL_AS,
    routerId: 0x7f00_0001,
    clusterId: 0x7f00_0001,
    med: 'per-neighbor-as',
    families: [IPV4_UNICAST],
  });
  /** Longest time that one call took: what a session would have waited. */
  longestSliceMs = 0;
  sentOctets = 0;
  sentPrefixes = 0;
  readonly #view = new UpdateView();
  #group: UpdateGroup | undefined;
  readonly #sink = (out: GroupOutput): void => {
    this.sentOctets += out.octets.length;
    this.sentPrefixes += out.announced;
  };

  addPeer(number: number): PeerIndex {
    return this.rib.addPeer({
      name: `127.0.1.${number}`,
      kind: 'external',
      as: 64_500 + number,
      bgpIdentifier: 0x0a00_0000 + number,
      address: Uint8Array.of(127, 0, 1, number),
      routeReflectorClient: false,
      routeServerClient: false,
    });
  }

  addReceiver(peer: PeerIndex): void {
    const group = this.rib.group(GROUP); // found again after the first time
    group.join(peer);
    this.#group = group;
  }

  /** A slice is what the daemon reads from a socket at once. */
  receive(peer: PeerIndex, buffers: readonly Uint8Array[]): void {
    let octets = 0;
    let startMs = performance.now();
    const framer = new MessageFramer();
    for (const buffer of buffers) {
      framer.push(buffer);
      while (framer.advance()) {
        if (!this.#view.parse(framer.octets, CONTEXT, framer.start, framer.end))
          throw new Error('bench message refused');
        this.rib.receive(peer, this.#view, CONTEXT, 0);
        octets += framer.end - framer.start;
        if (octets < READ_OCTETS) continue;
        const nowMs = performance.now();
        this.longestSliceMs = Math.max(this.longestSliceMs, nowMs - startMs);
        octets = 0;
        startMs = nowMs;
      }
      if (framer.failure !== undefined) throw new Error(`bench messages do not frame: ${framer.failure.code}`);
    }
  }

  decide(): void {
    while (!this.#timed(() => this.rib.decide(BUDGET)));
  }

  drain(): void {
    const group = this.#group;
    if (group === undefined) return;
    while (!this.#timed(() => group.drain(BUDGET, this.#sink)));
  }

  withdrawPeer(peer: PeerIndex): void {
    const job = this.rib.peerDown(peer);
    while (!this.#timed(() => job.run(BUDGET)));
  }

  /** Walks the whole Loc-RIB in pages, as an API listing does. The number of rows. */
  list(): number {
    let rows = 0;
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const from: number = cursor;
      cursor = this.#timed(() =>
        this.rib.scanBest(IPV4_UNICAST, from, BUDGET, () => {
          rows++;
          return true;
        }),
      );
    }
    return rows;
  }

  #timed<T>(work: () => T): T {
    const startMs = performance.now();
    const result = work();
    this.longestSliceMs = Math.max(this.longestSliceMs, performance.now() - startMs);
    return result;
  }
}
