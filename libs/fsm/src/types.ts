import type { Capability, CodecContext, Family, IpAddress, Message, Notification, Open, PeerKind } from '@bgp/wire';

/** RFC 4271 §8.2.2. */
export type FsmState = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';

export type FsmTimer = 'connect-retry' | 'hold' | 'keepalive' | 'delay-open' | 'idle-hold';

/** What one side of a session is configured to do. Seconds throughout. */
export interface FsmConfig {
  /** What our OPEN says: the AS that this neighbor knows us by. */
  readonly localAs: number;
  /** 0 accepts any AS (dynamic neighbors). */
  readonly remoteAs: number;
  /** Absent: internal when the peer's AS is `localAs`, else external. A confederation's member cannot be told by its number. */
  readonly peerKind?: PeerKind;
  /** RFC 9234 §4.2: with a role among `capabilities`, a peer that says none is refused. */
  readonly strictRole?: boolean;
  readonly routerId: IpAddress;
  readonly holdTime: number;
  readonly connectRetryTime: number;
  readonly passive: boolean;
  /** 0: off. */
  readonly delayOpenTime: number;
  /** RFC 4271 §8.1.1: grows the idle hold time after each failure, `connectRetryTime × 2^n`, at most 300 s. */
  readonly dampPeerOscillations: boolean;
  readonly families: readonly Family[];
  /** Everything to advertise beyond what follows from `localAs` and `families` (those two are added by `localOpen`). */
  readonly capabilities: readonly Capability[];
  /** RFC 4271 §8: a NOTIFICATION before OPEN is legal when true. */
  readonly sendNotificationWithoutOpen: boolean;
}

/** Immutable; `step` returns a new one. */
export interface Session {
  readonly config: FsmConfig;
  readonly state: FsmState;
  readonly connectRetryCounter: number;
  /** Failures in a row since the session was last stable; sets the idle hold time. */
  readonly failures: number;
  /** KEEPALIVEs received since Established was reached, up to the number that makes a session stable. */
  readonly stability: number;
  /** Which timers run; a timer event for one that does not run is stale and ignored. */
  readonly timers: ReadonlySet<FsmTimer>;
  /** True between ManualStop and the next start. */
  readonly stopped: boolean;
  /** The last start was one that only waits for the peer (Events 4, 5); kept over failures. */
  readonly passiveStart: boolean;
  readonly remoteOpen?: Open;
  readonly negotiated?: Negotiated;
}

/** RFC 4271 §8.1; the number in the comment is the event's. */
export type FsmEvent =
  | { readonly type: 'ManualStart' } // 1
  /** 2. `silent`: the connection closes without a word, so that a graceful-restart helper keeps our routes (RFC 4724 §4). */
  | { readonly type: 'ManualStop'; readonly cease?: CeaseReason; readonly silent?: true }
  | { readonly type: 'AutomaticStart' } // 3
  | { readonly type: 'ManualStartWithPassive' } // 4
  | { readonly type: 'AutomaticStartWithPassive' } // 5
  | { readonly type: 'AutomaticStop'; readonly cease: CeaseReason } // 8
  | { readonly type: 'ConnectRetryTimerExpires' } // 9
  | { readonly type: 'HoldTimerExpires' } // 10
  | { readonly type: 'KeepaliveTimerExpires' } // 11
  | { readonly type: 'DelayOpenTimerExpires' } // 12
  | { readonly type: 'IdleHoldTimerExpires' } // 13
  | { readonly type: 'TcpConnectionValid' } // 14: an inbound connection was accepted by the listener
  | { readonly type: 'TcpCrAcked' } // 16: our connect succeeded
  | { readonly type: 'TcpConnectionConfirmed' } // 17: the inbound connection is ready
  | { readonly type: 'TcpConnectionFails' } // 18
  | { readonly type: 'BgpOpen'; readonly open: Open } // 19, 20 while DelayOpenTimer runs
  | { readonly type: 'BgpHeaderErr'; readonly notification: Notification } // 21
  | { readonly type: 'BgpOpenMsgErr'; readonly notification: Notification } // 22
  | { readonly type: 'OpenCollisionDump' } // 23
  | { readonly type: 'NotifMsgVerErr' } // 24
  | { readonly type: 'NotifMsg'; readonly notification: Notification } // 25
  | { readonly type: 'KeepAliveMsg' } // 26
  | { readonly type: 'UpdateMsg' } // 27
  | { readonly type: 'UpdateMsgErr'; readonly notification: Notification } // 28
  | { readonly type: 'RouteRefreshMsg' }; // not in RFC 4271: RFC 2918 §4 makes it legal in Established only

export interface CeaseReason {
  /** RFC 4486 §4, RFC 8538: 1 max prefixes … 9 hard reset, 10 BFD down. */
  readonly subcode: number;
  /** RFC 9003: at most 255 octets of UTF-8; only with subcodes 2 and 4. */
  readonly text?: string;
  /** RFC 8538 §3.1: wrap it into a Hard Reset, so that the peer keeps no routes; for peers that set the N bit only. */
  readonly hardReset?: boolean;
}

export type FsmAction =
  | { readonly type: 'connect-tcp' }
  /** Sends what is queued before closing. */
  | { readonly type: 'drop-tcp' }
  | {
      readonly type: 'start-timer';
      readonly timer: FsmTimer;
      readonly seconds: number /** RFC 4271 §10: 0.75–1.0 of it. */;
      readonly jitter: boolean;
    }
  | { readonly type: 'stop-timer'; readonly timer: FsmTimer }
  | { readonly type: 'stop-all-timers' }
  | { readonly type: 'send'; readonly message: Message }
  /** Established was reached. */
  | { readonly type: 'session-up'; readonly negotiated: Negotiated }
  /** Established was left. */
  | { readonly type: 'session-down'; readonly cause: DownCause };

export type DownCause =
  | { readonly type: 'notification-sent'; readonly notification: Notification }
  | { readonly type: 'notification-received'; readonly notification: Notification }
  | { readonly type: 'tcp-failed' }
  | { readonly type: 'hold-timer-expired'; readonly notification: Notification }
  | { readonly type: 'stopped'; readonly notification?: Notification }
  | { readonly type: 'collision'; readonly notification: Notification };

export interface Transition {
  readonly session: Session;
  readonly actions: readonly FsmAction[];
}

/** What two OPENs agree on. It is the codec context of the session. */
export interface Negotiated extends CodecContext {
  /** Seconds; 0: neither hold nor keepalive timer. */
  readonly holdTime: number;
  readonly keepaliveTime: number;
  /** Both sides' intersection, in our order. */
  readonly families: readonly Family[];
  /** The real AS, from the capability when there is one. */
  readonly remoteAs: number;
  readonly remoteRouterId: IpAddress;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** What the peer said, when both sides have the capability (RFC 4724, RFC 8538). */
  readonly gracefulRestart?: {
    readonly restartState: boolean;
    readonly notification: boolean;
    readonly restartTime: number;
    readonly families: readonly { readonly family: Family; readonly forwardingState: boolean }[];
  };
  readonly longLivedGracefulRestart?: readonly {
    readonly family: Family;
    readonly forwardingState: boolean;
    readonly staleTime: number;
  }[];
  readonly localCapabilities: readonly Capability[];
  readonly remoteCapabilities: readonly Capability[];
}
