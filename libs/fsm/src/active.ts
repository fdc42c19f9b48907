import { stepConnecting } from './connecting.ts';
import { connectionReady, sendOpen } from './open-exchange.ts';
import { cease, Step, unchanged } from './transition.ts';
import type { FsmEvent, Session, Transition } from './types.ts';

/** Active, RFC 4271 §8.2.2: listens for the peer, and dials again when the ConnectRetryTimer says so. */
export function stepActive(session: Session, event: FsmEvent): Transition {
  switch (event.type) {
    case 'ManualStart': // Events 1, 3–5: already started
    case 'AutomaticStart':
    case 'ManualStartWithPassive':
    case 'AutomaticStartWithPassive':
    case 'TcpConnectionValid': // Event 14: the connection is not ready yet
      return unchanged(session);

    case 'ConnectRetryTimerExpires': // Event 9
      return new Step(session).startConnectRetry().act({ type: 'connect-tcp' }).end('Connect');

    case 'DelayOpenTimerExpires': // Event 12
      return sendOpen(session);

    case 'TcpCrAcked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return connectionReady(session);

    case 'TcpConnectionFails': // Event 18: only a connection that waits for the DelayOpenTimer can fail here
      return new Step(session).fail(undefined, { type: 'tcp-failed' });

    case 'ManualStop': {
      // Event 2: a connection that waits for the DelayOpenTimer may be told why
      const tells = session.timers.has('delay-open') && session.config.sendNotificationWithoutOpen;
      if (!tells) return new Step(session).halt(undefined, { type: 'stopped' });
      const sent = cease(event.cease);
      return new Step(session).halt(sent, { type: 'stopped', notification: sent });
    }

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
