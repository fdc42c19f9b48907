import type { FsmState } from '@bgp/fsm';
import type { ErrorAction, Family } from '@bgp/wire';

/** Why a session went down, as a closed set: metric label, API enum, log field. */
export type DownReason =
  | 'notification-sent'
  | 'notification-received'
  | 'hold-timer-expired'
  | 'tcp-closed'
  | 'tcp-failed'
  | 'admin'
  | 'collision'
  | 'out-of-resources';

/** Plain data; `atMs` is the clock port's wall time. */
export type SpeakerEvent =
  | {
      readonly type: 'speaker-started' | 'speaker-stopping' | 'speaker-stopped';
      readonly atMs: number;
      readonly reason?: string;
    }
  | {
      readonly type:
        | 'peer-added'
        | 'peer-removed'
        | 'peer-enabled'
        | 'peer-disabled'
        | 'graceful-shutdown-begun'
        | 'graceful-shutdown-ended';
      readonly atMs: number;
      readonly peer: string;
      readonly reason?: string;
    }
  | {
      readonly type: 'state-changed';
      readonly atMs: number;
      readonly peer: string;
      readonly from: FsmState;
      readonly to: FsmState;
    }
  | {
      readonly type: 'session-up';
      readonly atMs: number;
      readonly peer: string;
      readonly remoteAs: number;
      readonly routerId: string;
      readonly holdTime: number;
      readonly families: readonly Family[];
    }
  | {
      readonly type: 'session-down';
      readonly atMs: number;
      readonly peer: string;
      readonly reason: DownReason;
      readonly detail: string;
    }
  | {
      readonly type: 'notification';
      readonly atMs: number;
      readonly peer: string;
      readonly direction: 'sent' | 'received';
      readonly code: number;
      readonly subcode: number;
      readonly data: Uint8Array;
      readonly text?: string;
    }
  | {
      readonly type: 'update-error';
      readonly atMs: number;
      readonly peer: string;
      readonly code: string;
      readonly action: ErrorAction;
      readonly detail: string;
    }
  | {
      readonly type: 'end-of-rib';
      readonly atMs: number;
      readonly peer: string;
      readonly family: Family;
      readonly direction: 'sent' | 'received';
    }
  | {
      /** Routes that the neighbor does not get although nothing forbids it. */
      readonly type: 'not-advertised';
      readonly atMs: number;
      readonly peer: string;
      readonly family: Family;
      readonly reason: 'no-next-hop' | 'too-large' | 'prefix-limit';
      readonly detail: string;
    }
  | {
      readonly type: 'policy-missing';
      readonly atMs: number;
      readonly peer: string;
      readonly directions: readonly ('import' | 'export')[];
    }
  | {
      /** `warning`: the share of the limit that the operator wants to hear of is reached. */
      readonly type: 'max-prefixes-exceeded' | 'max-prefixes-warning';
      readonly atMs: number;
      readonly peer: string;
      readonly limit: number;
      readonly received: number;
      /** Absent: of all families together. */
      readonly family?: string;
    }
  | {
      /** The neighbor restarts: see `GracefulRestart`. `not-preserved`: it came back without its forwarding state. */
      readonly type: 'graceful-restart';
      readonly atMs: number;
      readonly peer: string;
      readonly phase: 'started' | 'not-preserved' | 'long-lived' | 'completed' | 'expired';
      readonly families: readonly Family[];
    }
  | {
      /** The neighbor sends its table again (RFC 7313). */
      readonly type: 'route-refresh';
      readonly atMs: number;
      readonly peer: string;
      readonly family: Family;
      readonly phase: 'begun' | 'completed' | 'timed-out';
    }
  | {
      /** Of a neighbor that is configured by interface alone: a router on the link. */
      readonly type: 'neighbor-found';
      readonly atMs: number;
      readonly peer: string;
      readonly address: string;
    }
  | {
      /** The link is down; or why nobody can be found on it, or who it is is in doubt. */
      readonly type: 'neighbor-lost' | 'discovery-trouble';
      readonly atMs: number;
      readonly peer: string;
      readonly detail: string;
    }
  | {
      readonly type: 'slow-peer';
      readonly atMs: number;
      readonly peer: string;
      readonly queuedOctets: number;
      readonly state: 'detached' | 'caught-up';
    }
  | {
      readonly type: 'connection-refused';
      readonly atMs: number;
      readonly from: string;
      readonly reason: 'unknown-peer' | 'disabled' | 'idle' | 'collision' | 'dynamic-limit';
    }
  | {
      readonly type: 'connect-failed';
      readonly atMs: number;
      readonly peer: string;
      readonly code: string;
      readonly detail: string;
    };
