import type { ClockPort } from '@bgp/speaker';

/** setTimeout keeps its delay in 31 bits; a longer one would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The clock port on Node's timers. Its timers keep the process alive. */
export function nodeClock(): ClockPort {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    after,
    // The check phase comes after timers and sockets of this turn, so that slices of a long job never starve them.
    soon: (slice) => {
      setImmediate(slice);
    },
  };
}

function after(delayMs: number, run: () => void): () => void {
  const dueMs = performance.now() + delayMs;
  let timer: NodeJS.Timeout | undefined;
  const arm = (restMs: number): void => {
    timer =
      restMs > LONGEST_TIMEOUT_MS
        ? setTimeout(() => arm(dueMs - performance.now()), LONGEST_TIMEOUT_MS)
        : setTimeout(run, Math.max(0, restMs));
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}
