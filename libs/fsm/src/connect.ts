import { stepConnecting } from './connecting.ts';
import { connectionReady, sendOpen } from './open-exchange.ts';
import { Step, unchanged } from './transition.ts';
import type { FsmEvent, Session, Transition } from './types.ts';

/** Connect, RFC 4271 §8.2.2: our dial is under way, or its connection waits for the DelayOpenTimer. */
export function stepConnect(session: Session, event: FsmEvent): Transition {
  switch (event.type) {
    case 'ManualStart': // Events 1, 3–5: already started
    case 'AutomaticStart':
    case 'ManualStartWithPassive':
    case 'AutomaticStartWithPassive':
    case 'TcpConnectionValid': // Event 14: the connection is not ready yet
      return unchanged(session);

    case 'ConnectRetryTimerExpires': // Event 9
      return new Step(session)
        .act({ type: 'drop-tcp' })
        .stop('delay-open')
        .startConnectRetry()
        .act({ type: 'connect-tcp' })
        .end();

    case 'DelayOpenTimerExpires': // Event 12
      return sendOpen(session);

    case 'TcpCrAcked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return connectionReady(session);

    case 'TcpConnectionFails': // Event 18
      // RFC 4271 goes to Active only with a running DelayOpenTimer and to Idle otherwise, where connections are refused. A
      // neighbor that cannot be dialed but dials us would then never get in, so we listen in Active in both cases
      // (docs/adr/0010).
      return new Step(session).stop('delay-open').startConnectRetry().end('Active');

    case 'ManualStop': // Event 2: no OPEN has left, and RFC 4271 §8.2.2 sends nothing
      return new Step(session).halt(undefined, { type: 'stopped' });

    case 'AutomaticStop':
    case 'HoldTimerExpires':
    case 'KeepaliveTimerExpires':
    case 'IdleHoldTimerExpires':
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
      return stepConnecting(session, event);
  }
}
