import type { ClockPort } from './ports.ts';

/**
 * After our restart neighbors keep our old routes until we have sent new ones. So nothing is selected or sent before the
 * neighbors' tables are here, or the time that we promised is over.
 * @source RFC 4724 §4.1
 */
export class SelectionDeferral {
  readonly #isPending: () => boolean;
  readonly #over: () => void;
  readonly #cancel: () => void;
  #isActive = true;

  /** `isPending`: some neighbor's table is still to come. `over` runs once. */
  constructor(clock: ClockPort, seconds: number, isPending: () => boolean, over: () => void) {
    this.#isPending = isPending;
    this.#over = over;
    this.#cancel = clock.after(seconds * 1000, () => this.#end());
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** A neighbor has sent its table, has come or is gone. */
  check(): void {
    if (this.#isActive && !this.#isPending()) this.#end();
  }

  #end(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.#cancel();
    this.#over();
  }
}
