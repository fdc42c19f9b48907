import { connect, type Socket } from 'node:net';
import {
  type CodecContext,
  encodeMessage,
  IPV4_UNICAST,
  Ipv4NlriCursor,
  MESSAGE_TYPE,
  MessageFramer,
  messageType,
  UpdateView,
} from '@bgp/wire';
import { addressOf, type SessionPlan } from './plan.ts';
import { PrefixTally } from './prefix-tally.ts';

const CONTEXT: CodecContext = {
  fourOctetAs: true,
  maxMessageOctets: 4096,
  addPath: new Map(),
  extendedNextHop: new Set(),
  peerKind: 'external',
};
const DEFAULT_HOLD_SECONDS = 180;

/** One BGP session reduced to what a load needs: no state machine, octets prepared, arrivals counted. */
export class LoadSession {
  readonly plan: SessionPlan;
  readonly established: Promise<void>;
  withdrawn = 0;
  /** Of `performance.now()`; 0: none yet. */
  lastUpdateAtMs = 0;
  onUpdate: ((view: UpdateView) => void) | undefined;
  onArrival: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #framer = new MessageFramer();
  readonly #view = new UpdateView();
  readonly #cursor = new Ipv4NlriCursor();
  readonly #tally: PrefixTally | undefined;
  #announcements = 0;
  #keepalives: NodeJS.Timeout | undefined;
  #lastHeardMs = performance.now();
  #longestSilenceMs = 0;

  constructor(plan: SessionPlan, port: number, onFailure: (reason: string) => void) {
    this.plan = plan;
    this.#tally = plan.distinct ? new PrefixTally(plan.expect) : undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.established = promise;
    const localAddress = addressOf(plan.number);
    this.#socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
    this.#socket.on('connect', () => this.#sendOpen(localAddress));
    this.#socket.on('data', (chunk) => this.#receive(chunk, resolve, onFailure));
    this.#socket.on('error', (error) => onFailure(`${localAddress}: ${error.message}`));
    this.#socket.on('close', () => onFailure(`${localAddress}: the daemon closed the connection`));
  }

  get #holdSeconds(): number {
    return this.plan.holdSeconds ?? DEFAULT_HOLD_SECONDS;
  }

  get announcements(): number {
    return this.#announcements;
  }

  /** Between two messages of the daemon, or since the last one. */
  get longestSilenceMs(): number {
    return Math.max(this.#longestSilenceMs, performance.now() - this.#lastHeardMs);
  }

  get arrived(): number {
    return this.#tally?.size ?? this.#announcements;
  }

  send(octets: Uint8Array): void {
    this.#socket.write(octets);
  }

  stop(): void {
    clearInterval(this.#keepalives);
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #sendOpen(bgpIdentifier: string): void {
    const { asn } = this.plan;
    const open = encodeMessage(
      {
        type: 'OPEN',
        version: 4,
        myAs: asn > 0xffff ? 23_456 : asn, // RFC 6793 §4.2.2: AS_TRANS
        holdTime: this.#holdSeconds,
        bgpIdentifier,
        capabilities: [
          { type: 'multiprotocol', family: IPV4_UNICAST },
          { type: 'four-octet-as', as: asn },
        ],
      },
      CONTEXT,
    );
    if (!open.ok) throw new Error(`OPEN does not encode: ${open.error.code}`);
    this.send(open.value);
  }

  #sendKeepalive(): void {
    const keepalive = encodeMessage({ type: 'KEEPALIVE' }, CONTEXT);
    if (!keepalive.ok) throw new Error(`KEEPALIVE does not encode: ${keepalive.error.code}`);
    this.send(keepalive.value);
  }

  #receive(chunk: Uint8Array, established: () => void, onFailure: (reason: string) => void): void {
    const nowMs = performance.now();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, nowMs - this.#lastHeardMs);
    this.#lastHeardMs = nowMs;
    this.#framer.push(chunk);
    for (;;) {
      const frame = this.#framer.next();
      if (!frame.ok) {
        onFailure(`${addressOf(this.plan.number)}: ${frame.error.code}`);
        return;
      }
      if (frame.value === undefined) break;
      const type = messageType(frame.value);
      if (type === MESSAGE_TYPE.UPDATE) this.#count(frame.value);
      else if (type === MESSAGE_TYPE.OPEN) this.#sendKeepalive();
      else if (type === MESSAGE_TYPE.KEEPALIVE) {
        established();
        this.#keepalives ??= setInterval(() => this.#sendKeepalive(), (this.#holdSeconds * 1000) / 3);
      } else if (type === MESSAGE_TYPE.NOTIFICATION) {
        onFailure(`${addressOf(this.plan.number)}: NOTIFICATION ${frame.value[19]}/${frame.value[20]}`);
      }
    }
    this.onArrival?.();
  }

  #count(frame: Uint8Array): void {
    const view = this.#view;
    if (!view.parse(frame, CONTEXT)) throw new Error('the daemon sent an UPDATE that does not parse');
    const cursor = this.#cursor;
    cursor.reset(frame, view.nlriStart, view.nlriEnd, false);
    while (cursor.next()) {
      this.#announcements++;
      this.#tally?.add(cursor.address, cursor.length);
    }
    this.lastUpdateAtMs = performance.now();
    cursor.reset(frame, view.withdrawnStart, view.withdrawnEnd, false);
    while (cursor.next()) this.withdrawn++;
    this.onUpdate?.(view);
  }
}
