import { connect, type Socket } from 'node:net';
import {
  AS_TRANS,
  decodeMessage,
  encodeKeepalive,
  encodeMessage,
  type Family,
  formatNotification,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type Message,
  MessageFramer,
  type Open,
} from '@bgp/wire';

const CONNECT_MS = 30_000;
/** RFC 4271 §8: the large value of the hold timer before the session is up. */
const OPEN_HOLD_MS = 240_000;

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly asn: number;
  /** Undefined: the local address, which then must be an IPv4 one. */
  readonly routerId: string | undefined;
  /** Seconds. */
  readonly holdTime: number;
}

/** What the OPEN messages came to. */
export interface Peering {
  readonly localAddress: string;
  readonly remoteAs: number;
  readonly fourOctetAs: boolean;
  readonly families: ReadonlySet<Family>;
}

/** The session did not come up, or ended; the message is for a person. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/**
 * One BGP session that only speaks (RFC 4271): what the neighbor announces is read and dropped. It keeps the session up in the background
 * until `close`.
 */
export class ReplaySession {
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #framer = new MessageFramer();
  readonly #up = Promise.withResolvers<Peering>();
  readonly #ended = Promise.withResolvers<never>();
  #open: Open | undefined;
  #isUp = false;
  #failure: SessionEnded | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #keepaliveTimer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    for (const promise of [this.#up.promise, this.#ended.promise]) promise.catch(() => undefined); // whoever waits hears
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(`The connection failed: ${error.message}.`));
    socket.on('close', () => this.#fail('The neighbor closed the connection.'));
  }

  /** Connects and sends OPEN. Throws `SessionEnded`. */
  static async begin(options: SessionOptions): Promise<ReplaySession> {
    const { host, port, localAddress } = options;
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.setNoDelay(true);
    await new Promise<void>((done, refuse) => {
      const no = (why: string) => refuse(new SessionEnded(`${host} port ${port} cannot be reached: ${why}.`));
      const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS);
      socket.once('connect', () => {
        clearTimeout(timer);
        done();
      });
      socket.once('error', (error) => {
        clearTimeout(timer);
        no(error.message);
      });
    });
    const session = new ReplaySession(socket, options);
    session.#begin();
    return session;
  }

  /** Resolves when both have agreed; throws `SessionEnded`. */
  established(): Promise<Peering> {
    return this.#up.promise;
  }

  /** Never resolves; throws `SessionEnded` when the session ends by itself. */
  ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** Resolves when there is room for more; throws `SessionEnded`. */
  async send(octets: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#socket.write(octets)) return;
    const drained = new Promise<void>((done) => this.#socket.once('drain', done));
    await Promise.race([drained, this.#ended.promise]);
  }

  /** Cease/2 (RFC 4486), then the connection. */
  async close(): Promise<void> {
    this.#stopTimers();
    this.#failure ??= new SessionEnded('The session was closed.');
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    if (this.#socket.destroyed) return;
    this.#socket.once('close', resolve);
    this.#send({ type: 'NOTIFICATION', code: 6, subcode: 2, data: new Uint8Array(0) });
    this.#socket.end();
    // Who does not close its side is left.
    const timer = setTimeout(() => this.#socket.destroy(), 2_000);
    await closed;
    clearTimeout(timer);
  }

  #begin(): void {
    const { asn, holdTime, routerId } = this.#options;
    const bgpIdentifier = routerId ?? this.#localAddress;
    this.#send({
      type: 'OPEN',
      version: 4,
      myAs: asn > 0xffff ? AS_TRANS : asn,
      holdTime,
      bgpIdentifier,
      capabilities: [
        { type: 'multiprotocol', family: IPV4_UNICAST },
        { type: 'multiprotocol', family: IPV6_UNICAST },
        { type: 'four-octet-as', as: asn },
      ],
    });
    this.#restartHold(OPEN_HOLD_MS);
  }

  get #localAddress(): string {
    return (this.#socket.localAddress ?? '').replace(/^::ffff:/, '');
  }

  #receive(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    while (this.#failure === undefined) {
      const frame = this.#framer.next();
      if (!frame.ok) return this.#reject(1, 2, `The neighbor sent something that is not BGP (${frame.error.code}).`);
      if (frame.value === undefined) return;
      // What is in an UPDATE is not asked for: only that it came.
      if (frame.value[18] === 2) {
        if (!this.#isUp) return this.#reject(5, 0, 'The neighbor sent an UPDATE before the session was up.');
        this.#restartHold();
        continue;
      }
      const message = decodeMessage(frame.value, INITIAL_CONTEXT);
      if (!message.ok)
        return this.#reject(1, 0, `The neighbor sent a message that cannot be read (${message.error.code}).`);
      this.#handle(message.value);
    }
  }

  #handle(message: Message): void {
    switch (message.type) {
      case 'OPEN':
        return this.#handleOpen(message);
      case 'KEEPALIVE':
        if (this.#open === undefined) return this.#reject(5, 0, 'The neighbor sent a KEEPALIVE before its OPEN.');
        this.#restartHold();
        if (this.#isUp) return;
        this.#isUp = true;
        return this.#up.resolve(this.#peering(this.#open));
      case 'NOTIFICATION':
        return this.#fail(`The neighbor ended the session: ${formatNotification(message)}.`);
      case 'ROUTE-REFRESH':
      case 'UPDATE':
        return this.#restartHold(); // a refresh was not offered, and would change nothing for others
    }
  }

  #handleOpen(open: Open): void {
    if (this.#open !== undefined) return this.#reject(5, 0, 'The neighbor sent a second OPEN.');
    if (open.version !== 4) return this.#reject(2, 1, `The neighbor speaks BGP version ${open.version}.`);
    if (open.holdTime === 1 || open.holdTime === 2)
      return this.#reject(2, 6, `A hold time of ${open.holdTime} s is not allowed.`);
    this.#open = open;
    this.#socket.write(encodeKeepalive());
    this.#restartHold();
    const seconds = this.#holdSeconds;
    // RFC 4271 §4.4: a third of the hold time; none when it is zero.
    if (seconds > 0) {
      this.#keepaliveTimer = setInterval(() => this.#socket.write(encodeKeepalive()), (seconds * 1000) / 3);
    }
  }

  get #holdSeconds(): number {
    return Math.min(this.#options.holdTime, this.#open?.holdTime ?? this.#options.holdTime);
  }

  #peering({ myAs, capabilities }: Open): Peering {
    let remoteAs = myAs;
    let fourOctetAs = false;
    const families = new Set<Family>();
    for (const capability of capabilities) {
      if (capability.type === 'multiprotocol') families.add(capability.family);
      if (capability.type !== 'four-octet-as') continue;
      remoteAs = capability.as;
      fourOctetAs = true;
    }
    // RFC 4760 §8: who announces no family takes IPv4 unicast.
    if (families.size === 0) families.add(IPV4_UNICAST);
    return { localAddress: this.#localAddress, remoteAs, fourOctetAs, families };
  }

  #restartHold(ms = this.#holdSeconds * 1000): void {
    clearTimeout(this.#holdTimer);
    if (ms === 0) return;
    this.#holdTimer = setTimeout(() => this.#reject(4, 0, 'The neighbor has been silent for the hold time.'), ms);
  }

  #reject(code: number, subcode: number, sentence: string): void {
    this.#send({ type: 'NOTIFICATION', code, subcode, data: new Uint8Array(0) });
    this.#socket.end();
    this.#fail(sentence);
  }

  #fail(sentence: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new SessionEnded(sentence);
    this.#stopTimers();
    this.#up.reject(this.#failure);
    this.#ended.reject(this.#failure);
    this.#socket.destroySoon();
  }

  #stopTimers(): void {
    clearTimeout(this.#holdTimer);
    clearInterval(this.#keepaliveTimer);
  }

  #send(message: Message): void {
    const encoded = encodeMessage(message, INITIAL_CONTEXT);
    if (!encoded.ok) this.#fail(`A ${message.type} cannot be written: ${encoded.error.code}.`);
    else if (!this.#socket.destroyed) this.#socket.write(encoded.value);
  }
}
