import { type Outcome, type RunOptions, run } from './run.ts';

/** Runs that shrinking may take. */
const MAX_RUNS = 150;

/** Leaves out steps as long as the same check still fails; big pieces first. Not the smallest there is, but a small one. */
export function shrink(
  options: RunOptions,
  failed: Outcome,
  tried: (left: number) => void = () => {},
): { readonly options: RunOptions; readonly outcome: Outcome } {
  const { failure } = failed;
  if (failure === undefined) return { options, outcome: failed };
  let best = { options, outcome: failed };
  let runs = 0;
  const attempt = (steps: RunOptions['steps']): boolean => {
    runs++;
    const candidate = { ...options, steps };
    const outcome = run(candidate);
    if (outcome.failure?.check !== failure.check) return false;
    best = { options: candidate, outcome };
    tried(steps.length);
    return true;
  };
  // What comes after the failure has no part in it; a failure at the end needs what is there.
  attempt(options.steps.filter(({ index }) => index <= failure.afterStep));
  for (let size = Math.ceil(best.options.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = best.options.steps.length - size; at > -size && runs < MAX_RUNS; at -= size) {
      const { steps } = best.options;
      const from = Math.max(0, at);
      attempt([...steps.slice(0, from), ...steps.slice(Math.max(0, at + size))]);
    }
  }
  return best;
}
