import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  comparePlaces,
  type DurablePlace,
  type EventRecord,
  expiredSegments,
  parseSegmentName,
  type Retention,
  type SegmentInfo,
  SegmentReader,
} from '@bgp/event-log';

/** Octets read and decoded in one turn of the event loop: a millisecond at most. */
const CHUNK_OCTETS = 16_384;

const MAX_HINTS = 256;

/** A file of the log that this process knows; `octets` and `lastMs` follow what is written. */
export type Segment = { -readonly [K in keyof SegmentInfo]: SegmentInfo[K] };

/** What an earlier run left. */
export interface EarlierEvents {
  /** The latest ones, in order. */
  readonly records: readonly EventRecord[];
  /** The highest run that any file names. */
  readonly lastEpoch: number;
  /** Cut off the end, because a write broke off there. */
  readonly cutOctets: number;
  /** At least so many events were in there. */
  readonly cutEvents: number;
}

/** The segments of one folder, oldest first. Reading never throws for what is in a file; errors of the file system go to `onError`. */
export class SegmentFolder {
  readonly path: string;
  readonly #onError: (what: string, error: unknown) => void;
  #segments: Segment[] = [];
  /** Where reading came by, the latest last: whoever goes on from page to page need not begin with the file. */
  readonly #hints: { readonly name: string; readonly place: DurablePlace; readonly offset: number }[] = [];
  /** Ends that are to be cut off, and where. */
  readonly #cuts: { readonly name: string; readonly octets: number }[] = [];

  constructor(path: string, onError: (what: string, error: unknown) => void) {
    this.path = path;
    this.#onError = onError;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get octets(): number {
    return this.#segments.reduce((sum, { octets }) => sum + octets, 0);
  }

  /**
   * At the start, before anything else runs: finds the segments and reads the latest `count` events. Changes nothing, for another daemon
   * may be running here; `cutSync` follows when that is ruled out. Throws what the file system throws.
   */
  openSync(count: number): EarlierEvents {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.path).sort()) {
      const place = parseSegmentName(name);
      if (place === undefined) continue;
      const { size, mtimeMs } = statSync(join(this.path, name));
      this.#segments.push({ name, ...place, octets: size, lastMs: mtimeMs });
    }
    const lastEpoch = Math.max(0, ...this.#segments.map(({ epoch }) => epoch));
    let [cutOctets, cutEvents] = [0, 0];
    let records: EventRecord[] = [];
    for (const segment of this.#segments.toReversed()) {
      const { events, tail } = readSegmentSync(join(this.path, segment.name));
      // Only behind what was written last is a torn end nobody's; elsewhere the counts tell what is missing.
      if (records.length === 0 && (tail.tornOctets > 0 || segment.octets === 0)) {
        cutOctets += tail.tornOctets;
        cutEvents += tail.tornLines;
        this.#cuts.push({ name: segment.name, octets: tail.wholeOctets });
        segment.octets = tail.wholeOctets;
      }
      records = [...events, ...records].slice(-count);
      if (records.length >= count) break;
    }
    this.#segments = this.#segments.filter(({ octets }) => octets > 0);
    const latest = Math.max(lastEpoch, records.at(-1)?.epoch ?? 0);
    return { records, lastEpoch: latest, cutOctets, cutEvents };
  }

  /** Takes the torn ends off that `openSync` found, and files without an event. Throws what the file system throws. */
  cutSync(): void {
    for (const { name, octets } of this.#cuts.splice(0)) {
      const path = join(this.path, name);
      if (octets === 0) {
        unlinkSync(path);
        continue;
      }
      const file = openSync(path, 'r+');
      try {
        ftruncateSync(file, octets);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Removes what is too old or too much. */
  async expire(retention: Retention, nowMs: number): Promise<void> {
    const expired = expiredSegments(this.#segments, retention, nowMs);
    this.#segments = this.#segments.slice(expired.length);
    for (const { name } of expired) {
      try {
        await unlink(join(this.path, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onError(`removing ${name}`, error);
      }
    }
  }

  /**
   * Events after one place, up to and including another, in order, a piece of a file at a time. What cannot be read is left out: the
   * counts tell. `notBeforeMs`: files that were written last before that are skipped.
   */
  async *read(
    after: DurablePlace,
    upTo: DurablePlace,
    notBeforeMs = Number.NEGATIVE_INFINITY,
  ): AsyncGenerator<readonly EventRecord[]> {
    const first = this.#segments.findLastIndex((segment) => comparePlaces(segment, after) <= 0);
    for (const { name, lastMs } of this.#segments.slice(Math.max(0, first))) {
      if (lastMs < notBeforeMs) continue;
      for await (const events of this.#readOne(name, this.#offsetOf(name, after))) {
        const wanted = events.filter((one) => comparePlaces(one, after) > 0 && comparePlaces(one, upTo) <= 0);
        if (wanted.length > 0) yield wanted;
        const last = events.at(-1);
        if (last !== undefined && comparePlaces(last, upTo) >= 0) return;
      }
    }
  }

  /** The latest `limit` that match, oldest first. */
  async latest(limit: number, matches: (record: EventRecord) => boolean): Promise<EventRecord[]> {
    let found: EventRecord[] = [];
    for (const { name } of this.#segments.toReversed()) {
      const here: EventRecord[] = [];
      for await (const events of this.#readOne(name, 0)) {
        here.push(...events.filter(matches));
        if (here.length > limit) here.splice(0, here.length - limit);
      }
      found = [...here, ...found].slice(-limit);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Where to begin in a file so that nothing after the place is missed. */
  #offsetOf(name: string, after: DurablePlace): number {
    const hint = this.#hints.findLast((one) => one.name === name && comparePlaces(one.place, after) <= 0);
    return hint?.offset ?? 0;
  }

  async *#readOne(name: string, from: number): AsyncGenerator<readonly EventRecord[]> {
    const reader = new SegmentReader();
    try {
      const file = await open(join(this.path, name), 'r');
      try {
        const chunk = new Uint8Array(CHUNK_OCTETS);
        for (let at = from; ; ) {
          const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
          if (bytesRead === 0) return;
          at += bytesRead;
          const events = reader.feed(chunk.subarray(0, bytesRead));
          const last = events.at(-1);
          if (last === undefined) continue;
          const { epoch, durable } = last;
          this.#hints.push({ name, place: { epoch, durable }, offset: from + reader.tail.wholeOctets });
          if (this.#hints.length > MAX_HINTS) this.#hints.shift();
          yield events;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      // Removed because it was too old, between the look at the list and now: as if it had been gone before.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onError(`reading ${name}`, error);
    }
  }
}

function readSegmentSync(path: string) {
  const reader = new SegmentReader();
  const events: EventRecord[] = [];
  const file = openSync(path, 'r');
  try {
    const chunk = new Uint8Array(CHUNK_OCTETS);
    for (;;) {
      const octets = readSync(file, chunk);
      if (octets === 0) break;
      events.push(...reader.feed(chunk.subarray(0, octets)));
    }
  } finally {
    closeSync(file);
  }
  return { events, tail: reader.tail };
}
