import { encodeShutdownCommunication, type Notification } from '@bgp/wire';
import type { CeaseReason, DownCause, FsmAction, FsmConfig, FsmState, FsmTimer, Session, Transition } from './types.ts';

/** Seconds. RFC 4271 §8.2.2 suggests "a large value" of 4 minutes before the OPEN exchange has settled the Hold Time. */
export const LARGE_HOLD_TIME = 240;
/** Seconds; what the growing idle hold time stops at. */
export const MAX_IDLE_HOLD_TIME = 300;
/** After this many KEEPALIVEs a session counts as stable, and its earlier failures are forgiven. */
export const STABLE_KEEPALIVES = 3;

const NO_DATA = new Uint8Array(0);
/** RFC 4271 §4.5. */
export const HOLD_TIMER_EXPIRED: Notification = notification(4, 0);
/** RFC 4271 §4.5: the error without a subcode. */
export const FSM_ERROR: Notification = notification(5, 0);
/** RFC 6608 §3. */
export const UNEXPECTED_IN_OPEN_SENT: Notification = notification(5, 1);
export const UNEXPECTED_IN_OPEN_CONFIRM: Notification = notification(5, 2);
export const UNEXPECTED_IN_ESTABLISHED: Notification = notification(5, 3);
const CEASE = 6;
/** RFC 8538 §6. */
const HARD_RESET = 9;
/** RFC 4486 §4. */
const ADMINISTRATIVE_SHUTDOWN = 2;
export const CONNECTION_COLLISION: Notification = notification(CEASE, 7);
/** RFC 4271 §6.2: what Event 24 stands for. */
export const UNSUPPORTED_VERSION: Notification = notification(2, 1);

export function notification(code: number, subcode: number, data: Uint8Array = NO_DATA): Notification {
  return { type: 'NOTIFICATION', code, subcode, data };
}

/** RFC 4486 §4 for the subcode; RFC 9003 §2 for the text, which only subcodes 2 and 4 carry. */
export function cease(reason: CeaseReason = { subcode: ADMINISTRATIVE_SHUTDOWN }): Notification {
  const carriesText = reason.text !== undefined && (reason.subcode === 2 || reason.subcode === 4);
  const data = carriesText ? encodeShutdownCommunication(reason.text) : NO_DATA;
  // RFC 8538 §3.1: code and subcode of the reason, then its data.
  if (reason.hardReset === true) return notification(CEASE, HARD_RESET, Uint8Array.of(CEASE, reason.subcode, ...data));
  return notification(CEASE, reason.subcode, data);
}

/** Seconds to wait in Idle after the nth failure in a row (n from 1). RFC 4271 §8.1.1: DampPeerOscillations. */
export function idleHoldTime(config: FsmConfig, failures: number): number {
  if (!config.dampPeerOscillations) return config.connectRetryTime;
  return Math.min(MAX_IDLE_HOLD_TIME, config.connectRetryTime * 2 ** (failures - 1));
}

/** Collects the actions of one step; the session that it started from stays as it was. */
export class Step {
  readonly #actions: FsmAction[] = [];
  readonly #timers: Set<FsmTimer>;
  #session: Session;

  constructor(session: Session) {
    this.#session = session;
    this.#timers = new Set(session.timers);
  }

  set(change: Partial<Omit<Session, 'timers'>>): this {
    this.#session = { ...this.#session, ...change };
    return this;
  }

  act(action: FsmAction): this {
    this.#actions.push(action);
    return this;
  }

  start(timer: FsmTimer, seconds: number, jitter = false): this {
    this.#timers.add(timer);
    return this.act({ type: 'start-timer', timer, seconds, jitter });
  }

  stop(timer: FsmTimer): this {
    return this.#timers.delete(timer) ? this.act({ type: 'stop-timer', timer }) : this;
  }

  stopAll(): this {
    if (this.#timers.size === 0) return this;
    this.#timers.clear();
    return this.act({ type: 'stop-all-timers' });
  }

  /** RFC 4271 §10: ConnectRetryTimer carries jitter, so that many peers do not dial in step. */
  startConnectRetry(): this {
    return this.start('connect-retry', this.#session.config.connectRetryTime, true);
  }

  end(state: FsmState = this.#session.state): Transition {
    return { session: { ...this.#session, state, timers: this.#timers }, actions: this.#actions };
  }

  /**
   * Gives up the connection and everything that was learned over it, and goes to Idle. RFC 4271 §8.2.2 then leaves it to an
   * automatic start when to try again; ours comes from the IdleHoldTimer and never at once, so that a peer that refuses
   * every OPEN is not dialed in a hot loop.
   */
  fail(sent: Notification | undefined, cause: DownCause): Transition {
    this.set({ connectRetryCounter: this.#session.connectRetryCounter + 1 });
    return this.failUncounted(sent, cause);
  }

  /** `fail` where RFC 4271 leaves the ConnectRetryCounter alone. The idle hold time grows all the same. */
  failUncounted(sent: Notification | undefined, cause: DownCause): Transition {
    const failures = this.#session.failures + 1;
    this.#release(sent, cause).set({ failures });
    return this.start('idle-hold', idleHoldTime(this.#session.config, failures)).end('Idle');
  }

  /** Like `fail`, but stays in Idle until somebody starts the session. */
  halt(sent: Notification | undefined, cause: DownCause): Transition {
    return this.#release(sent, cause).set({ failures: 0, connectRetryCounter: 0, stopped: true }).end('Idle');
  }

  /**
   * This connection lost a collision; the peer's other connection goes on, so nothing is counted or restarted. The Cease goes out
   * only after our OPEN: RFC 4271 §8.2.2 sends none for Event 23 in Connect and Active.
   */
  yieldToOther(openSent: boolean): Transition {
    const cause: DownCause = { type: 'collision', notification: CONNECTION_COLLISION };
    return this.#release(openSent ? CONNECTION_COLLISION : undefined, cause).end('Idle');
  }

  #release(sent: Notification | undefined, cause: DownCause): this {
    const wasEstablished = this.#session.state === 'Established';
    if (sent !== undefined) this.act({ type: 'send', message: sent });
    this.stopAll().act({ type: 'drop-tcp' });
    if (wasEstablished) this.act({ type: 'session-down', cause });
    const { remoteOpen: _remoteOpen, negotiated: _negotiated, ...rest } = this.#session;
    this.#session = { ...rest, stability: 0 };
    return this;
  }
}

export function unchanged(session: Session): Transition {
  return { session, actions: [] };
}

/** Event 24 from OpenSent on, and in Connect and Active while the DelayOpenTimer runs: RFC 4271 §8.2.2 does not count it. */
export function refusedVersion(session: Session): Transition {
  return new Step(session).failUncounted(undefined, {
    type: 'notification-received',
    notification: UNSUPPORTED_VERSION,
  });
}

/** Event 25. RFC 4271 §6.4: a NOTIFICATION is never answered with another. */
export function notified(session: Session, received: Notification): Transition {
  return new Step(session).fail(undefined, { type: 'notification-received', notification: received });
}

/** A NOTIFICATION of ours ends the connection. */
export function failWith(session: Session, sent: Notification): Transition {
  return new Step(session).fail(sent, { type: 'notification-sent', notification: sent });
}
