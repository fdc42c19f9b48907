import { Step, unchanged } from './transition.ts';
import type { FsmEvent, Session, Transition } from './types.ts';

/**
 * Idle, RFC 4271 §8.2.2: refuses connections and waits for a start. The IdleHoldTimer (Event 13) is the automatic start
 * after a failure.
 */
export function stepIdle(session: Session, event: FsmEvent): Transition {
  switch (event.type) {
    case 'ManualStart': // Event 1: the operator's start forgives earlier failures
      return begin({ ...session, stopped: false, failures: 0 }, false);
    case 'ManualStartWithPassive': // Event 4
      return begin({ ...session, stopped: false, failures: 0 }, true);
    case 'AutomaticStart': // Event 3
      return mayStartItself(session) ? begin(session, false) : unchanged(session);
    case 'AutomaticStartWithPassive': // Event 5
      return mayStartItself(session) ? begin(session, true) : unchanged(session);
    case 'IdleHoldTimerExpires': // Event 13: goes on as it was started
      return begin(session, session.passiveStart);

    case 'ManualStop': // Event 2: also ends the wait for the automatic start
      return new Step(session).stopAll().set({ stopped: true, failures: 0, connectRetryCounter: 0 }).end();

    case 'TcpConnectionValid': // Event 14
    case 'TcpCrAcked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17: "refuses all incoming BGP connections for this peer"
      return new Step(session).act({ type: 'drop-tcp' }).end();

    case 'AutomaticStop': // Event 8
    case 'ConnectRetryTimerExpires': // Events 9–12: "any other event … does not cause change in the state"
    case 'HoldTimerExpires':
    case 'KeepaliveTimerExpires':
    case 'DelayOpenTimerExpires':
    case 'TcpConnectionFails': // Events 18–28 likewise
    case 'BgpOpen':
    case 'BgpHeaderErr':
    case 'BgpOpenMsgErr':
    case 'OpenCollisionDump':
    case 'NotifMsgVerErr':
    case 'NotifMsg':
    case 'KeepAliveMsg':
    case 'UpdateMsg':
    case 'UpdateMsgErr':
    case 'RouteRefreshMsg':
      return unchanged(session);
  }
}

/**
 * Not after the operator's stop, and not before the idle hold time is over: RFC 4271 §8.1.1 calls this the point of
 * DampPeerOscillations, and a caller that answers each failure with a start would otherwise dial in a hot loop.
 */
function mayStartItself(session: Session): boolean {
  return !session.stopped && !session.timers.has('idle-hold');
}

function begin(session: Session, passiveStart: boolean): Transition {
  const step = new Step(session).stopAll().set({ connectRetryCounter: 0, passiveStart });
  // Passive: nothing dials, so nothing has to be retried; RFC 4271 would start a ConnectRetryTimer that then dials.
  if (passiveStart || session.config.passive) return step.end('Active');
  return step.startConnectRetry().act({ type: 'connect-tcp' }).end('Connect');
}
