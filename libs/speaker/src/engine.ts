import type { Rib } from '@bgp/rib';
import type { SpeakerConfig } from './config.ts';
import type { SpeakerEvent } from './events.ts';
import type { Outbound } from './outbound.ts';
import type { PolicyCache } from './policies.ts';
import type { Ports } from './ports.ts';
import type { Scheduler } from './scheduler.ts';

type WithoutTime<E> = E extends SpeakerEvent ? Omit<E, 'atMs'> : never;
/** An event before the clock's time is added. */
export type UntimedEvent = WithoutTime<SpeakerEvent>;

/** What all peers of one speaker share. */
export interface Engine {
  readonly config: SpeakerConfig;
  readonly ports: Ports;
  readonly rib: Rib;
  readonly scheduler: Scheduler;
  readonly outbound: Outbound;
  readonly policies: PolicyCache;
  emit(event: UntimedEvent): void;
  /** A TCP connection was opened (+1) or is closed for good (-1). */
  connections(change: 1 | -1): void;
}
