import { HeaderPaths } from './header-paths.ts';
import type { ConfigPath, Span } from './path.ts';
import { TomlScanner } from './toml-scanner.ts';

/** One `key = value`, dotted keys included. */
export interface Statement {
  /** From the root, with positions in arrays of tables. */
  readonly path: ConfigPath;
  readonly value: Span;
  /** From the key to the end of the value. */
  readonly span: Span;
}

/** What stands below one header; the first section is the root's and has none. */
export interface Section {
  readonly path: ConfigPath;
  readonly isArray: boolean;
  readonly header: Span | undefined;
  readonly statements: Statement[];
}

/** The sections of a valid TOML document, in order. */
export function sectionsOf(text: string): Section[] {
  const paths = new HeaderPaths();
  let current: Section = { path: [], isArray: false, header: undefined, statements: [] };
  const sections = [current];
  let reported: Statement[] = [];
  const scanner = new TomlScanner(text, (path, key, value) => {
    reported.push({ path, value, span: { start: key.start, end: value.end } });
  });
  for (let item = scanner.next(); item !== undefined; item = scanner.next()) {
    if (item.type === 'header') {
      const path = paths.read(item.parts, item.isArray);
      current = { path, isArray: item.isArray, header: item.span, statements: [] };
      sections.push(current);
      continue;
    }
    reported = [];
    scanner.keyValue(current.path);
    // The statement's own parts come last, with the same value: the whole path last of all.
    const whole = reported.at(-1);
    const first = reported.find(({ value }) => value === whole?.value);
    if (whole === undefined || first === undefined) continue;
    current.statements.push({ ...whole, span: { start: first.span.start, end: whole.value.end } });
  }
  return sections;
}
