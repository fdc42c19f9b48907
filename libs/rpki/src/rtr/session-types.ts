import type { RtrError, RtrPdu, RtrTimers, RtrVersion } from './types.ts';

export interface RtrSessionConfig {
  /** Spoken first; lower ones are tried when the cache cannot. */
  readonly highestVersion: RtrVersion;
  /** Used until a cache says otherwise, and with version 0. Seconds. */
  readonly timers: RtrTimers;
}

/** A record of a response: a prefix or an ASPA, announced or withdrawn. */
export type RtrRecord = Extract<RtrPdu, { type: 'prefix' | 'aspa' }>;

/** Records in reverse order of arrival. A list, so that a step costs the same however long the response is. */
export interface PendingRecords {
  readonly record: RtrRecord;
  readonly before: PendingRecords | undefined;
}

/** What the router holds of the cache, RFC 8210 §5.1. */
export interface HeldData {
  readonly version: RtrVersion;
  readonly sessionId: number;
  readonly serial: number;
}

/** Plain data; `stepRtr` makes a new one and leaves the old one as it was. */
export interface RtrSession {
  readonly config: RtrSessionConfig;
  /**
   * ```text
   * idle ─► connecting ─► querying ─► receiving ─► synchronized ─► querying …
   *             ▲ └──────────┴────────────┴─────────────┘ lost
   *             └── waiting (retry) ◄─┘
   * ```
   */
  readonly state: 'idle' | 'waiting' | 'connecting' | 'querying' | 'receiving' | 'synchronized';
  readonly version: RtrVersion;
  /** The cache has answered in this version on this connection: another one is an error (RFC 8210 §7). */
  readonly negotiated: boolean;
  readonly query: 'serial' | 'reset';
  /** Session ID of the Cache Response under way. */
  readonly responseSessionId: number | undefined;
  readonly held: HeldData | undefined;
  readonly pending: PendingRecords | undefined;
  /**
   * A response is whole and on its way into the tables; whether they take it is not known yet. `isExpired`: the time of the data before it
   * is up meanwhile.
   */
  readonly settling: { readonly isExpired: boolean } | undefined;
  /** Serial of a notify that came while a response was under way. */
  readonly notifiedSerial: number | undefined;
  readonly routerKeysSkipped: number;
  readonly timers: RtrTimers;
}

/** `refresh`: ask again. `retry`: connect or ask again, or give up waiting for an answer. `expire`: the data is too old. */
export type RtrTimer = 'refresh' | 'retry' | 'expire';

export type RtrEvent =
  | { readonly type: 'start' | 'stop' | 'connected' | 'disconnected' }
  | { readonly type: 'received'; readonly pdu: RtrPdu }
  /** Octets that are not a PDU. */
  | { readonly type: 'malformed'; readonly error: RtrError; readonly octets: Uint8Array }
  /** The last update is in use now. Each `update` is followed by this or by `update-refused`. */
  | { readonly type: 'update-taken' }
  /** The data of the last update does not fit what the router holds (`CacheSet.update` refused it). `record`: the one that does not. */
  | {
      readonly type: 'update-refused';
      readonly errorCode: number;
      readonly detail: string;
      readonly record?: RtrRecord;
    }
  | { readonly type: 'timer-expired'; readonly timer: RtrTimer };

export type RtrNote =
  | { readonly code: 'version-lowered'; readonly version: RtrVersion }
  | { readonly code: 'timers-limited'; readonly received: RtrTimers; readonly used: RtrTimers }
  | { readonly code: 'router-keys-skipped'; readonly count: number }
  | { readonly code: 'error-received'; readonly errorCode: number; readonly text: string }
  | { readonly code: 'error-sent'; readonly errorCode: number; readonly text: string }
  | { readonly code: 'pdu-ignored'; readonly pdu: RtrPdu['type'] }
  | { readonly code: 'answer-overdue' };

/** After `close` the connection reports nothing any more, no `disconnected` either. */
export type RtrAction =
  | { readonly type: 'connect' | 'close' }
  | { readonly type: 'send'; readonly pdu: RtrPdu }
  | { readonly type: 'start-timer'; readonly timer: RtrTimer; readonly seconds: number }
  | { readonly type: 'stop-timer'; readonly timer: RtrTimer }
  /** A whole response. `reset`: it replaces all data of the cache; otherwise it changes it. */
  | { readonly type: 'update'; readonly reset: boolean; readonly records: readonly RtrRecord[] }
  /** The data of the cache is not to be used any more. */
  | { readonly type: 'discard' }
  | { readonly type: 'note'; readonly note: RtrNote };

export interface RtrTransition {
  readonly session: RtrSession;
  readonly actions: readonly RtrAction[];
}
