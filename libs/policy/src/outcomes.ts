import { type Change, changeKey, mergeChanges, toEdit } from './change.ts';
import type { TermRef, Verdict } from './types.ts';

/**
 * What has been accumulated on the way through a chain, as a state of a machine: each term that changes something leads
 * to the next state. Steps and verdicts are remembered, so after the first route of its kind a chain allocates nothing
 * and gives the same verdict object again.
 */
export class Outcomes {
  readonly #byKey = new Map<string, OutcomeState>();
  readonly start: OutcomeState;

  constructor() {
    this.start = this.#intern({});
  }

  #intern(change: Change): OutcomeState {
    const key = changeKey(change);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const state = new OutcomeState(change, (merged) => this.#intern(merged));
    this.#byKey.set(key, state);
    return state;
  }
}

export class OutcomeState {
  readonly #change: Change;
  readonly #intern: (change: Change) => OutcomeState;
  readonly #next = new Map<TermRef, OutcomeState>();
  readonly #accepted = new Map<TermRef, Verdict>();
  readonly #edit: ReturnType<typeof toEdit>;

  constructor(change: Change, intern: (change: Change) => OutcomeState) {
    this.#change = change;
    this.#intern = intern;
    this.#edit = toEdit(change);
  }

  /** The state after `term`, whose change is always the same. */
  after(term: TermRef, change: Change): OutcomeState {
    const known = this.#next.get(term);
    if (known !== undefined) return known;
    const state = this.#intern(mergeChanges(this.#change, change));
    this.#next.set(term, state);
    return state;
  }

  accept(by: TermRef): Verdict {
    const known = this.#accepted.get(by);
    if (known !== undefined) return known;
    const verdict: Verdict = {
      action: 'accept',
      by,
      ...(this.#edit && { edit: this.#edit }),
      ...(typeof this.#change.nextHop === 'string' && { nextHop: this.#change.nextHop }),
    };
    this.#accepted.set(by, verdict);
    return verdict;
  }
}
