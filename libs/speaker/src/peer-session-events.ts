import type { DownCause } from '@bgp/fsm';
import { formatNotification, type Notification, shutdownText } from '@bgp/wire';
import type { UntimedEvent } from './engine.ts';
import type { DownReason } from './events.ts';
import type { TcpCloseReason } from './ports.ts';

const CEASE = 6;
const OUT_OF_RESOURCES = 8;

/** Why a session went down, as a label and as a sentence. */
export function downReason(
  cause: DownCause,
  closed: TcpCloseReason | undefined,
): { readonly reason: DownReason; readonly detail: string } {
  switch (cause.type) {
    case 'notification-sent': {
      const { code, subcode } = cause.notification;
      const isExhausted = code === CEASE && subcode === OUT_OF_RESOURCES;
      const reason = isExhausted ? 'out-of-resources' : 'notification-sent';
      return { reason, detail: `sent ${formatNotification(cause.notification)}` };
    }
    case 'notification-received':
      return { reason: 'notification-received', detail: `received ${formatNotification(cause.notification)}` };
    case 'hold-timer-expired':
      return { reason: 'hold-timer-expired', detail: 'nothing heard from the neighbor within the hold time' };
    case 'stopped': {
      const { notification } = cause;
      return { reason: 'admin', detail: notification === undefined ? 'stopped' : formatNotification(notification) };
    }
    case 'collision':
      return { reason: 'collision', detail: 'another connection with the neighbor was kept' };
    case 'tcp-failed':
      return {
        reason: closed?.code === 'closed-by-peer' ? 'tcp-closed' : 'tcp-failed',
        detail: closed?.detail ?? 'connection failed',
      };
  }
}

export function notificationEvent(
  peer: string,
  direction: 'sent' | 'received',
  { type: _type, ...notification }: Notification,
): UntimedEvent {
  const text = shutdownText({ type: 'NOTIFICATION', ...notification });
  return { type: 'notification', peer, direction, ...notification, ...(text === undefined ? {} : { text }) };
}
