/** One whole BMP message on its way to a collector. */
export interface QueuedMessage {
  readonly octets: Uint8Array;
  /** Set on Peer Up and Peer Down: which peer (any key that names a per-peer header) the collector believes up, or down, after it. */
  readonly change?: { readonly peer: string; readonly isUp: boolean };
  /** Told again to this collector alone, or for the first time since it connected. */
  readonly isReplay?: true;
}

/** Dropped messages: what happened as it happened, and what was told again; of both, the Peer Ups and Downs. */
export interface DropCounts {
  readonly fanOut: number;
  readonly replay: number;
  readonly peerUps: number;
  readonly peerDowns: number;
}

/** Why messages were dropped. */
export interface CollectorDrops {
  readonly bufferFull: DropCounts;
  /** They still waited when the connection was gone. */
  readonly disconnected: DropCounts;
}

export interface CollectorCounters {
  readonly sentMessages: number;
  readonly sentOctets: number;
  readonly droppedMessages: number;
  readonly droppedOctets: number;
  /** Of the dropped messages: what still waited when the connection was gone. */
  readonly abandonedMessages: number;
  readonly overflows: number;
}

/**
 * What waits for one collector, bounded in octets, so that a collector that does not read costs a fixed amount of memory and never
 * holds a session up.
 *
 * ```text
 * closed --open--> live --full--> lost --resynchronize--> live        any --close--> closed
 * ```
 *
 * A stream with a gap is worth nothing to a station: it would believe routes that are gone. So when a message does not fit, the
 * whole backlog goes, counted, and nothing more is taken until the caller has begun again with `resynchronize`. Messages leave
 * whole; what was taken before an overflow is a complete prefix of the stream.
 */
export class CollectorQueue {
  readonly #maxOctets: number;
  #state: 'closed' | 'live' | 'lost' = 'closed';
  #waiting: QueuedMessage[] = [];
  #head = 0;
  #octets = 0;
  #hasBegun = false;
  /** Peers that are up according to the messages that were taken. */
  readonly #up = new Set<string>();
  #counters = {
    sentMessages: 0,
    sentOctets: 0,
    droppedMessages: 0,
    droppedOctets: 0,
    abandonedMessages: 0,
    overflows: 0,
  };
  readonly #drops = { bufferFull: noDrops(), disconnected: noDrops() };

  /** @param maxOctets what may wait. A message larger than this overflows an empty queue too. */
  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  get state(): 'closed' | 'live' | 'lost' {
    return this.#state;
  }

  /** Something was taken since the connection stands: its Initiation, at least. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get waitingOctets(): number {
    return this.#octets;
  }

  /** Over the life of the queue, reconnects included. */
  get counters(): CollectorCounters {
    return { ...this.#counters };
  }

  /** Of `counters.droppedMessages`, over the life of the queue. */
  get drops(): CollectorDrops {
    return { bufferFull: { ...this.#drops.bufferFull }, disconnected: { ...this.#drops.disconnected } };
  }

  /** A connection stands and knows nothing: send Initiation, each Peer Up and the tables (RFC 7854 §3.3, §5). */
  open(): void {
    this.close();
    this.#hasBegun = false;
    this.#state = 'live';
  }

  /** The connection is gone. What waited is counted as dropped; the collector forgets with its connection. */
  close(): void {
    const before = this.#counters.droppedMessages;
    this.#dropAll('disconnected');
    this.#counters.abandonedMessages += this.#counters.droppedMessages - before;
    this.#up.clear();
    this.#state = 'closed';
  }

  /** False: not taken, and counted as dropped unless the queue is closed. `state` says `lost` when a dump is due. */
  offer(message: QueuedMessage): boolean {
    if (this.#state === 'closed') return false;
    const { length } = message.octets;
    if (this.#state === 'live' && this.#octets + length <= this.#maxOctets) {
      this.#waiting.push(message);
      this.#octets += length;
      return true;
    }
    if (this.#state === 'live') {
      this.#dropAll('bufferFull');
      this.#state = 'lost';
      this.#counters.overflows++;
    }
    this.#count(message, 'bufferFull');
    return false;
  }

  /**
   * Goes on after an overflow on the same connection.
   * @returns the peers that the collector still believes up: send a Peer Down for each, then each Peer Up and the tables again.
   *          That empties what it knows (RFC 7854 §4.9: Peer Down implicitly withdraws all routes of the peer).
   */
  resynchronize(): readonly string[] {
    if (this.#state !== 'lost') return [];
    this.#state = 'live';
    return [...this.#up];
  }

  /** Messages from the front, whole, about `maxOctets` of them; at least one when any waits. They count as sent. */
  take(maxOctets: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let octets = 0;
    for (let next = this.#waiting[this.#head]; next !== undefined; next = this.#waiting[this.#head]) {
      if (taken.length > 0 && octets + next.octets.length > maxOctets) break;
      this.#head++;
      octets += next.octets.length;
      taken.push(next.octets);
      if (next.change?.isUp === true) this.#up.add(next.change.peer);
      else if (next.change !== undefined) this.#up.delete(next.change.peer);
    }
    if (taken.length > 0) this.#hasBegun = true;
    this.#octets -= octets;
    this.#counters.sentMessages += taken.length;
    this.#counters.sentOctets += octets;
    // Moved down now and then only, so that a long queue is not copied for each write.
    if (this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  #dropAll(why: keyof CollectorDrops): void {
    for (let i = this.#head; i < this.#waiting.length; i++) this.#count(this.#waiting[i]!, why); // i is in range
    this.#waiting = [];
    this.#head = 0;
    this.#octets = 0;
  }

  #count({ octets, change, isReplay }: QueuedMessage, why: keyof CollectorDrops): void {
    this.#counters.droppedMessages++;
    this.#counters.droppedOctets += octets.length;
    const drops = this.#drops[why];
    drops[isReplay === true ? 'replay' : 'fanOut']++;
    if (change !== undefined) drops[change.isUp ? 'peerUps' : 'peerDowns']++;
  }
}

function noDrops() {
  return { fanOut: 0, replay: 0, peerUps: 0, peerDowns: 0 };
}
