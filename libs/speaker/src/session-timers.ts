import type { FsmEvent, FsmTimer } from '@bgp/fsm';
import { HoldTimer } from './hold-timer.ts';
import type { ClockPort } from './ports.ts';

/** The timers of one session. The state machine asks for them; what they say when they are over goes back to it. */
export class SessionTimers {
  /** Re-armed with every message: whoever receives messages has it in his hands. */
  readonly hold: HoldTimer;
  readonly #clock: ClockPort;
  readonly #random: () => number;
  readonly #expired: (event: FsmEvent) => void;
  /** What stops each that runs, the hold timer aside. */
  readonly #running = new Map<FsmTimer, () => void>();

  /** `holdExpired` on its own: silence may be our own fault. */
  constructor(clock: ClockPort, random: () => number, expired: (event: FsmEvent) => void, holdExpired: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#expired = expired;
    this.hold = new HoldTimer(clock, holdExpired);
  }

  start(timer: FsmTimer, seconds: number, jitter: boolean): void {
    // RFC 4271 §10: between 75 % and 100 %.
    const delayMs = seconds * 1000 * (jitter ? 0.75 + this.#random() * 0.25 : 1);
    if (timer === 'hold') return this.hold.start(delayMs);
    this.stop(timer);
    const cancel = this.#clock.after(delayMs, () => {
      this.#running.delete(timer);
      this.#expired(TIMER_EVENTS[timer]);
    });
    this.#running.set(timer, cancel);
  }

  stop(timer: FsmTimer): void {
    if (timer === 'hold') return this.hold.stop();
    this.#running.get(timer)?.();
    this.#running.delete(timer);
  }

  stopAll(): void {
    for (const timer of [...this.#running.keys()]) this.stop(timer);
    this.hold.stop();
  }
}

const TIMER_EVENTS: Readonly<Record<Exclude<FsmTimer, 'hold'>, FsmEvent>> = {
  'connect-retry': { type: 'ConnectRetryTimerExpires' },
  keepalive: { type: 'KeepaliveTimerExpires' },
  'delay-open': { type: 'DelayOpenTimerExpires' },
  'idle-hold': { type: 'IdleHoldTimerExpires' },
};
