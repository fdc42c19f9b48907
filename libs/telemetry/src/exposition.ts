/** One metric with its samples, as Prometheus means it. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary' | 'histogram';
  readonly help: string;
  readonly samples: Iterable<Sample>;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** `_sum` and `_count` of a summary or histogram, `_bucket` of the latter. */
  readonly suffix?: '_sum' | '_count' | '_bucket';
}

/** Values come from closed sets or from configuration; never a prefix, never a peer's text. */
export type Labels = Readonly<Record<string, string>>;

/** The media type that belongs to `renderMetrics`. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** About a millisecond's work. */
const PART_LINES = 1_000;

/** Prometheus text exposition format 0.0.4. A family without samples still says what it is. */
export function renderMetrics(families: Iterable<MetricFamily>): string {
  return [...renderParts(families)].join('');
}

/** The same text in parts of bounded size; each is made, samples included, when it is asked for. */
export function* renderParts(families: Iterable<MetricFamily>): Generator<string> {
  let lines: string[] = [];
  const part = () => {
    const text = lines.map((line) => `${line}\n`).join('');
    lines = [];
    return text;
  };
  for (const { name, type, help, samples } of families) {
    lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`);
    for (const sample of samples) {
      lines.push(`${name}${sample.suffix ?? ''}${renderLabels(sample.labels)} ${renderValue(sample.value)}`);
      if (lines.length >= PART_LINES) yield part();
    }
  }
  yield part();
}

function renderLabels(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  return text === '' ? '' : `${text}}`;
}

function renderValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return /[\\\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}

function escapeLabel(text: string): string {
  return text.includes('"') ? escapeHelp(text).replaceAll('"', '\\"') : escapeHelp(text);
}
