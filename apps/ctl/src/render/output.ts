import { type Palette, printable } from './palette.ts';

/** Where a command's answer goes. */
export interface Output {
  readonly format: 'table' | 'json' | 'jsonl';
  readonly palette: Palette;
  /** Resolves when the reader has taken it, so that a long table does not pile up here. */
  write(text: string | Uint8Array): Promise<void>;
  /** Remarks beside the answer. */
  writeError(text: string): void;
}

/** A 64-bit number as JSON: exact as a number as long as it can be, as text beyond. */
export function jsonNumber(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

export function toJson(value: unknown, format: 'json' | 'jsonl'): string {
  return `${format === 'json' ? JSON.stringify(value, null, 2) : JSON.stringify(value)}\n`;
}

/** One object, as JSON or as the text that `render` makes. */
export async function writeItem(out: Output, json: () => unknown, render: () => string): Promise<void> {
  await out.write(out.format === 'table' ? render() : toJson(json(), out.format));
}

/** A change that was made. `notices`: what of it has no effect, or not the expected one. */
export async function writeDone(
  out: Output,
  action: string,
  target: string,
  sentence: string,
  notices: readonly string[] = [],
): Promise<void> {
  await writeItem(
    out,
    () => ({ ok: true, action, target, ...(notices.length === 0 ? {} : { notices }) }),
    () => `${sentence}\n`,
  );
  if (out.format === 'table') for (const notice of notices) out.writeError(`Note: ${printable(notice)}\n`);
}
