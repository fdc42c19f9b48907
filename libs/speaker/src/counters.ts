import type { ErrorAction } from '@bgp/wire';
import type { MessageKind, PeerCounters } from './status.ts';

const KIND_OF_TYPE: readonly MessageKind[] = ['open', 'open', 'update', 'notification', 'keepalive', 'route_refresh'];

export function messageKind(type: number): MessageKind {
  return KIND_OF_TYPE[type] ?? 'open';
}

/** What a neighbor's sessions have seen since it was configured. */
export class Counters {
  readonly received = { open: 0, update: 0, notification: 0, keepalive: 0, route_refresh: 0 };
  readonly sent = { open: 0, update: 0, notification: 0, keepalive: 0, route_refresh: 0 };
  octetsReceived = 0;
  octetsSent = 0;
  established = 0;
  flaps = 0;
  asPathLoops = 0;
  reflectionLoops = 0;
  readonly updateErrors: Partial<Record<ErrorAction, number>> = {};

  snapshot(): PeerCounters {
    return {
      messagesReceived: { ...this.received },
      messagesSent: { ...this.sent },
      octetsReceived: this.octetsReceived,
      octetsSent: this.octetsSent,
      established: this.established,
      flaps: this.flaps,
      asPathLoops: this.asPathLoops,
      reflectionLoops: this.reflectionLoops,
      updateErrors: { ...this.updateErrors },
    };
  }
}
