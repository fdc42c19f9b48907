import type { Job, Rib } from '@bgp/rib';
import { Portion } from './portion.ts';
import type { ClockPort, SliceSize } from './ports.ts';

/** How long one slice may take before sockets and timers get their turn. */
const SLICE_MS = 4;
/** Routes per call into the RIB, at most; and with a clock that stands still (a simulation) a slice still ends. */
const USUAL_SLICE: SliceSize = { routesPerRound: 1024, rounds: 16 };
/** Routes received and not yet decided above which reading stops. */
const HIGH_WATER_ROUTES = 131_072;

/** Does a bounded piece of work; says whether it is complete. */
export type SlicedTask = (budget: number) => boolean;

/**
 * Everything that touches many routes: jobs of the RIB, the decision, update groups, listings for watchers. In slices of a few
 * milliseconds, so that a KEEPALIVE never waits behind a table.
 */
export class Scheduler {
  readonly #clock: ClockPort;
  readonly #rib: Rib;
  readonly #drainGroups: SlicedTask;
  readonly #drainTaps: SlicedTask;
  readonly #onIdle: () => void;
  readonly #size: SliceSize;
  /** Routes per call into the RIB. */
  readonly #portion: Portion;
  #jobs: { readonly job: Job; readonly done: () => void }[] = [];
  readonly #tasks = new Set<SlicedTask>();
  readonly #whenIdle: (() => void)[] = [];
  readonly #whenDecided: (() => void)[] = [];
  #holds = 0;
  #isScheduled = false;
  #received = 0;
  #isStopped = false;
  #isDeferred = false;
  /** Work that nobody's routes wait for. */
  #hasMore = false;

  constructor(
    clock: ClockPort,
    rib: Rib,
    drainGroups: SlicedTask,
    drainTaps: SlicedTask,
    onIdle: () => void,
    size: SliceSize = USUAL_SLICE,
  ) {
    this.#clock = clock;
    this.#rib = rib;
    this.#drainGroups = drainGroups;
    this.#drainTaps = drainTaps;
    this.#onIdle = onIdle;
    this.#size = size;
    this.#portion = new Portion(size.routesPerRound);
  }

  /** More has come in than was worked off: stop reading until `onIdle`. */
  get isBehind(): boolean {
    return this.#received > HIGH_WATER_ROUTES && !this.#isDeferred;
  }

  get isIdle(): boolean {
    return !this.#isScheduled;
  }

  /** What waits: routes that came in and are not decided yet, jobs over tables, tasks of listings and plans. */
  get waiting(): { readonly routes: number; readonly jobs: number; readonly tasks: number } {
    return { routes: this.#received, jobs: this.#jobs.length, tasks: this.#tasks.size };
  }

  received(routes: number): void {
    this.#received += routes;
    this.wake();
  }

  /** `done` runs when the job is complete. */
  addJob(job: Job, done: () => void = () => {}): void {
    this.#jobs.push({ job, done });
    this.wake();
  }

  /** The task runs in every slice until it says that it is complete. */
  addTask(task: SlicedTask): void {
    this.#tasks.add(task);
    this.wake();
  }

  /** Runs once when nothing is left to decide or to send, which may be now. */
  whenIdle(run: () => void): void {
    this.#whenIdle.push(run);
    this.wake();
  }

  /**
   * Runs the job, and `done` when everything that it changed is decided. Nothing is sent meanwhile, so that what `done` changes goes
   * out together with it: each route once.
   */
  beforeSending(job: Job, done: () => void): void {
    this.#holds++;
    this.addJob(job, () => {
      this.#whenDecided.push(() => {
        this.#holds--;
        done();
      });
    });
  }

  /** RFC 4724 §4.1: while deferred, no route is selected and none is sent. */
  defer(isDeferred: boolean): void {
    this.#isDeferred = isDeferred;
    this.wake();
  }

  wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    this.#clock.soon(() => this.#slice());
  }

  stop(): void {
    this.#isStopped = true;
  }

  #slice(): void {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    let nowMs = this.#clock.nowMs();
    const until = nowMs + SLICE_MS;
    let areRoutesDone = false;
    const { rounds, routesPerRound } = this.#size;
    for (let left = rounds * routesPerRound; left > 0; ) {
      const { size } = this.#portion;
      areRoutesDone = this.#round(size);
      left -= size;
      const beganMs = nowMs;
      nowMs = this.#clock.nowMs();
      this.#portion.took(nowMs - beganMs);
      if (areRoutesDone && !this.#hasMore) break;
      if (nowMs >= until) break;
    }
    if (!areRoutesDone || this.#hasMore) this.wake();
    if (!areRoutesDone) return;
    // Whoever reads a listing slowly must not keep neighbors from being read.
    this.#received = 0;
    this.#onIdle();
    for (const run of this.#whenIdle.splice(0)) run();
  }

  #round(routesPerRound: number): boolean {
    const current = this.#jobs[0];
    if (current?.job.run(routesPerRound) === true) {
      this.#jobs = this.#jobs.slice(1);
      current.done();
    }
    if (this.#isDeferred) {
      // What neighbors announce meanwhile is known, though nothing is selected of it.
      this.#hasMore = !this.#drainTaps(routesPerRound);
      return this.#jobs.length === 0;
    }
    const isDecided = this.#rib.decide(routesPerRound);
    if (isDecided) for (const run of this.#whenDecided.splice(0)) run();
    const isDrained = this.#holds > 0 || this.#drainGroups(routesPerRound);
    for (const task of this.#tasks) if (task(routesPerRound)) this.#tasks.delete(task);
    this.#hasMore = !this.#drainTaps(routesPerRound) || this.#tasks.size > 0;
    return isDecided && isDrained && this.#holds === 0 && this.#jobs.length === 0;
  }
}
