import { type FsmAction, type FsmEvent, type Session, step } from '@bgp/fsm';
import {
  type CodecContext,
  decodeMessage,
  encodeMessage,
  type Family,
  INITIAL_CONTEXT,
  MESSAGE_TYPE,
  type Message,
  MessageFramer,
  messageType,
  type Notification,
  notificationFor,
  UpdateView,
  type WireError,
} from '@bgp/wire';
import type { AcceptedConnection, ClockPort, SocketAddress, TcpCloseReason, TcpHandle, TcpHandlers } from './ports.ts';
import { type Connection, SessionConnection } from './session-connection.ts';
import { SessionTimers } from './session-timers.ts';

/** What a driver asks and tells about its session. */
export interface SessionOwner {
  readonly clock: ClockPort;
  readonly random: () => number;
  dial(handlers: TcpHandlers): TcpHandle;
  stateChanged(driver: SessionDriver, from: Session['state'], to: Session['state']): void;
  acted(driver: SessionDriver, action: Extract<FsmAction, { type: 'session-up' | 'session-down' }>): void;
  openReceived(driver: SessionDriver): void;
  connectionLost(driver: SessionDriver, reason: TcpCloseReason, wasOpen: boolean): void;
  /** Every connection once when it is made and once when it is gone, whoever ended it. */
  connectionCount(change: 1 | -1): void;
  drained(driver: SessionDriver): void;
  /** Our own work is so far behind that this peer's silence proves nothing. */
  isBehind(): boolean;
}

/** Whom a driver shows its messages. */
export interface SessionMessages {
  /** Any message that could be cut out of the stream: `octets`' `[start, end)`. */
  received(type: number, octets: Uint8Array, start: number, end: number): void;
  sent(message: Message, octets: number): void;
  notified(notification: Notification): void;
  /** An UPDATE that could be read; the answer is a NOTIFICATION that ends the session, if any. */
  update(driver: SessionDriver, view: UpdateView, ctx: CodecContext): Notification | undefined;
  routeRefresh(driver: SessionDriver, family: Family, subtype: number): void;
  /** `update`: stands on an UPDATE that nothing can be read of. */
  malformed(error: WireError, update?: UpdateView): void;
}

/**
 * The state machine of one TCP connection: octets become events, actions become octets and timers. It knows no routes.
 */
export class SessionDriver {
  readonly #owner: SessionOwner;
  readonly #messages: SessionMessages;
  #session: Session;
  /** Of this connection, as they were on the wire. */
  sentOpen: Uint8Array = new Uint8Array(0);
  receivedOpen: Uint8Array = new Uint8Array(0);
  #ctx: CodecContext = INITIAL_CONTEXT;
  #framer = new MessageFramer();
  readonly #view = new UpdateView();
  readonly #connection: SessionConnection;
  readonly #timers: SessionTimers;
  #establishedAtMs = 0;

  constructor(owner: SessionOwner, messages: SessionMessages, session: Session) {
    this.#owner = owner;
    this.#messages = messages;
    this.#session = session;
    this.#connection = new SessionConnection({
      dial: (handlers) => owner.dial(handlers),
      begins: () => {
        this.#framer = new MessageFramer();
        this.#ctx = INITIAL_CONTEXT;
      },
      opened: () => this.dispatch({ type: 'TcpCrAcked' }),
      adopted: () => this.dispatch({ type: 'TcpConnectionConfirmed' }),
      read: (chunk, isCurrent) => this.#read(chunk, isCurrent),
      drained: () => owner.drained(this),
      closed: (reason, wasOpen) => {
        owner.connectionLost(this, reason, wasOpen);
        this.dispatch({ type: 'TcpConnectionFails' });
      },
      count: (change) => owner.connectionCount(change),
    });
    this.#timers = new SessionTimers(
      owner.clock,
      owner.random,
      (event) => this.dispatch(event),
      () => this.#holdExpired(),
    );
  }

  get session(): Session {
    return this.#session;
  }

  get state(): Session['state'] {
    return this.#session.state;
  }

  get context(): CodecContext {
    return this.#ctx;
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** Another configuration from the next start on (the session becomes the peer's main one). */
  setConfig(config: Session['config']): void {
    this.#session = { ...this.#session, config };
  }

  dispatch(event: FsmEvent): void {
    const before = this.#session.state;
    const { session, actions } = step(this.#session, event);
    this.#session = session;
    for (const action of actions) this.#perform(action);
    if (session.state !== before) this.#owner.stateChanged(this, before, session.state);
  }

  /** How long the session has been up; 0 while it is not. */
  get establishedForMs(): number {
    return this.#session.state === 'Established' ? this.#owner.clock.nowMs() - this.#establishedAtMs : 0;
  }

  /** The connection is worth nothing any more, though it is still open. */
  lose(detail: string): void {
    this.#unusable(detail);
    this.dispatch({ type: 'TcpConnectionFails' });
  }

  /** Takes over an inbound connection; a dial under way is given up. */
  adopt(local: SocketAddress, remote: SocketAddress): AcceptedConnection {
    return this.#connection.adopt(local, remote);
  }

  send(message: Message): void {
    const encoded = encodeMessage(message, this.#ctx);
    // Our own messages are made to fit; what an operator configured beyond that (a huge capability) cannot be sent.
    if (!encoded.ok) return this.#unusable(`our ${message.type} cannot be encoded: ${encoded.error.code}`);
    if (message.type === 'OPEN') this.sentOpen = encoded.value;
    this.#connection.write(encoded.value);
    this.#messages.sent(message, encoded.value.length);
  }

  #perform(action: FsmAction): void {
    switch (action.type) {
      case 'connect-tcp':
        return this.#connection.dial();
      case 'drop-tcp':
        return this.#connection.end();
      case 'start-timer':
        return this.#timers.start(action.timer, action.seconds, action.jitter);
      case 'stop-timer':
        return this.#timers.stop(action.timer);
      case 'stop-all-timers':
        return this.#timers.stopAll();
      case 'send':
        return this.send(action.message);
      case 'session-up':
        this.#establishedAtMs = this.#owner.clock.nowMs();
        this.#ctx = action.negotiated;
        this.#framer.setMaxMessageOctets(action.negotiated.maxMessageOctets);
        return this.#owner.acted(this, action);
      case 'session-down':
        return this.#owner.acted(this, action);
    }
  }

  #read(chunk: Uint8Array, isCurrent: () => boolean): void {
    const framer = this.#framer;
    framer.push(chunk);
    while (framer.advance()) {
      this.#receive(framer.octets, framer.start, framer.end);
      if (!isCurrent()) return; // the message ended the connection
    }
    const { failure } = framer;
    if (failure === undefined) return;
    this.#messages.malformed(failure);
    this.dispatch({ type: 'BgpHeaderErr', notification: notificationFor(failure) });
  }

  #receive(octets: Uint8Array, start: number, end: number): void {
    const type = messageType(octets, start);
    this.#messages.received(type, octets, start, end);
    if (type === MESSAGE_TYPE.UPDATE && this.#session.state === 'Established')
      return this.#receiveUpdate(octets, start, end);
    const frame = octets.subarray(start, end);
    const decoded = decodeMessage(frame, this.#ctx);
    if (!decoded.ok) {
      this.#messages.malformed(decoded.error);
      const notification = notificationFor(decoded.error);
      const eventType = type === MESSAGE_TYPE.OPEN ? 'BgpOpenMsgErr' : 'UpdateMsgErr';
      return this.dispatch({ type: eventType, notification });
    }
    const message = decoded.value;
    switch (message.type) {
      case 'OPEN':
        this.receivedOpen = frame.slice();
        this.dispatch({ type: 'BgpOpen', open: message });
        return this.#owner.openReceived(this);
      case 'NOTIFICATION':
        this.#messages.notified(message);
        return this.dispatch({ type: 'NotifMsg', notification: message });
      case 'KEEPALIVE':
        return this.dispatch({ type: 'KeepAliveMsg' });
      case 'ROUTE-REFRESH': {
        const wasEstablished = this.#session.state === 'Established';
        this.dispatch({ type: 'RouteRefreshMsg' });
        if (wasEstablished) this.#messages.routeRefresh(this, message.family, message.subtype);
        return;
      }
      case 'UPDATE': // outside Established
        return this.dispatch({ type: 'UpdateMsg' });
    }
  }

  #receiveUpdate(octets: Uint8Array, start: number, end: number): void {
    // What the state machine would do for Event 27, without an event object per message.
    const { negotiated } = this.#session;
    if (negotiated !== undefined && negotiated.holdTime > 0) this.#timers.hold.start(negotiated.holdTime * 1000);
    if (!this.#view.parse(octets, this.#ctx, start, end)) {
      const error = this.#view.errors[0] ?? { code: 'attribute-error-without-nlri' };
      this.#messages.malformed(error, this.#view);
      return this.dispatch({ type: 'UpdateMsgErr', notification: notificationFor(error) });
    }
    const refusal = this.#messages.update(this, this.#view, this.#ctx);
    if (refusal !== undefined) this.dispatch({ type: 'UpdateMsgErr', notification: refusal });
  }

  #holdExpired(): void {
    // Its KEEPALIVEs may be waiting unread behind our own work: then it is we who are late.
    const seconds = this.#session.negotiated?.holdTime ?? 0;
    if (seconds > 0 && this.#session.state === 'Established' && (this.#connection.isPaused || this.#owner.isBehind())) {
      return this.#timers.hold.start(seconds * 1000);
    }
    this.dispatch({ type: 'HoldTimerExpires' });
  }

  #unusable(detail: string): void {
    this.#owner.connectionLost(this, { code: 'other', detail }, true);
    this.#connection.abandon();
  }
}
