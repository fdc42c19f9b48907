import type { PeerIndex, Rib } from '@bgp/rib';
import type { SpeakerConfig } from './config.ts';
import type { FlowSpecValidation } from './flowspec-validation.ts';
import type { Outbound } from './outbound.ts';
import type { PolicyCache } from './policies.ts';
import type { Ports } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SelectionDeferral } from './selection-deferral.ts';
import type { Taps } from './taps.ts';
import type { Validation } from './validation.ts';

/** What all neighbors of one speaker use together. */
export interface Shared {
  readonly config: SpeakerConfig;
  readonly ports: Ports;
  readonly rib: Rib;
  readonly scheduler: Scheduler;
  readonly outbound: Outbound;
  readonly policies: PolicyCache;
  readonly taps: Taps;
  readonly flowSpec: FlowSpecValidation;
  readonly validation: Validation;
  /** Unsigned 32-bit. */
  readonly clusterId: number;
  readonly localPeer: PeerIndex;
  /** Active while we come back from a restart (RFC 4724 §4.1). */
  readonly deferral: SelectionDeferral;
  /** Open TCP connections of all neighbors. */
  connectionCount(change: 1 | -1): void;
}
