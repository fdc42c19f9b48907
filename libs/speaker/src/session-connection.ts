import type { AcceptedConnection, SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';

/** What a connection tells its session. */
export interface ConnectionOwner {
  dial(handlers: TcpHandlers): TcpHandle;
  /** A connection of its own begins: nothing that was read or said before counts for it. */
  begins(): void;
  /** Ours is open. */
  opened(): void;
  /** Theirs is taken over. */
  adopted(): void;
  /** `isCurrent`: asked after each message, which may have ended the connection. */
  read(chunk: Uint8Array, isCurrent: () => boolean): void;
  drained(): void;
  /** `wasOpen`: it did not fail while it was being dialed. Not called for one that we ended. */
  closed(reason: TcpCloseReason, wasOpen: boolean): void;
  /** Every connection once when it is made and once when it is gone, whoever ended it. */
  count(change: 1 | -1): void;
}

/** What those may do with the connection who do not decide whether there is one. */
export type Connection = Omit<SessionConnection, 'dial' | 'adopt' | 'end' | 'abandon'>;

/** The TCP connection of one session: at most one at a time, and a dropped one does not speak for the next. */
export class SessionConnection {
  readonly #owner: ConnectionOwner;
  /** We opened the connection, rather than the peer. */
  isOutgoing = false;
  local: SocketAddress | undefined;
  remote: SocketAddress | undefined;
  #handle: TcpHandle | undefined;
  /** Goes up with each one that comes or goes. */
  #current = 0;
  #isPaused = false;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  /** It exists; it may still be being dialed. */
  get exists(): boolean {
    return this.#handle !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get queuedOctets(): number {
    return this.#handle?.queuedOctets() ?? 0;
  }

  dial(): void {
    this.abandon();
    this.isOutgoing = true;
    this.#handle = this.#owner.dial(this.#handlers());
  }

  /** Takes over an inbound connection; a dial under way is given up. */
  adopt(local: SocketAddress, remote: SocketAddress): AcceptedConnection {
    this.abandon();
    this.isOutgoing = false;
    const handlers = this.#handlers();
    return {
      handlers,
      adopt: (handle) => {
        this.#handle = handle;
        this.local = local;
        this.remote = remote;
        this.#owner.adopted();
      },
    };
  }

  /** Whole messages. False: the socket is full. */
  write(octets: Uint8Array): boolean {
    return this.#handle?.write(octets) ?? true;
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#handle?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#handle?.resume();
  }

  /** What was written still leaves. */
  end(): void {
    this.#forget()?.end();
  }

  /** At once, without a word to anybody. */
  abandon(): void {
    this.#forget()?.destroy();
  }

  #forget(): TcpHandle | undefined {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#current++;
    return handle;
  }

  #handlers(): TcpHandlers {
    const connection = ++this.#current;
    const isCurrent = () => connection === this.#current;
    let wasOpen = !this.isOutgoing;
    this.#isPaused = false;
    this.#owner.begins();
    this.#owner.count(1);
    return {
      onOpen: (local, remote) => {
        if (!isCurrent()) return;
        wasOpen = true;
        this.local = local;
        this.remote = remote;
        this.#owner.opened();
      },
      onData: (chunk) => {
        if (isCurrent()) this.#owner.read(chunk, isCurrent);
      },
      onDrain: () => {
        if (isCurrent()) this.#owner.drained();
      },
      onClose: (reason) => {
        this.#owner.count(-1);
        if (!isCurrent()) return;
        this.#handle = undefined;
        this.#owner.closed(reason, wasOpen);
      },
    };
  }
}
