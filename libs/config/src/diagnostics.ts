import { redactLine } from './redact.ts';
import type { ConfigDiagnostic, ConfigNotice } from './types.ts';

export interface FormatOptions {
  /** ANSI colors. Default false. */
  readonly color?: boolean;
}

const TAB = '  ';

/**
 * Renders mistakes the way compilers do:
 *
 * ```text
 * error: invalid hold_time 2: must be 0 or >= 3
 *   --> tsbgpd.toml:12:13
 *    |
 * 12 | hold_time = 2
 *    |             ^ neighbors[0].hold_time
 *    = help: 0 sends no keepalives; 90 is usual
 * ```
 *
 * @param text the file, for the source lines; secrets in it are blanked out.
 */
export function formatDiagnostics(
  diagnostics: readonly ConfigDiagnostic[],
  text: string,
  options: FormatOptions = {},
): string {
  const lines = text.split(/\r?\n/);
  const paint = painter(options.color ?? false);
  const blocks = diagnostics.map((diagnostic) => formatOne(diagnostic, lines, paint));
  const count = diagnostics.length;
  blocks.push(`${paint('bold', `${count} ${count === 1 ? 'error' : 'errors'}`)}\n`);
  return blocks.join('\n');
}

/** `warning: <path> <reason> (file:line)`, one line each. */
export function formatNotices(notices: readonly ConfigNotice[], options: FormatOptions = {}): string {
  const paint = painter(options.color ?? false);
  return notices
    .map(
      (notice) => `${paint('yellow', 'warning')}: ${notice.path}: ${notice.reason} (${notice.file}:${notice.line})\n`,
    )
    .join('');
}

function formatOne(diagnostic: ConfigDiagnostic, lines: readonly string[], paint: Paint): string {
  const head = `${paint('red', 'error')}${paint('bold', `: ${diagnostic.message}`)}`;
  const help = diagnostic.hint === undefined ? [] : [`= help: ${diagnostic.hint}`];
  const source = lines[diagnostic.line - 1];
  // A neighbor that came in at run time has no place in the file.
  if (source === undefined) return [head, ...help.map((line) => `  ${line}`), ''].join('\n');
  const number = String(diagnostic.line);
  const margin = ' '.repeat(number.length);
  const bar = paint('blue', '|');
  const before = source.slice(0, diagnostic.column - 1);
  const width = Math.max(1, Math.min(diagnostic.width, source.length - before.length));
  const pointer = `${expandTabs(before).replaceAll(/./g, ' ')}${paint('red', '^'.repeat(width))} ${diagnostic.path}`;
  return [
    head,
    `${margin}${paint('blue', '-->')} ${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`,
    `${margin} ${bar}`,
    `${paint('blue', number)} ${bar} ${expandTabs(redactLine(source))}`,
    `${margin} ${bar} ${pointer}`.trimEnd(),
    ...help.map((line) => `${margin} ${line}`),
    '',
  ].join('\n');
}

function expandTabs(text: string): string {
  return text.replaceAll('\t', TAB);
}

type Style = 'red' | 'yellow' | 'blue' | 'bold';
type Paint = (style: Style, text: string) => string;
const ANSI: Readonly<Record<Style, number>> = { red: 31, yellow: 33, blue: 34, bold: 1 };

function painter(color: boolean): Paint {
  return color ? (style, text) => `\u001b[${ANSI[style]}m${text}\u001b[0m` : (_style, text) => text;
}
