import { IPV4_UNICAST, type Notification, type Open } from '@bgp/wire';
import { createSession, step } from '../session.ts';
import { notification } from '../transition.ts';
import type { FsmAction, FsmConfig, FsmEvent, FsmState, Session, Transition } from '../types.ts';

/** We are AS 65001, the peer is AS 65002. */
export const CONFIG: FsmConfig = {
  localAs: 65001,
  remoteAs: 65002,
  routerId: '10.0.0.1',
  holdTime: 90,
  connectRetryTime: 5,
  passive: false,
  delayOpenTime: 0,
  dampPeerOscillations: true,
  families: [IPV4_UNICAST],
  capabilities: [{ type: 'route-refresh' }],
  sendNotificationWithoutOpen: false,
};

export const REMOTE_OPEN: Open = {
  type: 'OPEN',
  version: 4,
  myAs: 65002,
  holdTime: 30,
  bgpIdentifier: '10.0.0.2',
  capabilities: [
    { type: 'multiprotocol', family: IPV4_UNICAST },
    { type: 'four-octet-as', as: 65002 },
  ],
};

/** One of each event, `satisfies` keeps the list complete. */
export const EVENTS = {
  ManualStart: { type: 'ManualStart' },
  ManualStop: { type: 'ManualStop' },
  AutomaticStart: { type: 'AutomaticStart' },
  ManualStartWithPassive: { type: 'ManualStartWithPassive' },
  AutomaticStartWithPassive: { type: 'AutomaticStartWithPassive' },
  AutomaticStop: { type: 'AutomaticStop', cease: { subcode: 1 } },
  ConnectRetryTimerExpires: { type: 'ConnectRetryTimerExpires' },
  HoldTimerExpires: { type: 'HoldTimerExpires' },
  KeepaliveTimerExpires: { type: 'KeepaliveTimerExpires' },
  DelayOpenTimerExpires: { type: 'DelayOpenTimerExpires' },
  IdleHoldTimerExpires: { type: 'IdleHoldTimerExpires' },
  TcpConnectionValid: { type: 'TcpConnectionValid' },
  TcpCrAcked: { type: 'TcpCrAcked' },
  TcpConnectionConfirmed: { type: 'TcpConnectionConfirmed' },
  TcpConnectionFails: { type: 'TcpConnectionFails' },
  BgpOpen: { type: 'BgpOpen', open: REMOTE_OPEN },
  BgpHeaderErr: { type: 'BgpHeaderErr', notification: notification(1, 1) },
  BgpOpenMsgErr: { type: 'BgpOpenMsgErr', notification: notification(2, 4) },
  OpenCollisionDump: { type: 'OpenCollisionDump' },
  NotifMsgVerErr: { type: 'NotifMsgVerErr' },
  NotifMsg: { type: 'NotifMsg', notification: notification(6, 5) },
  KeepAliveMsg: { type: 'KeepAliveMsg' },
  UpdateMsg: { type: 'UpdateMsg' },
  UpdateMsgErr: { type: 'UpdateMsgErr', notification: notification(3, 1) },
  RouteRefreshMsg: { type: 'RouteRefreshMsg' },
} as const satisfies { readonly [Type in FsmEvent['type']]: Extract<FsmEvent, { readonly type: Type }> };

export const EVENT_TYPES = Object.keys(EVENTS) as readonly FsmEvent['type'][];

export function run(session: Session, ...types: readonly FsmEvent['type'][]): Session {
  return types.reduce((current, type) => step(current, EVENTS[type]).session, session);
}

const PATHS: Readonly<Record<FsmState, readonly FsmEvent['type'][]>> = {
  Idle: [],
  Connect: ['ManualStart'],
  Active: ['ManualStart', 'TcpConnectionFails'],
  OpenSent: ['ManualStart', 'TcpCrAcked'],
  OpenConfirm: ['ManualStart', 'TcpCrAcked', 'BgpOpen'],
  Established: ['ManualStart', 'TcpCrAcked', 'BgpOpen', 'KeepAliveMsg'],
};

/** A session in that state, come there by real events. */
export function sessionIn(state: FsmState, change: Partial<FsmConfig> = {}): Session {
  const session = run(createSession({ ...CONFIG, ...change }), ...PATHS[state]);
  if (session.state !== state) throw new Error(`the path to ${state} ends in ${session.state}`);
  return session;
}

const codes = ({ code, subcode, data }: Notification) =>
  `${code}/${subcode}${data.length === 0 ? '' : ` [${data.join(' ')}]`}`;

function formatAction(action: FsmAction): string {
  switch (action.type) {
    case 'connect-tcp':
      return 'dial';
    case 'drop-tcp':
      return 'drop';
    case 'start-timer':
      return `${action.timer} ${action.seconds}${action.jitter ? '~' : ''}`;
    case 'stop-timer':
      return `stop ${action.timer}`;
    case 'stop-all-timers':
      return 'stop all';
    case 'send':
      return action.message.type === 'NOTIFICATION' ? `send ${codes(action.message)}` : `send ${action.message.type}`;
    case 'session-up':
      return 'up';
    case 'session-down':
      return `down ${action.cause.type}`;
  }
}

/** `OpenSent: stop connect-retry, send OPEN, hold 240`; `~` marks jitter. */
export function formatTransition({ session, actions }: Transition): string {
  return `${session.state}: ${actions.map(formatAction).join(', ')}`.trimEnd();
}
