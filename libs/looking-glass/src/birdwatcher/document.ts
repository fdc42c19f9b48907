import { ok, type Result } from '@bgp/wire';
import type { GlassError } from '../glass-error.ts';
import type { GlassSource } from '../glass-source.ts';
import type { Viewer } from '../viewer.ts';
import { formatApiTime } from './time.ts';

/**
 * Pieces of one JSON document, or of a text. Each `next` is bounded work; an empty piece is work that found nothing, where white space may
 * stand. After an error the document stays unfinished.
 */
export type Pieces = Iterator<Result<string, GlassError>, undefined>;

export interface Answer {
  readonly contentType: 'application/json' | 'text/plain; charset=utf-8';
  readonly pieces: Pieces;
}

export interface GlassContext {
  readonly source: GlassSource;
  readonly viewer: Viewer;
  /** `0.1.0`. */
  readonly version: string;
  readonly nowMs: () => number;
  /** When the running configuration came into force. */
  readonly configuredAtMs: () => number;
}

/** A value of a document. */
export type Form = Readonly<Record<string, unknown>>;

/** A document in one piece. */
export function* whole(text: string): Generator<Result<string, GlassError>, undefined> {
  yield ok(text);
  return undefined;
}

/** alice-lg reads answers as a stream and takes `api`, `ttl` and `routes` for what they name wherever they stand: only here. */
export function head({ version, nowMs }: GlassContext): string {
  const cachedAt = { date: formatApiTime(nowMs()), timezone_type: 'UTC', timezone: 'UTC' };
  const api = {
    Version: `tsbgpd ${version}`,
    result_from_cache: false,
    cache_status: { cached_at: cachedAt, orig_ttl: 0 },
  };
  return `"api":${JSON.stringify(api)}`;
}

/** Nothing is cached: an answer is out of date as soon as it is there. */
export function tail({ nowMs }: GlassContext): string {
  return `"ttl":${JSON.stringify(formatApiTime(nowMs()))}`;
}
