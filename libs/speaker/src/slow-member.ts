import type { ClockPort } from './ports.ts';

/** How long a full socket may hold its update group up before the member is detached. */
const PATIENCE_MS = 100;
/** After that happened, the member is detached at once for this long. */
const IMPATIENCE_MS = 60_000;
/** A member that is full for this long is reported; shorter is how TCP works. */
const REPORT_MS = 5_000;

export interface SlowMemberActions {
  /** Patience is over; no drain is running. */
  detach(): void;
  report(state: 'detached' | 'caught-up'): void;
}

/**
 * One member's way from a full socket back to following:
 *
 *   following ─ blocked ─► holding up ─ 100 ms ─► detached ─ drained ─► catching up ─► following
 *                              └─ drained ─► following
 */
export class SlowMember {
  readonly #clock: ClockPort;
  readonly #actions: SlowMemberActions;
  isBlocked = false;
  /** The socket filled up although patience was used up before. */
  #isOutOfPatience = false;
  #isDetached = false;
  #isReported = false;
  #impatientUntilMs = Number.NEGATIVE_INFINITY;
  #cancelPatience: (() => void) | undefined;
  #cancelReport: (() => void) | undefined;

  constructor(clock: ClockPort, actions: SlowMemberActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  get isHoldingUp(): boolean {
    return this.isBlocked && !this.#isDetached;
  }

  /** As soon as no drain runs; again, when the socket has filled up while the member was catching up. */
  get mustDetach(): boolean {
    return this.#isOutOfPatience || (this.#isDetached && this.isBlocked);
  }

  get isCatchingUp(): boolean {
    return this.#isDetached && !this.isBlocked;
  }

  blocked(): void {
    if (this.isBlocked) return;
    this.isBlocked = true;
    this.#cancelReport ??= this.#clock.after(REPORT_MS, () => {
      this.#cancelReport = undefined;
      this.#isReported = true;
      this.#actions.report('detached');
    });
    if (this.#isDetached) return;
    if (this.#clock.nowMs() < this.#impatientUntilMs) {
      this.#isOutOfPatience = true;
      return;
    }
    this.#cancelPatience = this.#clock.after(PATIENCE_MS, () => {
      this.#cancelPatience = undefined;
      this.#impatientUntilMs = this.#clock.nowMs() + IMPATIENCE_MS;
      this.#actions.detach();
    });
  }

  drained(): void {
    this.isBlocked = false;
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
    this.#cancelReport?.();
    this.#cancelReport = undefined;
  }

  detached(): void {
    this.#isOutOfPatience = false;
    this.#isDetached = true;
  }

  /** It has the latest state and follows again. */
  caughtUp(): void {
    this.#isDetached = false;
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#actions.report('caught-up');
  }

  stop(): void {
    this.drained();
  }
}
