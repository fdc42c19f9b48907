import type { Restarting } from './config.ts';
import type { ClockPort } from './ports.ts';
import type { Scheduler } from './scheduler.ts';

/** A neighbor whose table may be waited for. */
interface AwaitedPeer {
  readonly name: string;
  readonly isAwaitedForSelection: boolean;
  /** Its next OPEN says something else. */
  openChanged(): void;
}

/**
 * After our restart neighbors keep our old routes until we have sent new ones. So nothing is selected or sent before the
 * neighbors' tables are here, or the time that we promised is over.
 * @source RFC 4724 §4.1
 */
export class SelectionDeferral {
  readonly #clock: ClockPort;
  readonly #scheduler: Scheduler;
  readonly #peers: Iterable<AwaitedPeer>;
  #awaited: readonly AwaitedPeer[] = [];
  #cancel: () => void = () => {};
  #isActive = false;

  constructor(clock: ClockPort, scheduler: Scheduler, peers: Iterable<AwaitedPeer>) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#peers = peers;
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  begin({ untilMs, peers: names }: Restarting): void {
    const delayMs = untilMs - this.#clock.wallMs();
    if (delayMs <= 0) return;
    this.#isActive = true;
    this.#awaited = [...this.#peers].filter(({ name }) => names?.includes(name) ?? true);
    this.#scheduler.defer(true);
    this.#cancel = this.#clock.after(delayMs, () => this.#end());
    for (const peer of this.#awaited) peer.openChanged();
    this.check();
  }

  /** A neighbor has sent its table, has come or is gone. */
  check(): void {
    if (this.#isActive && !this.#awaited.some((peer) => peer.isAwaitedForSelection)) this.#end();
  }

  #end(): void {
    if (!this.#isActive) return;
    this.#isActive = false;
    this.#cancel();
    this.#scheduler.defer(false);
    for (const peer of this.#peers) peer.openChanged();
  }
}
