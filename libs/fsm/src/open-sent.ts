import { receiveOpen } from './open-exchange.ts';
import {
  cease,
  FSM_ERROR,
  failWith,
  HOLD_TIMER_EXPIRED,
  notified,
  refusedVersion,
  Step,
  UNEXPECTED_IN_OPEN_SENT,
  unchanged,
} from './transition.ts';
import type { FsmEvent, Session, Transition } from './types.ts';

/** OpenSent, RFC 4271 §8.2.2: our OPEN has left, the peer's is awaited. */
export function stepOpenSent(session: Session, event: FsmEvent): Transition {
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

    case 'TcpConnectionFails': {
      // Event 18
      // The RFC does not stop the HoldTimer here. Left running it would fire in Active, where Event 10 counts as
      // unexpected and throws the session back to Idle; stop it with the connection it guards.
      const step = new Step(session).act({ type: 'drop-tcp' }).stop('hold');
      return (session.passiveStart || session.config.passive ? step : step.startConnectRetry()).end('Active');
    }

    case 'BgpOpen': // Event 19
      return receiveOpen(session, event.open, true);

    case 'BgpHeaderErr': // Event 21
    case 'BgpOpenMsgErr': // Event 22
      return failWith(session, event.notification);

    case 'OpenCollisionDump': // Event 23
      return new Step(session).yieldToOther(true);

    case 'NotifMsgVerErr': // Event 24
      return refusedVersion(session);
    case 'NotifMsg': // Event 25. RFC 4271 lists it under "any other event", but §6.4 forbids to answer a NOTIFICATION with one.
      return notified(session, event.notification);

    case 'KeepAliveMsg': // Event 26
    case 'UpdateMsg': // Event 27
    case 'UpdateMsgErr': // Event 28
    case 'RouteRefreshMsg':
      return failWith(session, UNEXPECTED_IN_OPEN_SENT); // RFC 6608 §4

    case 'ConnectRetryTimerExpires': // Events 9, 11–13
    case 'KeepaliveTimerExpires':
    case 'DelayOpenTimerExpires':
    case 'IdleHoldTimerExpires':
      return failWith(session, FSM_ERROR);
  }
}
