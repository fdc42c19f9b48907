import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Measured {
  /** User and system time of this process. */
  readonly cpuSeconds: number;
  readonly elapsedSeconds: number;
}

/** Runs the work once. */
export function measure(work: () => void): Measured {
  const startMs = performance.now();
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return { cpuSeconds: (used.user + used.system) / 1e6, elapsedSeconds: (performance.now() - startMs) / 1000 };
}

/** Work units per second: the best of several rounds after one to warm up, because a slower round measures the machine. */
export function throughput(unitsPerRun: number, run: () => void, rounds = 5): number {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) best = Math.min(best, measure(run).elapsedSeconds);
  return unitsPerRun / best;
}

/** Octets held by typed arrays and the heap, after a collection: twice, because memory of arrays goes after the objects that had it. */
export function heldOctets(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Peak resident set of this process so far, MiB. */
export function peakRssMiB(): number {
  return process.resourceUsage().maxRSS / 1024;
}
