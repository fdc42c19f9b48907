import type { EventBody } from './event.ts';

interface Rule {
  /** Events in a row. */
  readonly burst: number;
  /** Then one in this time. */
  readonly intervalMs: number;
}

const MINUTE_MS = 60_000;
/** A neighbor that is away tries every few seconds, for days. */
const AWAY: Rule = { burst: 16, intervalMs: 10 * MINUTE_MS };
/** What the other side can cause as often as it likes. */
const CAUSED: Rule = { burst: 32, intervalMs: MINUTE_MS };
/** Keys kept; the one not seen for longest is forgotten first, which begins its burst anew. */
const MAX_KEYS = 8192;

interface Bucket {
  tokens: number;
  refilledMs: number;
  unreported: number;
}

/**
 * Keeps repetitions from pushing what matters out of a bounded log. What is left out is counted, and the next event of the same sort
 * carries the count. Sessions that come up or go down always pass.
 */
export class Dampener {
  readonly #buckets = new Map<string, Bucket>();

  /** Undefined: left out. Else how many like it were left out since the last one that passed. */
  pass(body: EventBody, nowMs: number): { readonly unreported: number } | undefined {
    const sort = sortOf(body);
    if (sort === undefined) return { unreported: 0 };
    const [key, rule] = sort;
    const bucket = this.#buckets.get(key) ?? { tokens: rule.burst, refilledMs: nowMs, unreported: 0 };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket); // now the youngest
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_KEYS) break;
      this.#buckets.delete(oldest);
    }
    const refill = Math.floor((nowMs - bucket.refilledMs) / rule.intervalMs);
    if (refill > 0) {
      bucket.tokens = Math.min(rule.burst, bucket.tokens + refill);
      bucket.refilledMs += refill * rule.intervalMs;
    }
    if (bucket.tokens === 0) {
      bucket.unreported++;
      return undefined;
    }
    bucket.tokens--;
    const { unreported } = bucket;
    bucket.unreported = 0;
    return { unreported };
  }

  /** The neighbor is established: its next trouble is news. What was left out is told with this. */
  forget(peer: string): number {
    let unreported = 0;
    for (const [key, bucket] of this.#buckets) {
      if (!key.startsWith(`${peer} `)) continue;
      unreported += bucket.unreported;
      this.#buckets.delete(key);
    }
    return unreported;
  }
}

function sortOf(body: EventBody): readonly [key: string, rule: Rule] | undefined {
  switch (body.type) {
    case 'state-changed':
      return body.from === 'Established' || body.to === 'Established' ? undefined : [`${body.peer} state`, AWAY];
    case 'notification':
      return [`${body.peer} ${body.direction} ${body.code}/${body.subcode}`, AWAY];
    case 'update-error':
      return [`${body.peer} ${body.type} ${body.code}`, CAUSED];
    case 'route-refresh':
    case 'end-of-rib':
    case 'max-prefixes-warning':
    case 'not-advertised':
    case 'slow-peer':
      return [`${body.peer} ${body.type}`, CAUSED];
    default:
      return undefined;
  }
}
