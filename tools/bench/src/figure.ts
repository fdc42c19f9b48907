/** One measured number. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What core.md asks for, in the same unit: at most this much. */
  readonly bar?: number;
}

export type Report = (figure: Figure) => void;

/** Figures of one case, with the bench and case filled in. */
export function figuresOf(bench: string, name: string, report: Report) {
  return (figure: string, value: number, unit: string, bar?: number): void =>
    report({ bench, case: name, figure, value, unit, ...(bar !== undefined && { bar }) });
}

/** One line, as `--json` prints it. */
export function toJson({ bench, case: name, figure, value, unit }: Figure): string {
  return JSON.stringify({ bench, case: name, figure, value: round(value), unit });
}

/** Aligned for people; figures over their bar say by how much. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((one) => [one.case, one.figure, formatValue(one.value), one.unit, verdict(one)]);
  const head = ['case', 'figure', 'value', 'unit', 'bar'];
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => (column === 2 ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

/** For the results pages. */
export function formatMarkdown(figures: readonly Figure[]): string {
  const rows = figures.map(
    (one) => `| ${one.case} | ${one.figure} | ${formatValue(one.value)} ${one.unit} | ${verdict(one)} |`,
  );
  return ['| case | figure | value | bar |', '|---|---|---|---|', ...rows].join('\n');
}

function verdict({ value, bar, unit }: Figure): string {
  if (bar === undefined) return '';
  const held = value <= bar ? 'held' : `missed by ${Math.round((value / bar - 1) * 100)} %`;
  return `≤ ${formatValue(bar)} ${unit}: ${held}`;
}

function formatValue(value: number): string {
  return round(value).toLocaleString('en', { maximumFractionDigits: 3 });
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
