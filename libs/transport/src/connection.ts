import type { Socket } from 'node:net';
import type { TcpCloseReason, TcpHandle, TcpHandlers } from '@bgp/speaker';
import { socketAddress } from './address.ts';
import { closeReasonFor } from './close-reason.ts';
import type { ReadTurns, TurnReader } from './read-turns.ts';

export interface ConnectionLimits {
  readonly highWaterOctets: number;
  readonly lowWaterOctets: number;
  readonly connectTimeoutMs: number;
  readonly endTimeoutMs: number;
}

/**
 * One TCP connection, dialed or accepted. The socket must have been made with `allowHalfOpen`: when to close is decided
 * here.
 *
 * ```text
 * connecting ─► open ─┬─ end() ───────► ending    queued octets, FIN, then wait for the peer's FIN
 *      │              ├─ destroy() ───► dropped   RST
 *      │              └─ peer's FIN or error
 *      └─ error, timeout, destroy()     … every way ends in exactly one onClose
 * ```
 */
export class Connection implements TcpHandle, TurnReader {
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #handlers: TcpHandlers;
  readonly #turns: ReadTurns;
  readonly #whenWritten = (): void => this.#written();
  readonly #whenTurnEnds = (): void => this.#uncork();
  #state: 'connecting' | 'open' | 'ending' | 'dropped';
  /** The first cause; later errors are consequences. */
  #reason: TcpCloseReason | undefined;
  #blocked = false;
  #isPaused = false;
  /** Read, and not handed over yet. The socket does not flow meanwhile. */
  #kept: Uint8Array | undefined;
  #corked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    state: 'connecting' | 'open',
    handlers: TcpHandlers,
    limits: ConnectionLimits,
    turns: ReadTurns,
  ) {
    this.#socket = socket;
    this.#state = state;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#turns = turns;
    socket.on('connect', () => this.#opened());
    socket.on('data', (chunk: Uint8Array) => this.#handOver(chunk));
    socket.on('end', () => this.#endedByPeer());
    socket.on('error', (error) => {
      this.#reason ??= closeReasonFor(error);
    });
    socket.on('close', () => this.#closed());
    if (state === 'connecting') this.#timer = setTimeout(() => this.#connectTimedOut(), limits.connectTimeoutMs);
    else socket.setNoDelay(true);
  }

  /** After `end`, `destroy` or a failure the octets have nowhere to go; `onClose` says so, or has said so. */
  write(octets: Uint8Array): boolean {
    if (this.#state === 'ending' || this.#state === 'dropped') return true;
    if (!this.#corked) {
      // Everything written in one turn leaves with one system call.
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(this.#whenTurnEnds);
    }
    this.#socket.write(octets, this.#whenWritten);
    if (this.#socket.writableLength <= this.#limits.highWaterOctets) return true;
    this.#blocked = true;
    return false;
  }

  queuedOctets(): number {
    return this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  pause(): void {
    if (this.#state !== 'open') return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#state !== 'open') return;
    this.#isPaused = false;
    if (this.#kept === undefined) this.#socket.resume();
    else this.#turns.wait(this);
  }

  readOn(): void {
    const kept = this.#kept;
    if (kept === undefined || this.#isPaused) return;
    this.#kept = undefined;
    this.#handOver(kept);
    if (this.#kept === undefined && !this.#isPaused && this.#state === 'open') this.#socket.resume();
  }

  end(): void {
    if (this.#state === 'connecting') this.destroy();
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#reason ??= { code: 'closed-by-us', detail: 'closed by us' };
    // Closing with unread input makes the kernel send RST, which can overtake our last message in the peer's queue. So
    // input is read and dropped until the peer closes as well.
    this.#dropKept();
    this.#socket.resume();
    this.#socket.end();
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#limits.endTimeoutMs);
  }

  destroy(): void {
    if (this.#state === 'dropped') return;
    const before = this.#state;
    this.#state = 'dropped';
    this.#reason ??= { code: 'closed-by-us', detail: 'dropped by us' };
    // A reset is refused while a FIN waits behind queued octets; a connection that does not exist cannot be reset.
    if (before === 'open' && !this.#socket.destroyed) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** For a connection that fails before it starts. */
  fail(reason: TcpCloseReason): void {
    this.#reason ??= reason;
    this.#state = 'dropped';
    this.#socket.destroy();
  }

  #handOver(octets: Uint8Array): void {
    let start = 0;
    while (start < octets.length && this.#state === 'open') {
      if (this.#isPaused || !this.#turns.hasTime()) {
        this.#kept = octets.subarray(start);
        this.#socket.pause();
        if (!this.#isPaused) this.#turns.wait(this);
        return;
      }
      const end = start + this.#turns.pieceOctets;
      this.#handlers.onData(octets.subarray(start, end));
      start = end;
    }
  }

  #opened(): void {
    clearTimeout(this.#timer);
    if (this.#state !== 'connecting') return;
    const local = socketAddress(this.#socket.localAddress, this.#socket.localPort);
    const remote = socketAddress(this.#socket.remoteAddress, this.#socket.remotePort);
    // Gone again before we looked: the 'close' event that follows reports it.
    if (local === undefined || remote === undefined) return;
    this.#state = 'open';
    this.#socket.setNoDelay(true);
    this.#handlers.onOpen(local, remote);
  }

  #connectTimedOut(): void {
    const seconds = this.#limits.connectTimeoutMs / 1000;
    this.fail({ code: 'timeout', detail: `no answer to the connection attempt within ${seconds} s` });
  }

  #endedByPeer(): void {
    // While we are ending ourselves, the socket closes by itself once our queue is out too.
    if (this.#state === 'ending') return;
    this.#reason ??= { code: 'closed-by-peer', detail: 'the neighbor closed the connection' };
    this.#state = 'dropped';
    this.#socket.destroy();
  }

  #uncork(): void {
    this.#corked = false;
    this.#socket.uncork();
  }

  #written(): void {
    if (!this.#blocked || this.#state !== 'open') return;
    if (this.#socket.writableLength > this.#limits.lowWaterOctets) return;
    this.#blocked = false;
    this.#handlers.onDrain();
  }

  #dropKept(): void {
    this.#kept = undefined;
    this.#turns.forget(this);
  }

  #closed(): void {
    clearTimeout(this.#timer);
    // What the neighbor said before it went, such as why.
    if (this.#state === 'open' && this.#kept !== undefined) this.#handlers.onData(this.#kept);
    this.#dropKept();
    this.#state = 'dropped';
    this.#handlers.onClose(this.#reason ?? { code: 'other', detail: 'the connection closed without a reason' });
  }
}
