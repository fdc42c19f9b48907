import type { Notification } from '@bgp/wire';
import { receiveOpen } from './open-exchange.ts';
import { failWith, notified, refusedVersion, Step, UNSUPPORTED_VERSION } from './transition.ts';
import type { DownCause, FsmEvent, Session, Transition } from './types.ts';

const TCP_FAILED: DownCause = { type: 'tcp-failed' };

/** Events that Connect and Active answer alike, RFC 4271 §8.2.2: there is at most a connection, and no OPEN of ours has left. */
export type CommonConnectingEvent = Extract<
  FsmEvent,
  {
    readonly type:
      | 'AutomaticStop'
      | 'BgpOpen'
      | 'BgpHeaderErr'
      | 'BgpOpenMsgErr'
      | 'NotifMsgVerErr'
      | 'NotifMsg'
      | 'OpenCollisionDump'
      | 'HoldTimerExpires'
      | 'KeepaliveTimerExpires'
      | 'IdleHoldTimerExpires'
      | 'KeepAliveMsg'
      | 'UpdateMsg'
      | 'UpdateMsgErr'
      | 'RouteRefreshMsg';
  }
>;

export function stepConnecting(session: Session, event: CommonConnectingEvent): Transition {
  switch (event.type) {
    case 'BgpOpen': // Event 20 while the DelayOpenTimer runs; otherwise an OPEN without a connection of ours
      if (session.timers.has('delay-open')) return receiveOpen(session, event.open, false);
      return new Step(session).fail(undefined, TCP_FAILED);

    case 'BgpHeaderErr': // Event 21
    case 'BgpOpenMsgErr': // Event 22: a NOTIFICATION only when the option SendNOTIFICATIONwithoutOPEN is set
      return refuse(session, event.notification);

    case 'NotifMsgVerErr': // Event 24
      return session.timers.has('delay-open') ? refusedVersion(session) : notified(session, UNSUPPORTED_VERSION);
    case 'NotifMsg': // Event 25
      return notified(session, event.notification);

    case 'OpenCollisionDump': // Event 23
      return new Step(session).yieldToOther(false);

    case 'AutomaticStop': // Event 8 and everything else: release, count, Idle
    case 'HoldTimerExpires':
    case 'KeepaliveTimerExpires':
    case 'IdleHoldTimerExpires':
    case 'KeepAliveMsg':
    case 'UpdateMsg':
    case 'UpdateMsgErr':
    case 'RouteRefreshMsg':
      return new Step(session).fail(undefined, TCP_FAILED);
  }
}

function refuse(session: Session, sent: Notification): Transition {
  if (session.config.sendNotificationWithoutOpen) return failWith(session, sent);
  return new Step(session).fail(undefined, TCP_FAILED);
}
