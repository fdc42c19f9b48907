import { err, ok, type Result } from '@bgp/wire';

/** A place in the stream: behind the event with these counts. */
export interface Cursor {
  readonly epoch: number;
  readonly durable: number;
  readonly volatile: number;
}

/** A place in the durable lane alone. */
export type DurablePlace = Pick<Cursor, 'epoch' | 'durable'>;

export interface CursorError {
  /** `cursor-ahead`: no event of this daemon has been there, so it is another daemon's. */
  readonly code: 'cursor-invalid' | 'cursor-ahead';
  readonly message: string;
}

const FORM = /^([0-9a-z]{1,11})\.(\d{1,15})\.(\d{1,15})$/;

/** `mi8x2k1q.98.120`: epoch in base 36, then the counts. */
export function formatCursor({ epoch, durable, volatile }: Cursor): string {
  return `${epoch.toString(36)}.${durable}.${volatile}`;
}

export function parseCursor(text: string): Result<Cursor, CursorError> {
  const [, epochText = '', durable, volatile] = FORM.exec(text) ?? [];
  const epoch = Number.parseInt(epochText, 36);
  if (!Number.isSafeInteger(epoch)) {
    return err({ code: 'cursor-invalid', message: `"${text}" is not a cursor; use one that came with an event` });
  }
  return ok({ epoch, durable: Number(durable), volatile: Number(volatile) });
}

/** Negative: `a` comes first. A later epoch may begin with a count that an earlier one had reached, when that never got to disk. */
export function comparePlaces(a: DurablePlace, b: DurablePlace): number {
  return a.epoch - b.epoch || a.durable - b.durable;
}
