import type { Result } from '@bgp/wire';
import type { MrtElement } from '../element.ts';
import { ElementReader } from '../element-reader.ts';
import type { MrtError } from '../errors.ts';
import { MrtFramer, type MrtRecord } from '../framer.ts';
import { LineWriter } from '../line-writer.ts';

/** All records of a file given in chunks, copied; then its end. */
export function framesOf(chunks: Iterable<Uint8Array>, maxRecordOctets?: number): Result<MrtRecord, MrtError>[] {
  const framer = new MrtFramer(maxRecordOctets);
  const frames: Result<MrtRecord, MrtError>[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let next = framer.next(); ; next = framer.next()) {
      if (!next.ok) {
        frames.push(next);
        if (next.error.code === 'record-too-large') return frames;
      } else if (next.value === undefined) break;
      else frames.push({ ok: true, value: { ...next.value, body: next.value.body.slice() } });
    }
  }
  const end = framer.end();
  if (!end.ok) frames.push(end);
  return frames;
}

/** Visits every element of a file in memory; returns all that was wrong. */
export function visitAll(file: Uint8Array, visit: (element: MrtElement) => void): MrtError[] {
  const reader = new ElementReader();
  const problems: MrtError[] = [];
  for (const frame of framesOf([file])) {
    if (!frame.ok) problems.push(frame.error);
    else problems.push(...reader.read(frame.value, visit));
  }
  return problems;
}

export function linesOf(file: Uint8Array): { readonly text: string; readonly problems: readonly MrtError[] } {
  const lines = new LineWriter();
  const problems = visitAll(file, (element) => lines.write(element));
  return { text: ascii(lines.view()), problems };
}

function ascii(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at += 4096) text += String.fromCharCode(...octets.subarray(at, at + 4096));
  return text;
}
