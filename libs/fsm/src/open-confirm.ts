import {
  cease,
  FSM_ERROR,
  failWith,
  HOLD_TIMER_EXPIRED,
  notified,
  refusedVersion,
  Step,
  UNEXPECTED_IN_OPEN_CONFIRM,
  unchanged,
} from './transition.ts';
import type { FsmEvent, Negotiated, Session, Transition } from './types.ts';

/** OpenConfirm, RFC 4271 §8.2.2: both OPENs are accepted, the peer's KEEPALIVE is awaited. */
export function stepOpenConfirm(session: Session, event: FsmEvent): Transition {
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

    case 'KeepaliveTimerExpires': // Event 11
      return new Step(session)
        .act({ type: 'send', message: { type: 'KEEPALIVE' } })
        .start('keepalive', negotiatedOf(session).keepaliveTime, true)
        .end();

    case 'TcpConnectionFails': // Event 18
      return new Step(session).fail(undefined, { type: 'tcp-failed' });

    case 'KeepAliveMsg': {
      // Event 26
      const negotiated = negotiatedOf(session);
      // Without KEEPALIVEs nothing can show stability later, so it counts at once.
      const step = new Step(session).set({ stability: 0, ...(negotiated.holdTime === 0 ? { failures: 0 } : {}) });
      if (negotiated.holdTime > 0) step.start('hold', negotiated.holdTime);
      return step.act({ type: 'session-up', negotiated }).end('Established');
    }

    case 'BgpHeaderErr': // Event 21
    case 'BgpOpenMsgErr': // Event 22
      return failWith(session, event.notification);

    case 'OpenCollisionDump': // Event 23
      return new Step(session).yieldToOther(true);

    case 'NotifMsgVerErr': // Event 24
      return refusedVersion(session);
    case 'NotifMsg': // Event 25
      return notified(session, event.notification);

    case 'BgpOpen': // Event 19 on the same connection; collisions are told by OpenCollisionDump
    case 'UpdateMsg': // Event 27
    case 'UpdateMsgErr': // Event 28
    case 'RouteRefreshMsg':
      return failWith(session, UNEXPECTED_IN_OPEN_CONFIRM); // RFC 6608 §4

    case 'ConnectRetryTimerExpires': // Events 9, 12, 13
    case 'DelayOpenTimerExpires':
    case 'IdleHoldTimerExpires':
      return failWith(session, FSM_ERROR);
  }
}

/** OpenConfirm and Established are entered only with a settled session (`receiveOpen`). */
export function negotiatedOf(session: Session): Negotiated {
  if (session.negotiated === undefined) throw new Error(`invariant: ${session.state} without a settled OPEN exchange`);
  return session.negotiated;
}
