import { type Output, toJson } from './output.ts';
import { type Cell, type Column, Table } from './table.ts';

export interface ListView<T> {
  readonly columns: readonly Column[];
  readonly row: (item: T) => readonly (Cell | string)[];
  readonly json: (item: T) => unknown;
  /** Said instead of an empty table. */
  readonly none: string;
}

/**
 * Prints a list that arrives in pages, page by page. JSON stays one valid array: it is closed even when a page fails, and
 * the exit code says that the list is not whole.
 *
 * @returns the number of items written; throws what `pages` throws, as `PartialList` when something was written before.
 */
export async function writeList<T>(
  out: Output,
  pages: AsyncIterable<readonly T[]>,
  view: ListView<T>,
): Promise<number> {
  const table = new Table(view.columns, out.palette.strong);
  let written = 0;
  try {
    for await (const page of pages) {
      if (page.length === 0) continue;
      await out.write(
        out.format === 'table' ? table.lines(page.map(view.row)) : jsonRows(out.format, page, view, written),
      );
      written += page.length;
    }
  } catch (error) {
    if (written === 0) throw error;
    if (out.format === 'json') await out.write('\n]\n');
    throw new PartialList(written, error);
  }
  if (out.format === 'json') await out.write(written === 0 ? '[]\n' : '\n]\n');
  if (out.format === 'table' && written === 0) await out.write(`${view.none}\n`);
  return written;
}

/** The list broke off after `written` items. */
export class PartialList extends Error {
  override readonly name = 'PartialList';
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(`the list is not whole: it broke off after ${written} entries`, { cause });
    this.written = written;
  }
}

function jsonRows<T>(format: 'json' | 'jsonl', page: readonly T[], view: ListView<T>, before: number): string {
  if (format === 'jsonl') return page.map((item) => toJson(view.json(item), 'jsonl')).join('');
  const rows = page.map((item) => `  ${JSON.stringify(view.json(item))}`);
  return `${before === 0 ? '[\n' : ',\n'}${rows.join(',\n')}`;
}
