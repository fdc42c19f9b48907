import type { UpdateBuilder } from '@bgp/wire';
import type { PrefixBatch } from './prefix-batch.ts';
import type { PrefixId } from './types.ts';

/** Where a prefix's words are written: the same cursor serves both address families. */
export interface PrefixWords {
  w0: number;
  w1: number;
  w2: number;
  w3: number;
  length: number;
}

/**
 * The prefixes of one family, each with a dense id that stays until `remove`. Two implementations, each with its own columns and
 * compare loop, so that neither becomes polymorphic inside; id 0 is "none". IPv4 uses `w0` only.
 */
export interface PrefixTable {
  readonly size: number;
  readonly octets: number;
  /** Bits of a host prefix: 32 or 128. */
  readonly maxLength: number;
  /** Ids below this may be in use. */
  readonly end: number;
  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId;
  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId;
  /** `find` and `intern` for each of the batch. */
  findAll(batch: PrefixBatch): void;
  internAll(batch: PrefixBatch): void;
  remove(id: PrefixId): void;
  isUsed(id: PrefixId): boolean;
  read(id: PrefixId, into: PrefixWords): void;
  /** Adds the prefix to the routes that the builder has begun. */
  addTo(builder: UpdateBuilder, id: PrefixId, pathId: number): void;
  /** Equal prefixes, equal hash, in every process. */
  hash(id: PrefixId): number;
  /** The prefix is the given one or lies inside it. */
  isInside(id: PrefixId, w0: number, w1: number, w2: number, w3: number, length: number): boolean;
}

/** The upper `bits` of a word, 0–32. */
export function mask(bits: number): number {
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
}

/** A free row; no prefix is that long. */
export const FREE = 255;
