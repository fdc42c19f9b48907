import { setTimeout as delay } from 'node:timers/promises';
import type { LogLevel, LogValue } from '@bgp/telemetry';
import { destination, pino } from 'pino';

export type LogFields = Readonly<Record<string, LogValue>>;

export interface Log {
  write(level: LogLevel | 'fatal', message: string, fields?: LogFields): void;
  /** Resolves when everything written so far is with the system, or the reader has not taken it for a second. */
  flush(): Promise<void>;
}

const FLUSH_MS = 1_000;

/** A level shows itself and everything ranked before it. */
const RANK: Readonly<Record<LogLevel | 'fatal', number>> = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 };

export function isAtLeast(level: LogLevel | 'fatal', threshold: LogLevel): boolean {
  return RANK[level] <= RANK[threshold];
}

export function isLogLevel(text: string): text is LogLevel {
  return text !== 'fatal' && Object.hasOwn(RANK, text);
}

/** One JSON object per line on stdout. Asynchronous: a reader that stalls must not stall sessions. */
export function jsonLog(): Log {
  const out = destination({ dest: 1, sync: false });
  out.on('error', reportLoss);
  const logger = pino(
    {
      level: 'trace', // The threshold differs by neighbor, see compose.ts.
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    out,
  );
  return {
    write: (level, message, fields = {}) => logger[level](fields, message),
    flush: () => Promise.race([new Promise<void>((resolve) => out.flush(() => resolve())), delay(FLUSH_MS)]),
  };
}

let isLossReported = false;

/** Nobody reads the log any more: no reason to end sessions, but somebody should know. */
function reportLoss(error: Error): void {
  if (isLossReported) return;
  isLossReported = true;
  process.stderr.write(`tsbgpd: log records are lost: ${error.message}\n`);
}

/** For a person in front of a terminal. */
export function prettyLog(): Log {
  process.stdout.on('error', reportLoss);
  return {
    write(level, message, fields = {}) {
      const time = new Date().toISOString().slice(11, 23);
      const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${formatValue(value)}`);
      process.stdout.write(`${time} ${level.toUpperCase().padEnd(5)} ${message}${shown.join('')}\n`);
    },
    flush: () =>
      Promise.race([new Promise<void>((resolve) => process.stdout.write('', () => resolve())), delay(FLUSH_MS)]),
  };
}

function formatValue(value: LogValue): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return /^[\p{L}\p{N}.:,/_%+-]+$/u.test(text) ? text : JSON.stringify(text);
}
