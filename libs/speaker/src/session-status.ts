import type { DownCause, Negotiated } from '@bgp/fsm';
import { formatNotification } from '@bgp/wire';
import type { LocalRole } from './config.ts';
import type { DownReason } from './events.ts';
import { ROLE_VALUE } from './only-to-customer.ts';
import type { PeerStatus } from './status.ts';

/** What the two OPENs agreed on, for people and the API. */
export function describeNegotiated(negotiated: Negotiated): Pick<PeerStatus, 'remoteRouterId' | 'negotiated'> {
  const remoteRole = roleOf(negotiated);
  return {
    remoteRouterId: negotiated.remoteRouterId,
    negotiated: {
      holdTime: negotiated.holdTime,
      keepaliveTime: negotiated.keepaliveTime,
      families: negotiated.families,
      fourOctetAs: negotiated.fourOctetAs,
      maxMessageOctets: negotiated.maxMessageOctets,
      addPath: negotiated.addPath,
      ...(remoteRole === undefined ? {} : { remoteRole }),
      localCapabilities: negotiated.localCapabilities,
      remoteCapabilities: negotiated.remoteCapabilities,
    },
  };
}

export function downReason(cause: DownCause): DownReason {
  return cause.type === 'stopped' ? 'admin' : cause.type;
}

/** One sentence; `lastError` is what was noticed before the session ended. */
export function downDetail(cause: DownCause, lastError: string | undefined): string {
  const notification = 'notification' in cause ? cause.notification : undefined;
  // RFC 4724 §4: so that a neighbor keeps our routes while we restart. What was wrong earlier has nothing to do with it.
  if (cause.type === 'stopped' && notification === undefined) return 'closed by us without a NOTIFICATION';
  if (notification === undefined) return lastError ?? 'the TCP connection failed';
  return `${cause.type === 'notification-received' ? 'received' : 'sent'} ${formatNotification(notification)}`;
}

/** RFC 9234 §4.1; a value that it does not define is nobody's role. */
function roleOf({ remoteCapabilities }: Negotiated): LocalRole | undefined {
  const said = remoteCapabilities.find((capability) => capability.type === 'role');
  const names = Object.entries(ROLE_VALUE) as [LocalRole, number][];
  return names.find(([, value]) => value === said?.role)?.[0];
}
