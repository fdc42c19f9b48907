import { CRC_START, crc32, crcOf, crcStep } from './crc32.ts';
import { type EventRecord, isEventType } from './event.ts';

/*
 * One line per event, for programs and for grep:
 *
 *   8f3a01bc {"epoch":1763712345678,"durable":98,"volatile":120,"atMs":1763712400123,"type":"session-up",…}
 *
 * Eight hex digits are the CRC-32 of the JSON text, which is ASCII (everything else is escaped). A line is whole or it is nothing: a write
 * that broke off, a flipped bit and a torn page all fail the same check. What a bad line held is told by the counts around it.
 */

const LF = 0x0a;
const SPACE = 0x20;
const CRC_DIGITS = 8;
const JSON_START = CRC_DIGITS + 1;
/** No event comes near; a longer line is damage. */
export const MAX_LINE_OCTETS = 1 << 20;

/** The line of one event, with its line end. */
export function encodeLine(record: EventRecord): Uint8Array {
  const json = JSON.stringify(record).replaceAll(/[\u007f-\uffff]/g, escapeUnit);
  const line = new Uint8Array(JSON_START + json.length + 1);
  let sum = CRC_START;
  for (let index = 0; index < json.length; index++) {
    const octet = json.charCodeAt(index);
    line[JSON_START + index] = octet;
    sum = crcStep(sum, octet);
  }
  const crc = crcOf(sum).toString(16).padStart(CRC_DIGITS, '0');
  for (let index = 0; index < CRC_DIGITS; index++) line[index] = crc.charCodeAt(index);
  line[CRC_DIGITS] = SPACE;
  line[line.length - 1] = LF;
  return line;
}

/** What a segment ends with behind its last whole line. */
export interface SegmentTail {
  /** Where the last whole line ends. */
  readonly wholeOctets: number;
  /** What follows: torn. */
  readonly tornOctets: number;
  /** Lines in there, whole or not; at least this many events were written. */
  readonly tornLines: number;
}

/** Reads a segment that comes in chunks. Keeps no chunk; never throws, whatever the octets. */
export class SegmentReader {
  #rest = new Uint8Array(0);
  #readOctets = 0;
  #wholeOctets = 0;
  /** Since the last whole line. */
  #badLines = 0;
  /** Of a line that is too long. */
  #isSkipping = false;

  /** The events of all lines that end in this chunk. */
  feed(chunk: Uint8Array): EventRecord[] {
    const records: EventRecord[] = [];
    this.#readOctets += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = this.#joined(chunk.subarray(start, end));
      const record = this.#isSkipping ? undefined : decodeLine(line);
      this.#isSkipping = false;
      start = end + 1;
      if (record === undefined) {
        this.#badLines++;
        continue;
      }
      records.push(record);
      this.#badLines = 0;
      this.#wholeOctets = this.#readOctets - (chunk.length - start);
    }
    const rest = chunk.subarray(start);
    if (this.#isSkipping || this.#rest.length + rest.length > MAX_LINE_OCTETS) {
      this.#isSkipping = true;
      this.#rest = new Uint8Array(0);
    } else this.#rest = this.#joined(rest).slice();
    return records;
  }

  get tail(): SegmentTail {
    const isOpen = this.#rest.length > 0 || this.#isSkipping;
    return {
      wholeOctets: this.#wholeOctets,
      tornOctets: this.#readOctets - this.#wholeOctets,
      tornLines: this.#badLines + Number(isOpen),
    };
  }

  #joined(part: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return part;
    const joined = new Uint8Array(this.#rest.length + part.length);
    joined.set(this.#rest);
    joined.set(part, this.#rest.length);
    this.#rest = new Uint8Array(0);
    return joined;
  }
}

/** Undefined: not a whole line, or of a type that this version does not know. */
function decodeLine(line: Uint8Array): EventRecord | undefined {
  if (line.length <= JSON_START || line[CRC_DIGITS] !== SPACE) return undefined;
  const crc = textOf(line.subarray(0, CRC_DIGITS));
  if (!/^[0-9a-f]{8}$/.test(crc) || Number.parseInt(crc, 16) !== crc32(line, JSON_START)) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(textOf(line.subarray(JSON_START)));
  } catch {
    return undefined; // counts as damage like a wrong checksum
  }
  return isRecord(parsed) ? parsed : undefined;
}

function isRecord(value: unknown): value is EventRecord {
  const { epoch, durable, volatile, atMs, type } = (value ?? {}) as Partial<Record<keyof EventRecord, unknown>>;
  const areCounts = [epoch, durable, volatile].every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
  return areCounts && Number.isFinite(atMs) && typeof type === 'string' && isEventType(type);
}

function textOf(octets: Uint8Array): string {
  const PIECE = 4096; // an argument list has a limit
  let text = '';
  for (let start = 0; start < octets.length; start += PIECE) {
    text += String.fromCharCode(...octets.subarray(start, start + PIECE));
  }
  return text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
