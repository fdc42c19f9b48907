import { type ErrorAction, formatNotification, type Notification, shutdownText } from '@bgp/wire';
import type { Counters } from './counters.ts';
import type { SpeakerEvent } from './events.ts';
import type { Ports } from './ports.ts';

/** Of one kind of error, at most one event per this time; the counters have them all. */
const ERROR_EVENT_INTERVAL_MS = 1_000;

/** An event of one neighbor, before its name and time are added. */
export type PeerEvent = SpeakerEvent extends infer E
  ? E extends { readonly peer: string }
    ? Omit<E, 'peer' | 'atMs'>
    : never
  : never;

/** What a neighbor's sessions have to tell: events with name and time, counted errors, the last reason in words. */
export class PeerReporter {
  readonly #ports: Ports;
  readonly #name: string;
  readonly #counters: Counters;
  readonly #lastErrorEventMs = new Map<string, number>();
  /** One sentence: why the session went down last. */
  lastError: string | undefined;

  constructor(ports: Ports, name: string, counters: Counters) {
    this.#ports = ports;
    this.#name = name;
    this.#counters = counters;
  }

  observe(event: PeerEvent): void {
    const { observe, clock } = this.#ports;
    observe({ ...event, atMs: clock.wallMs(), peer: this.#name } as SpeakerEvent);
  }

  notification(direction: 'sent' | 'received', notification: Notification): void {
    const { code, subcode, data } = notification;
    this.lastError = `${direction} ${formatNotification(notification)}`;
    const text = shutdownText(notification);
    this.observe({ type: 'notification', direction, code, subcode, data, ...(text === undefined ? {} : { text }) });
  }

  updateError(code: string, action: ErrorAction, detail: string): void {
    const { updateErrors } = this.#counters;
    updateErrors[action] = (updateErrors[action] ?? 0) + 1;
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs - (this.#lastErrorEventMs.get(code) ?? Number.NEGATIVE_INFINITY) < ERROR_EVENT_INTERVAL_MS) return;
    this.#lastErrorEventMs.set(code, nowMs);
    this.observe({ type: 'update-error', code, action, detail });
  }
}
