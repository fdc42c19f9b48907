import type { ReceiveReport } from '@bgp/rib';
import type { ErrorAction } from '@bgp/wire';
import type { JudgedCounters, MessageKind, PeerCounters } from './status.ts';

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
  readonly judged: { -readonly [K in keyof JudgedCounters]: number } = {
    rejectedByPolicy: 0,
    duplicateAnnouncements: 0,
    duplicateWithdrawals: 0,
    duplicateUpdates: 0,
    asPathLoops: 0,
    confederationLoops: 0,
    clusterListLoops: 0,
    originatorIdLoops: 0,
    treatedUpdates: 0,
    treatedRoutes: 0,
  };

  /** What became of one UPDATE that was applied. */
  judge(report: ReceiveReport): void {
    const { judged } = this;
    judged.rejectedByPolicy += report.rejectedByPolicy;
    judged.duplicateAnnouncements += report.duplicateAnnouncements;
    judged.duplicateWithdrawals += report.duplicateWithdrawals;
    judged.confederationLoops += report.confederationLoops;
    judged.asPathLoops += report.asPathLoops - report.confederationLoops;
    judged.clusterListLoops += report.clusterListLoops;
    judged.originatorIdLoops += report.reflectionLoops - report.clusterListLoops;
    judged.treatedRoutes += report.treatedAsWithdrawn;
    if (report.treatedAsWithdrawn > 0) judged.treatedUpdates++;
    const isDuplicate = report.announced > 0 && report.withdrawn === 0;
    if (isDuplicate && report.duplicateAnnouncements === report.announced) judged.duplicateUpdates++;
  }

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
      judged: { ...this.judged },
    };
  }
}
