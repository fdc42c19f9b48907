import { isSecretKey, REDACTED } from './redact.ts';
import type { ConfigPath } from './toml/path.ts';
import { PositionIndex } from './toml/position-index.ts';
import type { ConfigDiagnostic, ConfigErrorCode, ConfigNotice } from './types.ts';

export interface ErrorDetails {
  readonly hint?: string | undefined;
  /** What to underline; default the value. */
  readonly on?: 'key' | 'value';
}

const VALUE_TEXT_MAX = 60;

/** Collects mistakes and notices of one load, and finds their places. */
export class Report {
  readonly #file: string;
  readonly #document: unknown;
  readonly #text: string | undefined;
  /** Made when something is to be said: most files are right, and reading one again for its places takes as long as reading it. */
  #index: PositionIndex | undefined;
  readonly #diagnostics: ConfigDiagnostic[] = [];
  readonly #notices: ConfigNotice[] = [];

  /** `text` of the document; absent for a table that did not come from a file. */
  constructor(file: string, document: unknown, text?: string) {
    this.#file = file;
    this.#document = document;
    this.#text = text;
  }

  error(code: ConfigErrorCode, path: ConfigPath, message: string, details: ErrorDetails = {}): void {
    const value = this.valueText(path);
    this.#diagnostics.push({
      code,
      message,
      path: formatPath(path),
      file: this.#file,
      ...this.#place(path, details.on ?? 'value'),
      ...(value === undefined ? {} : { value }),
      ...(details.hint === undefined ? {} : { hint: details.hint }),
    });
  }

  notice(kind: ConfigNotice['kind'], path: ConfigPath, reason: string): void {
    const { line, column } = this.#place(path, 'key');
    this.#notices.push({ kind, path: formatPath(path), reason, file: this.#file, line, column });
  }

  get errorCount(): number {
    return this.#diagnostics.length;
  }

  /** Whether something at or inside this path was wrong. */
  hasErrorIn(path: ConfigPath): boolean {
    const name = formatPath(path);
    return this.#diagnostics.some(
      (one) => one.path === name || one.path.startsWith(`${name}.`) || one.path.startsWith(`${name}[`),
    );
  }

  /** In the order of the file. */
  diagnostics(): ConfigDiagnostic[] {
    return this.#diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  notices(): ConfigNotice[] {
    return this.#notices.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  /** What the document has at the path, short and without secrets; undefined where it has nothing. */
  valueText(path: ConfigPath): string | undefined {
    const value = valueAt(this.#document, path);
    if (value === undefined) return undefined;
    if (isSecretKey(path.at(-1))) return REDACTED;
    if (value instanceof Date) return value.toISOString();
    if (Array.isArray(value)) return `an array of ${value.length}`;
    if (typeof value === 'object') return 'a table';
    const text = JSON.stringify(value);
    return text.length > VALUE_TEXT_MAX ? `${text.slice(0, VALUE_TEXT_MAX)}…` : text;
  }

  #place(path: ConfigPath, on: 'key' | 'value'): { line: number; column: number; width: number } {
    if (this.#text === undefined) return { line: 0, column: 0, width: 1 };
    this.#index ??= new PositionIndex(this.#text);
    const span = this.#index.nearest(path)[on];
    return { ...this.#index.lineAndColumn(span.start), width: Math.max(1, span.end - span.start) };
  }
}

export function valueAt(document: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string | number, unknown>)[part]
        : undefined,
    document,
  );
}

/** `neighbors[1].add_path`, `peer_groups."two words".hold_time`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((part, depth) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
      return depth === 0 ? text : `.${text}`;
    })
    .join('');
}
