import { stepActive } from './active.ts';
import { stepConnect } from './connect.ts';
import { stepEstablished } from './established.ts';
import { stepIdle } from './idle.ts';
import { stepOpenConfirm } from './open-confirm.ts';
import { stepOpenSent } from './open-sent.ts';
import { unchanged } from './transition.ts';
import type { FsmConfig, FsmEvent, FsmState, FsmTimer, Session, Transition } from './types.ts';

const STATES: Readonly<Record<FsmState, (session: Session, event: FsmEvent) => Transition>> = {
  Idle: stepIdle,
  Connect: stepConnect,
  Active: stepActive,
  OpenSent: stepOpenSent,
  OpenConfirm: stepOpenConfirm,
  Established: stepEstablished,
};

const TIMER_OF_EVENT: Readonly<Partial<Record<FsmEvent['type'], FsmTimer>>> = {
  ConnectRetryTimerExpires: 'connect-retry',
  HoldTimerExpires: 'hold',
  KeepaliveTimerExpires: 'keepalive',
  DelayOpenTimerExpires: 'delay-open',
  IdleHoldTimerExpires: 'idle-hold',
};

/** A session in Idle that nobody has started. */
export function createSession(config: FsmConfig): Session {
  return {
    config,
    state: 'Idle',
    connectRetryCounter: 0,
    failures: 0,
    stability: 0,
    timers: new Set(),
    stopped: false,
    passiveStart: false,
  };
}

/**
 * A session that starts in Active, for an inbound connection beside the peer's own dial; it never dials itself. When it becomes
 * the peer's only one, give it the peer's own configuration, so that it dials after a failure.
 * @source RFC 4271 §8: each connection has its own state machine until the peer is known
 */
export function createInboundSession(config: FsmConfig): Session {
  return { ...createSession({ ...config, passive: true }), state: 'Active' };
}

/**
 * One event. Total: every event in every state has an answer; never throws for events in the order that a caller can produce.
 * The input session is not changed. A timer's event that arrives after the timer was stopped (it was already on its way) is
 * ignored; taken as unexpected it would tear a healthy session down.
 * @source RFC 4271 §8.2.2
 */
export function step(session: Session, event: FsmEvent): Transition {
  const timer = TIMER_OF_EVENT[event.type];
  if (timer === undefined) return STATES[session.state](session, event);
  if (!session.timers.has(timer)) return unchanged(session);
  const timers = new Set(session.timers);
  timers.delete(timer); // it has fired
  return STATES[session.state]({ ...session, timers }, event);
}
