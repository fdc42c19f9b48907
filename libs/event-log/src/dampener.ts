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
/** Neighbors kept; the one not seen for longest is forgotten first, which begins its bursts anew. */
const MAX_PEERS = 8192;

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
  /** By neighbor, then by sort, of which there are few. */
  readonly #peers = new Map<string, Map<string, Bucket>>();

  /** Undefined: left out. Else how many like it were left out since the last one that passed. */
  pass(body: EventBody, nowMs: number): { readonly unreported: number } | undefined {
    const sort = sortOf(body);
    if (sort === undefined) return { unreported: 0 };
    const { peer, key, rule } = sort;
    const bucket = this.#bucket(peer, key, rule, nowMs);
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

  /** The neighbor is established, or gone: its next trouble is news. What was left out is told with this. */
  forget(peer: string): number {
    let unreported = 0;
    for (const bucket of this.#peers.get(peer)?.values() ?? []) unreported += bucket.unreported;
    this.#peers.delete(peer);
    return unreported;
  }

  #bucket(peer: string, key: string, rule: Rule, nowMs: number): Bucket {
    const buckets = this.#peers.get(peer) ?? new Map<string, Bucket>();
    this.#peers.delete(peer);
    this.#peers.set(peer, buckets); // now the youngest
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= MAX_PEERS) break;
      this.#peers.delete(oldest);
    }
    const bucket = buckets.get(key) ?? { tokens: rule.burst, refilledMs: nowMs, unreported: 0 };
    buckets.set(key, bucket);
    return bucket;
  }
}

interface Sort {
  readonly peer: string;
  /** One of few: nothing that the other side chooses is in it. */
  readonly key: string;
  readonly rule: Rule;
}

function sortOf(body: EventBody): Sort | undefined {
  switch (body.type) {
    case 'state-changed': {
      const isNews = body.from === 'Established' || body.to === 'Established';
      return isNews ? undefined : { peer: body.peer, key: body.type, rule: AWAY };
    }
    case 'notification':
      return { peer: body.peer, key: body.direction, rule: AWAY };
    case 'update-error':
      return { peer: body.peer, key: body.code, rule: CAUSED };
    case 'route-refresh':
    case 'end-of-rib':
    case 'max-prefixes-warning':
    case 'not-advertised':
    case 'slow-peer':
      return { peer: body.peer, key: body.type, rule: CAUSED };
    default:
      return undefined;
  }
}
