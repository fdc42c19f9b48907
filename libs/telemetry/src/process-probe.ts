import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LagHistogram } from './loop-lag.ts';
import type { ProcessProbe } from './types.ts';

/** The monitor is a timer of this period; its measurements contain the period itself. */
const SAMPLING_MS = 20;
const NANOSECONDS = 1e9;
const SAMPLING_NS = SAMPLING_MS * 1e6;

/** Reads this process. The loop-delay monitor costs two timers every 20 ms and does not keep the process alive. */
export function nodeProcessProbe(): ProcessProbe {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLING_MS });
  histogram.enable();
  const lag = new LagHistogram();
  let due = performance.now() + SAMPLING_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lag.add((now - due) / 1000);
    due = now + SAMPLING_MS;
  }, SAMPLING_MS).unref();
  const delay = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds - SAMPLING_NS) / NANOSECONDS : 0;
  return {
    read() {
      const cpu = process.cpuUsage();
      const memory = process.memoryUsage();
      const uptimeSeconds = process.uptime();
      return {
        cpuUserSeconds: cpu.user / 1e6,
        cpuSystemSeconds: cpu.system / 1e6,
        residentOctets: memory.rss,
        heapUsedOctets: memory.heapUsed,
        startTimeSeconds: Math.round(Date.now() / 1000 - uptimeSeconds),
        uptimeSeconds,
        loopDelay: {
          count: histogram.count,
          p50Seconds: delay(histogram.percentile(50)),
          p90Seconds: delay(histogram.percentile(90)),
          p99Seconds: delay(histogram.percentile(99)),
          // Before the first sample the maximum is 0 and the mean is not a number.
          maxSeconds: delay(histogram.max),
          meanSeconds: delay(histogram.mean),
        },
        loopLag: lag.read(),
      };
    },
    close() {
      histogram.disable();
      clearInterval(timer);
    },
  };
}
