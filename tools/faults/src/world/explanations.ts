import type { SpeakerEvent } from '@bgp/speaker';
import { formatNotification, hardResetReason } from '@bgp/wire';

const CEASE = 6;
const HOLD_TIMER_EXPIRED = 4;
const HARD_RESET = 9;
const COLLISION = 7;
/** RFC 4271 §8.2.2: what a connection without an OPEN waits at most. */
const OPEN_HOLD_MS = 240_000;

/** What was done to each link, and so which ends of sessions on it are nobody's mistake. */
export class Explanations {
  readonly #nowMs: () => number;
  /** By link: silence, resets and crashes are explained until then. */
  readonly #trouble = new Map<number, number>();
  /** By link: somebody may end the session on purpose until then. */
  readonly #resets = new Map<number, number>();
  /** `link subcode`: until then. */
  readonly #ceases = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The transport of the link may fail for so long. */
  trouble(link: number, durationMs: number): void {
    this.#trouble.set(link, Math.max(this.#trouble.get(link) ?? 0, this.#nowMs() + durationMs));
  }

  /** The trouble without an end has one. */
  troubleEnds(link: number, durationMs: number): void {
    this.#trouble.set(link, this.#nowMs() + durationMs);
  }

  /** Now, or until `sinceMs` ago. */
  isTroubled(link: number, sinceMs = 0): boolean {
    return (this.#trouble.get(link) ?? Number.NEGATIVE_INFINITY) + sinceMs >= this.#nowMs();
  }

  cease(link: number, subcode: number, durationMs: number): void {
    const key = `${link} ${subcode}`;
    this.#ceases.set(key, Math.max(this.#ceases.get(key) ?? 0, this.#nowMs() + durationMs));
    this.#resets.set(link, Math.max(this.#resets.get(link) ?? 0, this.#nowMs() + durationMs));
  }

  /** A NOTIFICATION that does not get through a full socket in time is followed by a reset all the same. */
  #mayBeReset(link: number): boolean {
    return (this.#resets.get(link) ?? -1) >= this.#nowMs();
  }

  /** A sentence for what nothing explains. */
  judge(link: number, event: SpeakerEvent, wasEstablished: boolean): string | undefined {
    switch (event.type) {
      case 'notification': {
        if (event.direction === 'received') return undefined; // judged where it was sent
        const { code, subcode, data } = event;
        const notification = { type: 'NOTIFICATION', code, subcode, data } as const;
        const text = `sent ${formatNotification(notification)}`;
        if (code === HOLD_TIMER_EXPIRED) {
          return this.isTroubled(link, wasEstablished ? 0 : OPEN_HOLD_MS) ? undefined : `${text} on a healthy link`;
        }
        if (code !== CEASE) return text;
        const inner = subcode === HARD_RESET ? hardResetReason(notification)?.subcode : subcode;
        const isKnown = inner === COLLISION || (this.#ceases.get(`${link} ${inner}`) ?? -1) >= this.#nowMs();
        return isKnown ? undefined : `${text}, which nobody asked for`;
      }
      case 'session-down': {
        if (event.reason !== 'tcp-closed' && event.reason !== 'tcp-failed') return undefined;
        return this.isTroubled(link) || this.#mayBeReset(link)
          ? undefined
          : `the session went down on a healthy link: ${event.detail}`;
      }
      case 'update-error':
        return `an UPDATE was bad: ${event.code}, ${event.detail}`;
      default:
        return undefined;
    }
  }
}
