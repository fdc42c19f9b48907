import { pause } from './lab/shell.ts';

/** A check that the rest of the scenario cannot do without has failed. */
export class ScenarioAborted extends Error {
  override readonly name = 'ScenarioAborted';
}

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly detail?: string;
  /** Why it could not be tried here; it counts as neither passed nor failed. */
  readonly skipped?: string;
}

type Probe = () => unknown;

/**
 * On a machine with other work each try takes longer, and the time that a check has says less: it ends when there were so many tries
 * for each second as well, but not after more than `MOST_TIMES` the time.
 */
const TRIES_PER_SECOND = 2;
const MOST_TIMES = 4;

/** Named, counted assertions. A probe throws (node:assert) or returns; a failed check does not hide the following ones. */
export class Checks {
  readonly results: CheckResult[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Holds now. */
  that(name: string, probe: Probe): Promise<boolean> {
    return this.eventually(name, 0, probe);
  }

  /** Comes true within `seconds`, or a little later where tries are slow. */
  async eventually(name: string, seconds: number, probe: Probe): Promise<boolean> {
    const started = Date.now();
    for (let tries = 1; ; tries++) {
      try {
        await probe();
        return this.#record(name, started);
      } catch (error) {
        const passed = (Date.now() - started) / 1000;
        const wasTried = tries >= seconds * TRIES_PER_SECOND || passed >= seconds * MOST_TIMES;
        if (passed >= seconds && wasTried) return this.#record(name, started, error);
        await pause(250);
      }
    }
  }

  /** Comes true within `seconds`, or the scenario ends here. */
  async required(name: string, seconds: number, probe: Probe): Promise<void> {
    if (!(await this.eventually(name, seconds, probe))) throw new ScenarioAborted(name);
  }

  /** Stays true for `seconds`. */
  async throughout(name: string, seconds: number, probe: Probe): Promise<boolean> {
    const started = Date.now();
    while (Date.now() - started < seconds * 1000) {
      try {
        await probe();
      } catch (error) {
        return this.#record(name, started, error);
      }
      await pause(250);
    }
    return this.#record(name, started);
  }

  /**
   * Stays true until `deadline` (as Date.now), after which it need not: what a probe that ends later finds says nothing.
   */
  async until(name: string, deadline: number, probe: Probe): Promise<boolean> {
    const started = Date.now();
    let held = 0;
    while (Date.now() < deadline) {
      try {
        await probe();
        held++;
      } catch (error) {
        if (Date.now() < deadline) return this.#record(name, started, error);
      }
      await pause(Math.max(0, Math.min(250, deadline - Date.now())));
    }
    if (held > 0) return this.#record(name, started);
    this.skip(name, 'the machine was too slow to look before the time was over');
    return true;
  }

  /** This machine cannot show it. */
  skip(name: string, reason: string): void {
    this.results.push({ name, passed: true, seconds: 0, skipped: reason });
    this.#say(`  skip  ${name}: ${reason}`);
  }

  #record(name: string, started: number, error?: unknown): boolean {
    const seconds = (Date.now() - started) / 1000;
    const passed = error === undefined;
    const detail = passed ? undefined : (error instanceof Error ? error.message : String(error)).slice(0, 2000);
    this.results.push({ name, passed, seconds, ...(detail === undefined ? {} : { detail }) });
    this.#say(`  ${passed ? 'ok  ' : 'FAIL'}  ${name} (${seconds.toFixed(1)} s)`);
    if (detail !== undefined) this.#say(detail.replaceAll(/^/gm, '        '));
    return passed;
  }
}
