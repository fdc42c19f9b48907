import type { WireError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

export const HEADER_OCTETS = 19;

/** Message types of RFC 4271 §4.1 and RFC 2918 §3. */
export const MESSAGE_TYPE = { OPEN: 1, UPDATE: 2, NOTIFICATION: 3, KEEPALIVE: 4, ROUTE_REFRESH: 5 } as const;

/** RFC 4271 §4.2–4.5, RFC 2918 §3: the least length of each type, header included; index 0 is no type. */
const MINIMUM_OCTETS = [0, 29, 23, 21, 19, 23] as const;

const NOTHING_YET = ok(undefined);
const NO_OCTETS: Uint8Array = new Uint8Array(0);

/** The type octet of the whole message at `start`. */
export function messageType(frame: Uint8Array, start = 0): number {
  return frame[start + 18] ?? 0;
}

/**
 * Cuts a stream of octets into messages, whatever the chunks are.
 *
 * A message that lies within one chunk is left there; one that spans chunks is put together in a joint buffer. Each octet is
 * copied at most once, also when they arrive one by one. A message is valid until the next `push`; the chunk must stay
 * unchanged as long. `next` hands it out as a view; `advance` makes no object and says where it is.
 *
 * After an error the stream has lost its rhythm: every further `next` repeats the error.
 */
export class MessageFramer {
  /** The message that `advance` found is `octets`' `[start, end)`, header included. */
  octets: Uint8Array = NO_OCTETS;
  start = 0;
  end = 0;
  #maxMessageOctets: number;
  /** Chunks not yet used up, from `#head` on; `#position` counts in that one. */
  #chunks: Uint8Array[] = [];
  #head = 0;
  #position = 0;
  /** The beginning of a message whose rest has not come yet. */
  #partial = new Uint8Array(4096);
  #partialLength = 0;
  /** Takes turns with `#partial`, so that a joint frame outlives the beginning of the following message. */
  #spare = new Uint8Array(4096);
  /** A frame in `#spare` was handed out since the last push. */
  #spareInUse = false;
  #failure: { readonly ok: false; readonly error: WireError } | undefined;

  /** @param maxMessageOctets 4096; 65535 once both sides announced extended messages (RFC 8654). */
  constructor(maxMessageOctets: 4096 | 65535 = 4096) {
    this.#maxMessageOctets = maxMessageOctets;
  }

  /** Takes effect with the next header that is looked at. */
  setMaxMessageOctets(maxMessageOctets: 4096 | 65535): void {
    this.#maxMessageOctets = maxMessageOctets;
  }

  /** Octets held back for want of the rest of a message. */
  get pendingOctets(): number {
    let octets = this.#partialLength - this.#position;
    for (let i = this.#head; i < this.#chunks.length; i++) octets += this.#chunks[i]!.length; // i is in range
    return octets;
  }

  push(chunk: Uint8Array): void {
    this.#spareInUse = false;
    if (chunk.length > 0 && this.#failure === undefined) this.#chunks.push(chunk);
  }

  /** The next whole message, `undefined` when more octets are needed, or a message header error. */
  next(): Result<Uint8Array | undefined, WireError> {
    if (this.advance()) return ok(this.octets.subarray(this.start, this.end));
    return this.#failure ?? NOTHING_YET;
  }

  /** What is wrong with a message header. */
  get failure(): WireError | undefined {
    return this.#failure?.error;
  }

  /** Goes to the next whole message. False: more octets are needed, or there is a `failure`. */
  advance(): boolean {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined) return this.#stop();
    if (this.#partialLength > 0) return this.#advanceJoint();
    const position = this.#position;
    const available = chunk.length - position;
    if (available >= HEADER_OCTETS) {
      const error = checkHeader(chunk, position, this.#maxMessageOctets);
      if (error !== undefined) return this.#fail(error);
      const length = lengthAt(chunk, position);
      if (length <= available) {
        this.#consume(chunk, length);
        return this.#found(chunk, position, length);
      }
    }
    return this.#advanceJoint();
  }

  /** Gathers one message from the held-back beginning and as many chunks as it takes. */
  #advanceJoint(): boolean {
    if (!this.#gather(HEADER_OCTETS)) return this.#stop();
    const error = checkHeader(this.#partial, 0, this.#maxMessageOctets);
    if (error !== undefined) return this.#fail(error);
    const length = lengthAt(this.#partial, 0);
    if (!this.#gather(length)) return this.#stop();
    const joint = this.#partial;
    const next = this.#spareInUse ? new Uint8Array(4096) : this.#spare;
    this.#spare = this.#partial;
    this.#spareInUse = true;
    this.#partial = next;
    this.#partialLength = 0;
    return this.#found(joint, 0, length);
  }

  #found(octets: Uint8Array, start: number, length: number): true {
    this.octets = octets;
    this.start = start;
    this.end = start + length;
    return true;
  }

  /** There is nothing to be had: a chunk that is used up must not be pinned. */
  #stop(): false {
    this.octets = NO_OCTETS;
    this.start = this.end = 0;
    return false;
  }

  /** Fills `#partial` up to `wanted` octets; false when the chunks are used up before that. */
  #gather(wanted: number): boolean {
    if (wanted > this.#partial.length) {
      const grown = new Uint8Array(wanted);
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    while (this.#partialLength < wanted) {
      const chunk = this.#chunks[this.#head];
      if (chunk === undefined) return false;
      const count = Math.min(wanted - this.#partialLength, chunk.length - this.#position);
      this.#partial.set(chunk.subarray(this.#position, this.#position + count), this.#partialLength);
      this.#partialLength += count;
      this.#consume(chunk, count);
    }
    return true;
  }

  #consume(chunk: Uint8Array, count: number): void {
    this.#position += count;
    if (this.#position < chunk.length) return;
    this.#position = 0;
    this.#head++;
    if (this.#head < this.#chunks.length) return;
    this.#chunks.length = 0;
    this.#head = 0;
  }

  #fail(error: WireError): false {
    this.#chunks.length = 0;
    this.#head = 0;
    this.#position = 0;
    this.#partialLength = 0;
    this.#failure = err(error);
    return this.#stop();
  }
}

function lengthAt(octets: Uint8Array, start: number): number {
  return (octets[start + 16]! << 8) | octets[start + 17]!;
}

/** RFC 4271 §6.1 over the nineteen octets at `start`, which the caller knows to be there. */
export function checkHeader(octets: Uint8Array, start: number, maxMessageOctets: number): WireError | undefined {
  for (let i = 0; i < 16; i++) if (octets[start + i] !== 0xff) return { code: 'marker-invalid' };
  const length = lengthAt(octets, start);
  if (length < HEADER_OCTETS || length > maxMessageOctets) return { code: 'message-length-invalid', length };
  const type = octets[start + 18]!;
  const minimum = MINIMUM_OCTETS[type];
  if (minimum === undefined || type === 0) return { code: 'message-type-invalid', messageType: type };
  if (length < minimum) return { code: 'message-length-invalid', length };
  if (type === MESSAGE_TYPE.KEEPALIVE && length !== HEADER_OCTETS) return { code: 'message-length-invalid', length };
  // RFC 8654 §4: extended messages do not extend OPEN and KEEPALIVE.
  if (type === MESSAGE_TYPE.OPEN && length > 4096) return { code: 'message-length-invalid', length };
  return undefined;
}
