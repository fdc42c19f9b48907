import { SeededRandom } from '@bgp/testkit';
import { CHECKS } from './checks/index.ts';
import { findQuiet } from './checks/quiet.ts';
import type { Check } from './checks/types.ts';
import { planNetwork, UNIVERSE } from './plan/plan-network.ts';
import { healAll, startStopped } from './world/operations.ts';
import { performStep, type Step, type StepRow } from './world/step.ts';
import { routeFor } from './world/steps.ts';
import { World } from './world/world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly table: readonly StepRow[];
}

export interface Figures {
  readonly speakers: number;
  readonly sessions: number;
  /** Steps that applied. */
  readonly steps: number;
  /** Directions of links that were compared, over all steps. */
  readonly compared: number;
  readonly virtualSeconds: number;
  /** UPDATEs from the end of all faults to silence. */
  readonly updatesToRest: number;
  readonly secondsToRest: number;
}

export interface Outcome {
  readonly failure: Failure | undefined;
  /** One line per step. */
  readonly log: readonly string[];
  readonly figures: Figures;
}

export interface Failure {
  /** Name of the check, or of what else went wrong: equal for the same kind of failure. */
  readonly check: string;
  readonly afterStep: number;
  readonly details: readonly string[];
}

/** For all sessions to come up, and for all that follows from it: longer than the longest idle hold time. */
const UP_LIMIT_MS = 900_000;
const REST_LIMIT_MS = UP_LIMIT_MS + 300_000;
/** How often somebody looks after sessions that only an operator starts. */
const OPERATOR_MS = 60_000;
/** No UPDATE for so long, and the network is at rest. */
const REST_MS = 20_000;
/** At rest nothing but keepalives may follow. */
const WATCH_MS = 120_000;
/** Of one direction of a session, from the end of all faults to rest; a table here has less than a hundred prefixes. */
const STORM_UPDATES = 400;

export function run(options: RunOptions): Outcome {
  return new Run(options).outcome();
}

class Run {
  readonly #options: RunOptions;
  readonly #world: World;
  readonly #log: string[] = [];
  #applied = 0;
  #compared = 0;
  #updatesToRest = 0;
  #secondsToRest = 0;
  #at = -1;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#world = new World(planNetwork(options.seed), options.seed);
  }

  outcome(): Outcome {
    const world = this.#world;
    let failure: Failure | undefined;
    try {
      failure = this.#start() ?? this.#schedule() ?? this.#rest();
    } catch (error) {
      // Whatever it is, this seed has found it: an exception here is a finding like any other.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failure = this.#failure('nothing is thrown', [text]);
    }
    return {
      failure,
      log: this.#log,
      figures: {
        speakers: world.nodes.length,
        sessions: world.links.length,
        steps: this.#applied,
        compared: this.#compared,
        virtualSeconds: Math.round(world.nowMs / 1000),
        updatesToRest: this.#updatesToRest,
        secondsToRest: this.#secondsToRest,
      },
    };
  }

  #start(): Failure | undefined {
    const random = new SeededRandom(this.#options.seed + 1);
    for (const node of this.#world.nodes) {
      this.#world.boot(node, false);
      if (!node.plan.injects) continue;
      for (let routes = random.between(0, 3); routes > 0; routes--) {
        const { family, prefix } = random.pick(UNIVERSE.prefixes);
        this.#world.inject(node, routeFor(node, family, prefix));
      }
    }
    return this.#comesUp() ?? this.#check('always');
  }

  #schedule(): Failure | undefined {
    const world = this.#world;
    for (const step of this.#options.steps) {
      this.#at = step.index;
      const said = performStep(world, step, this.#options.table);
      if (said === undefined) continue;
      this.#applied++;
      this.#log.push(
        `#${step.index} at ${(world.nowMs / 1000).toFixed(3)} s: ${step.name}: ${said}, then ${step.waitMs} ms`,
      );
      world.network.runFor(step.waitMs);
      const failure = this.#check('always');
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** All faults end: the network must come to rest, and rest. */
  #rest(): Failure | undefined {
    const world = this.#world;
    this.#at = this.#options.steps.length;
    this.#log.push(`at ${(world.nowMs / 1000).toFixed(3)} s: all faults end`);
    healAll(world);
    const before = this.#updates();
    const start = world.nowMs;
    const failure = this.#comesUp();
    if (failure !== undefined) return failure;
    for (let updates = -1; updates !== this.#updates(); ) {
      if (world.nowMs - start > REST_LIMIT_MS) return this.#failure('the network comes to rest', this.#updatesBySide());
      updates = this.#updates();
      world.network.runFor(REST_MS);
    }
    this.#updatesToRest = this.#updates() - before;
    this.#secondsToRest = Math.round((world.nowMs - start - REST_MS) / 1000);
    if (this.#updatesToRest > STORM_UPDATES * world.sides.length) {
      return this.#failure('no message storm', [`${this.#updatesToRest} UPDATEs until the network was at rest`]);
    }
    return this.#check('always') ?? this.#check('settled') ?? this.#staysAtRest();
  }

  #staysAtRest(): Failure | undefined {
    const world = this.#world;
    const [updates, keepalives] = [this.#updates(), this.#sum('keepalive')];
    world.network.runFor(WATCH_MS);
    if (this.#updates() !== updates) return this.#failure('a network at rest stays at rest', this.#updatesBySide());
    // RFC 4271 §10: a third of the hold time, with jitter down to three quarters of that.
    const due = world.sides.reduce((sum, side) => {
      const keepaliveTime = world.status(side)?.negotiated?.keepaliveTime ?? 0;
      return sum + (keepaliveTime === 0 ? 0 : WATCH_MS / (keepaliveTime * 750) + 1);
    }, 0);
    const sent = this.#sum('keepalive') - keepalives;
    return sent <= due
      ? this.#check('settled')
      : this.#failure('no message storm', [`${sent} KEEPALIVEs where ${Math.ceil(due)} suffice`]);
  }

  #comesUp(): Failure | undefined {
    const world = this.#world;
    const isUp = () => world.sides.every((side) => world.status(side)?.state === 'Established');
    // Looking at every neighbor after every event would take longer than the events.
    for (let waited = 0; waited < UP_LIMIT_MS; waited += 1_000) {
      if (isUp()) return undefined;
      if (waited % OPERATOR_MS === OPERATOR_MS - 1_000) startStopped(world);
      world.network.runFor(1_000);
    }
    const down = world.sides.filter((side) => world.status(side)?.state !== 'Established');
    return this.#failure(
      'every session comes up',
      down.map(
        (side) =>
          `${side.self.plan.id} to ${side.other.plan.id}: ${world.status(side)?.state} ${world.status(side)?.lastError}`,
      ),
    );
  }

  #check(when: Check['when']): Failure | undefined {
    const world = this.#world;
    const look = { quiet: findQuiet(world) };
    this.#compared += look.quiet.length;
    if (world.surprises.length > 0) return this.#failure('everything that happens is explained', world.surprises);
    for (const check of CHECKS) {
      if (check.when !== when) continue;
      const details = check.run(world, look);
      if (details.length > 0) return this.#failure(check.name, details);
    }
    return undefined;
  }

  #failure(check: string, details: readonly string[]): Failure {
    return { check, afterStep: this.#at, details };
  }

  #updates(): number {
    return this.#sum('update');
  }

  #sum(kind: 'update' | 'keepalive'): number {
    return this.#world.sides.reduce(
      (sum, side) => sum + (this.#world.status(side)?.counters.messagesSent[kind] ?? 0),
      0,
    );
  }

  #updatesBySide(): string[] {
    return this.#world.sides.map(
      (side) =>
        `${side.self.plan.id} to ${side.other.plan.id}: ${this.#world.status(side)?.counters.messagesSent.update} UPDATEs`,
    );
  }
}
