import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  DEFAULT_MAX_RECORD_OCTETS,
  ElementReader,
  formatMrtError,
  type MrtElement,
  type MrtError,
  MrtFramer,
} from '@bgp/mrt';
import unbzip2Stream from 'unbzip2-stream';
import { UsageError } from '../usage-error.ts';

const CHUNK_OCTETS = 1 << 18;

const MAX_KINDS = 20;

/** What was found besides routes, for the end of a command: one sentence for each kind of problem, the first of its kind, with how often. */
export class MrtProblems {
  readonly #kinds = new Map<string, { readonly sentence: string; count: number }>();
  #others = 0;
  /** Why reading ended before the file did. */
  fatal: string | undefined;

  add(error: MrtError): void {
    // Places and lengths differ each time; codes, families and types are what a person can do something with.
    const {
      code,
      afi = 0,
      safi = 0,
      type = 0,
      subtype = 0,
    }: { code: string } & Partial<Record<string, unknown>> = error;
    this.#add(`${code} ${afi} ${safi} ${type} ${subtype}`, () => formatMrtError(error));
  }

  addSentence(sentence: string): void {
    this.#add(sentence, () => sentence);
  }

  /** For standard error, most frequent first. */
  lines(): string[] {
    const lines = [...this.#kinds.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ sentence, count }) => (count === 1 ? sentence : `${sentence} (${count} times)`));
    if (this.#others > 0) lines.push(`There were ${this.#others} problems of other kinds.`);
    if (this.fatal !== undefined) lines.push(this.fatal);
    return lines;
  }

  /** A file of noise has many kinds; what is kept is bounded. */
  #add(key: string, sentence: () => string): void {
    const known = this.#kinds.get(key);
    if (known !== undefined) known.count++;
    else if (this.#kinds.size < MAX_KINDS) this.#kinds.set(key, { sentence: sentence(), count: 1 });
    else this.#others++;
  }
}

/**
 * Visits the elements of a file, record by record; `-` is standard input. gzip and bzip2 are known by their first octets. Memory holds a
 * chunk and a record. What cannot be read goes to `problems`.
 *
 * Yields after each chunk, which is the place to write what was visited; who stops asking has read enough.
 */
export async function* readElements(
  path: string,
  visit: (element: MrtElement) => void,
  problems: MrtProblems,
): AsyncGenerator<void> {
  const framer = new MrtFramer(DEFAULT_MAX_RECORD_OCTETS);
  const reader = new ElementReader();
  try {
    for await (const chunk of unpacked(path)) {
      framer.push(chunk);
      const goesOn = readRecords(framer, reader, visit, problems);
      yield;
      if (!goesOn) return;
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    problems.fatal = `The file cannot be read further: ${error instanceof Error ? error.message : error}.`;
    return;
  }
  const end = framer.end();
  if (!end.ok) problems.fatal = formatMrtError(end.error);
}

/** False when the place of the next record is lost. */
function readRecords(
  framer: MrtFramer,
  reader: ElementReader,
  visit: (element: MrtElement) => void,
  problems: MrtProblems,
): boolean {
  for (;;) {
    const next = framer.next();
    if (!next.ok) {
      if (next.error.code === 'record-too-large') {
        problems.fatal = formatMrtError(next.error);
        return false;
      }
      problems.add(next.error);
    } else if (next.value === undefined) {
      return true;
    } else {
      for (const error of reader.read(next.value, visit)) problems.add(error);
    }
  }
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const source = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_OCTETS });
  const chunks = source[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
  let first: Uint8Array;
  try {
    first = await firstOctets(chunks);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  const all = prepend(first, chunks);
  if (first[0] === 0x1f && first[1] === 0x8b) yield* gunzip(all);
  else if (String.fromCharCode(...first.subarray(0, 3)) === 'BZh') yield* bunzip2(all);
  else yield* all;
}

/** The first three octets decide; a pipe may give fewer at once. */
async function firstOctets(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let first = new Uint8Array(0);
  while (first.length < 3) {
    const next = await chunks.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  return first;
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}

function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzipped = createGunzip({ chunkSize: CHUNK_OCTETS });
  // Errors of either end come out of `gunzipped`, which is read below.
  pipeline(Readable.from(chunks, { objectMode: false }), gunzipped, () => undefined);
  return gunzipped;
}

/** Docs: docs/adr/0025-bzip2.md. */
async function* bunzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = unbzip2Stream();
  let decoded: Uint8Array[] = [];
  let failure: Error | undefined;
  decoder.on('data', (part: Uint8Array) => decoded.push(part));
  decoder.on('error', (error: Error) => {
    failure ??= error;
  });
  const take = () => {
    const taken = decoded;
    decoded = [];
    return taken;
  };
  for await (const chunk of chunks) {
    decoder.write(chunk);
    yield* take();
    if (failure !== undefined) throw failure;
  }
  decoder.end();
  yield* take();
  if (failure !== undefined) throw failure;
}
