import { negotiatedOf } from './open-confirm.ts';
import {
  cease,
  FSM_ERROR,
  failWith,
  HOLD_TIMER_EXPIRED,
  notified,
  STABLE_KEEPALIVES,
  Step,
  UNEXPECTED_IN_ESTABLISHED,
  UNSUPPORTED_VERSION,
  unchanged,
} from './transition.ts';
import type { FsmEvent, Session, Transition } from './types.ts';

/** Established, RFC 4271 §8.2.2: routes flow. */
export function stepEstablished(session: Session, event: FsmEvent): Transition {
  switch (event.type) {
    case 'ManualStart': // Events 1, 3–5
    case 'AutomaticStart':
    case 'ManualStartWithPassive':
    case 'AutomaticStartWithPassive':
    case 'TcpConnectionValid': // Events 14, 16, 17: a second connection is a session of its own
    case 'TcpCrAcked':
    case 'TcpConnectionConfirmed':
      return unchanged(session);

    case 'ManualStop': {
      // Event 2
      if (event.silent === true) return new Step(session).halt(undefined, { type: 'stopped' });
      const sent = cease(event.cease);
      return new Step(session).halt(sent, { type: 'stopped', notification: sent });
    }
    case 'AutomaticStop': // Event 8
      return failWith(session, cease(event.cease));

    case 'HoldTimerExpires': // Event 10
      return new Step(session).fail(HOLD_TIMER_EXPIRED, {
        type: 'hold-timer-expired',
        notification: HOLD_TIMER_EXPIRED,
      });

    case 'KeepaliveTimerExpires': // Event 11
      return new Step(session)
        .act({ type: 'send', message: { type: 'KEEPALIVE' } })
        .start('keepalive', negotiatedOf(session).keepaliveTime, true)
        .end();

    case 'TcpConnectionFails': // Event 18
      return new Step(session).fail(undefined, { type: 'tcp-failed' });

    case 'KeepAliveMsg': {
      // Event 26
      const stability = Math.min(STABLE_KEEPALIVES, session.stability + 1);
      const step = new Step(session).set({ stability, ...(stability === STABLE_KEEPALIVES ? { failures: 0 } : {}) });
      return restartHold(session, step);
    }
    case 'UpdateMsg': // Event 27
    case 'RouteRefreshMsg':
      return restartHold(session, new Step(session));

    case 'UpdateMsgErr': // Event 28
    case 'BgpHeaderErr': // Event 21; RFC 4271 lists it and Event 22 under "any other event", yet §6.1 names the NOTIFICATION
    case 'BgpOpenMsgErr': // Event 22
      return failWith(session, event.notification);

    case 'OpenCollisionDump': // Event 23
      return new Step(session).yieldToOther(true);

    case 'NotifMsgVerErr': // Event 24: counted here, with Event 25 (RFC 4271 §8.2.2)
      return notified(session, UNSUPPORTED_VERSION);
    case 'NotifMsg': // Event 25
      return notified(session, event.notification);

    case 'BgpOpen': // Event 19 on the same connection
      return failWith(session, UNEXPECTED_IN_ESTABLISHED); // RFC 6608 §4

    case 'ConnectRetryTimerExpires': // Events 9, 12, 13
    case 'DelayOpenTimerExpires':
    case 'IdleHoldTimerExpires':
      return failWith(session, FSM_ERROR);
  }
}

function restartHold(session: Session, step: Step): Transition {
  const { holdTime } = negotiatedOf(session);
  return (holdTime > 0 ? step.start('hold', holdTime) : step).end();
}
