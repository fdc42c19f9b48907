export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/**
 * Rows under aligned headings. Rows come in batches (pages of a large table): the widths of the first batch stand, later
 * ones may widen a column but never narrow it. The last column is not padded.
 */
export class Table {
  private readonly columns: readonly Column[];
  private readonly heading: (text: string) => string;
  private widths: number[] | undefined;

  constructor(columns: readonly Column[], heading: (text: string) => string) {
    this.columns = columns;
    this.heading = heading;
  }

  /** The batch as text; the first one with headings. */
  lines(rows: readonly (readonly (Cell | string)[])[]): string {
    const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
    const isFirst = this.widths === undefined;
    const before = this.widths ?? this.columns.map(({ title }) => title.length);
    const widths = before.map((width, column) => Math.max(width, ...cells.map((row) => row[column]?.text.length ?? 0)));
    this.widths = widths;
    const titles = this.columns.map(({ title }) => ({ text: title, paint: this.heading }));
    return [...(isFirst ? [titles] : []), ...cells].map((row) => `${this.line(row, widths)}\n`).join('');
  }

  private line(row: readonly Cell[], widths: readonly number[]): string {
    const parts = row.map(({ text, paint = (plain: string) => plain }, column) => {
      const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length));
      if (this.columns[column]?.align === 'right') return padding + paint(text);
      return column === row.length - 1 ? paint(text) : paint(text) + padding;
    });
    return parts.join('  ').trimEnd();
  }
}

/** `Name: value` lines with aligned values; entries without a value are left out. */
export function properties(entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = entries.filter(
    (entry): entry is readonly [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  const width = Math.max(...shown.map(([name]) => name.length)) + 1;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value}\n`).join('');
}
