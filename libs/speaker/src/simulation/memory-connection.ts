import type { SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from '../ports.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How octets travel. */
export interface LinkShape {
  /** One way, drawn for each chunk; order is kept. */
  readonly minLatencyMs: number;
  readonly maxLatencyMs: number;
  /** Bounds of the chunks that arrive. */
  readonly minChunkOctets: number;
  readonly maxChunkOctets: number;
  /** `write` says false above this much. */
  readonly highWaterOctets: number;
}

const HARD_CLOSE_MS = 5_000;
const RESET_BY_PEER = { code: 'reset', detail: 'connection reset by peer' } as const;

/**
 * One end of a connection in memory. What it gets is a scratch copy that is overwritten after `onData` returns, so that a
 * program which keeps a view of it fails its tests.
 */
export class MemoryEndpoint implements TcpHandle {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  handlers: TcpHandlers | undefined;
  peer: MemoryEndpoint | undefined;
  /** Told of every chunk as it is delivered to the other end. */
  onDeliver: ((chunk: Uint8Array) => void) | undefined;
  /** May change while the connection lives. */
  shape: LinkShape;

  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  /** Nothing moves from here while true; writers only queue. */
  readonly #isBlocked: () => boolean;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #isTransferScheduled = false;
  #needsDrain = false;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;

  constructor(
    clock: VirtualClock,
    random: SeededRandom,
    shape: LinkShape,
    isBlocked: () => boolean,
    local: SocketAddress,
    remote: SocketAddress,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.shape = shape;
    this.#isBlocked = isBlocked;
    this.local = local;
    this.remote = remote;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(octets: Uint8Array): boolean {
    if (this.#isClosed || this.#isEnding || octets.length === 0) return !this.#needsDrain;
    this.#queue.push(octets);
    this.#queued += octets.length;
    this.transfer();
    if (this.#queued > this.shape.highWaterOctets) this.#needsDrain = true;
    return !this.#needsDrain;
  }

  queuedOctets(): number {
    return this.#queued;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.peer?.transfer();
  }

  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.transfer();
    this.#clock.after(HARD_CLOSE_MS, () => this.destroy());
  }

  destroy(): void {
    if (this.#isClosed) return;
    const { peer } = this;
    this.close({ code: 'closed-by-us', detail: 'connection dropped' });
    if (this.#isBlocked()) return; // a blocked link carries no reset either: the other end finds out by its timers
    this.#clock.after(this.#latency(), () => peer?.close(RESET_BY_PEER));
  }

  /** The machine is gone: nobody here is told, and nothing is sent. */
  vanish(): void {
    this.handlers = undefined;
    this.close({ code: 'other', detail: 'the host is gone' });
  }

  /** The end of this side, whoever caused it; `onClose` follows in an event of its own. */
  close(reason: TcpCloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#clock.after(0, () => this.handlers?.onClose(reason));
  }

  /** Sees to it that the next chunk travels, if there is one and the other side reads. */
  transfer(): void {
    if (this.#isTransferScheduled || this.#isClosed || this.#isBlocked()) return;
    if (this.#queue.length === 0 && !this.#isEnding) return;
    this.#isTransferScheduled = true;
    this.#clock.after(this.#latency(), () => {
      this.#isTransferScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { peer } = this;
    if (this.#isClosed || this.#isBlocked() || peer === undefined) return;
    if (peer.#isClosed) return this.#answeredByReset(peer);
    if (peer.#isPaused) return;
    if (this.#queue.length === 0) {
      if (this.#isEnding) this.#finish(peer);
      return;
    }
    const chunk = this.#takeChunk();
    this.onDeliver?.(chunk);
    peer.handlers?.onData(chunk);
    chunk.fill(0xdd);
    if (this.#needsDrain && this.#queued <= this.shape.highWaterOctets / 2) {
      this.#needsDrain = false;
      this.handlers?.onDrain();
    }
    this.transfer();
  }

  /** RFC 9293 §3.10.7.1: what arrives where the connection is no longer known gets a reset, unless the way back is blocked. */
  #answeredByReset(peer: MemoryEndpoint): void {
    if (peer.#isBlocked()) return;
    this.#clock.after(this.#latency(), () => this.close(RESET_BY_PEER));
  }

  #finish(peer: MemoryEndpoint): void {
    peer.close({ code: 'closed-by-peer', detail: 'connection closed by peer' });
    this.close({ code: 'closed-by-us', detail: 'connection closed' });
  }

  #takeChunk(): Uint8Array {
    const wanted = this.#random.between(this.shape.minChunkOctets, this.shape.maxChunkOctets);
    const chunk = new Uint8Array(Math.min(wanted, this.#queued));
    let filled = 0;
    while (filled < chunk.length) {
      const head = this.#queue[0]!; // #queued counts what is in the queue
      const part = head.subarray(0, chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      if (part.length === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(part.length);
    }
    this.#queued -= chunk.length;
    return chunk;
  }

  #latency(): number {
    return this.#random.between(this.shape.minLatencyMs, this.shape.maxLatencyMs);
  }
}
