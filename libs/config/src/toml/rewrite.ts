import { err, ok, type Result } from '@bgp/wire';
import { alignElements } from './align.ts';
import { areEqual } from './equal.ts';
import type { ConfigPath } from './path.ts';
import { PositionIndex } from './position-index.ts';
import { readToml } from './read-toml.ts';
import { isTable, renderKey, renderValue } from './render-value.ts';
import { reorderTables } from './reorder-tables.ts';
import { ValueRewriter } from './rewrite-value.ts';
import { type Section, type Statement, sectionsOf } from './sections.ts';
import { TextEdits } from './text-edits.ts';
import { TextLayout } from './text-layout.ts';

type Table = Readonly<Record<string, unknown>>;

export interface RewriteError {
  readonly code: 'not-rewritable';
  readonly message: string;
}

/**
 * The text of a TOML document changed as little as possible so that it says `after`: comments, order and layout of all that is
 * the same stay. What comes out has been read back and says exactly `after`.
 *
 * @param text TOML; anything else is refused.
 * @param after plain data, as smol-toml's `parse` gives it.
 */
export function rewriteToml(text: string, after: Table): Result<string, RewriteError> {
  const before = readToml(text);
  if (before === undefined)
    return err({ code: 'not-rewritable', message: 'the text that is to be changed is not TOML' });
  if (areEqual(before, after)) return ok(text);
  const ordered = reorderTables(text, before, after);
  const small = new Rewriter(ordered).rewrite(ordered === text ? before : (readToml(ordered) ?? before), after);
  if (says(small, after)) return ok(small);
  // A way of writing that the small edits do not cover: top-level tables that differ are written anew.
  const anew = new Rewriter(text).rewriteTables(before, after);
  if (says(anew, after)) return ok(anew);
  const message = 'the file cannot be changed without losing something; edit it by hand and reload it';
  return err({ code: 'not-rewritable', message });
}

/** Collects edits of one text. */
class Rewriter {
  readonly #text: string;
  readonly #newline: string;
  readonly #sections: readonly Section[];
  readonly #index: PositionIndex;
  readonly #edits: TextEdits;
  readonly #values: ValueRewriter;
  readonly #layout: TextLayout;
  /** Statements whose value is written anew as a whole, each once. */
  readonly #renewed = new Set<Statement>();
  #before: Table = {};
  #after: Table = {};

  constructor(text: string) {
    this.#text = text;
    this.#newline = text.includes('\r\n') ? '\r\n' : '\n';
    this.#sections = sectionsOf(text);
    this.#edits = new TextEdits(text);
    this.#layout = new TextLayout(text);
    this.#index = new PositionIndex(text);
    this.#values = new ValueRewriter(text, this.#index, this.#newline);
  }

  rewrite(before: Table, after: Table): string {
    this.#before = before;
    this.#after = after;
    this.#tables(before, after, [], []);
    return this.#edits.apply();
  }

  rewriteTables(before: Table, after: Table): string {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (Object.hasOwn(before, name) === Object.hasOwn(after, name) && areEqual(before[name], after[name])) continue;
      if (Object.hasOwn(before, name)) this.#remove([name]);
      if (Object.hasOwn(after, name)) this.#add([], name, after[name], []);
    }
    return this.#edits.apply();
  }

  /** `afterPath`: the same table's path in `#after`, where positions in arrays may be others. */
  #tables(before: Table, after: Table, path: ConfigPath, afterPath: ConfigPath): void {
    for (const name of Object.keys(before)) {
      const here = [...path, name];
      if (!Object.hasOwn(after, name)) this.#remove(here, afterPath);
      else if (!areEqual(before[name], after[name])) {
        this.#change(before[name], after[name], here, [...afterPath, name]);
      }
    }
    for (const name of Object.keys(after))
      if (!Object.hasOwn(before, name)) this.#add(path, name, after[name], afterPath);
  }

  #change(before: unknown, after: unknown, path: ConfigPath, afterPath: ConfigPath): void {
    const statement = this.#statementAround(path);
    if (statement !== undefined) return this.#renew(statement, path, afterPath);
    if (isTable(before) && isTable(after)) return this.#tables(before, after, path, afterPath);
    if (Array.isArray(before) && Array.isArray(after) && before.every(isTable) && after.every(isTable)) {
      if (after.length > 0 && this.#elements(before, after, path, afterPath)) return;
    }
    const name = String(path.at(-1));
    this.#remove(path);
    this.#add(path.slice(0, -1), name, after, afterPath.slice(0, -1));
  }

  /** An array of `[[tables]]`. False: its elements have changed places. */
  #elements(before: readonly Table[], after: readonly Table[], path: ConfigPath, afterPath: ConfigPath): boolean {
    const pairs = alignElements(before, after);
    if (pairs === undefined) return false;
    const kept = new Set(pairs);
    before.forEach((_element, at) => {
      if (!kept.has(at)) this.#remove([...path, at]);
    });
    let previous: number | undefined;
    after.forEach((element, at) => {
      const old = pairs[at];
      if (old !== undefined) {
        this.#tables(before[old]!, element, [...path, old], [...afterPath, at]);
        previous = old;
        return;
      }
      const text = this.#sectionText(path, element, true);
      const first = pairs.find((index) => index !== undefined);
      if (previous !== undefined) this.#insertSections(this.#endOf([...path, previous]), text);
      else if (first !== undefined) this.#insertBefore(this.#startOf([...path, first]), text);
      else this.#insertSections(this.#endOf(path), text);
    });
    return true;
  }

  /** The statement's value as a whole, once, whatever in it is different; `path` and `afterPath` are inside it. */
  #renew(statement: Statement, path: ConfigPath, afterPath: ConfigPath): void {
    if (this.#renewed.has(statement)) return;
    this.#renewed.add(statement);
    const { value, span } = statement;
    const depth = path.length - statement.path.length;
    const before = valueAt(this.#before, statement.path);
    const after = valueAt(this.#after, afterPath.slice(0, afterPath.length - depth));
    const text = this.#values.rewrite(value, statement.path, before, after, this.#layout.indentAt(span.start));
    this.#edits.add({ ...value, text });
  }

  #remove(path: ConfigPath, afterParent?: ConfigPath): void {
    const around = this.#statementAround(path);
    if (around !== undefined && around.path.length < path.length && afterParent !== undefined) {
      this.#renew(around, path.slice(0, -1), afterParent);
      return;
    }
    for (const section of this.#sections) {
      if (section.header !== undefined && startsWith(section.path, path)) {
        this.#edits.add({
          start: this.#layout.commentStart(section.header.start),
          end: this.#contentEnd(section),
          text: '',
        });
        continue;
      }
      for (const { path: own, span } of section.statements) {
        if (startsWith(own, path)) this.#edits.add({ ...this.#layout.wholeLines(span.start, span.end), text: '' });
      }
    }
  }

  #add(parent: ConfigPath, name: string, value: unknown, afterParent: ConfigPath): void {
    const around = this.#statementAround(parent);
    if (around !== undefined && parent.length > 0) return this.#renew(around, parent, afterParent);
    const isTables = Array.isArray(value) && value.length > 0 && value.every(isTable);
    if (isTable(value) || isTables) {
      if (this.#addDotted(parent, name, value)) return;
      const elements = isTables ? value : [value];
      const text = elements
        .map((one) => this.#sectionText([...parent, name], one as Table, isTables))
        .join(this.#newline);
      return this.#insertSections(this.#endOf(parent), text);
    }
    const statement = `${renderKey(name)} = ${renderValue(value)}`;
    const section = this.#sections.find((one) => areEqual(one.path, parent));
    if (section === undefined && this.#addDotted(parent, name, value)) return;
    if (section === undefined) {
      const header = `[${parent
        .filter((part) => typeof part === 'string')
        .map(renderKey)
        .join('.')}]`;
      return this.#insertSections(this.#endOf(parent), this.#lines(`${header}\n${statement}\n`));
    }
    const last = section.statements.at(-1);
    const indent = last === undefined ? '' : this.#layout.indentAt(last.span.start);
    const anchor = last?.span.end ?? section.header?.end;
    if (anchor === undefined) return this.#insertBefore(0, this.#lines(`${statement}\n`));
    this.#insertLine(this.#layout.commentEnd(this.#layout.lineEnd(anchor)), `${indent}${statement}`);
  }

  /** Into a table that dotted keys have made, `a.b = 1`, which can have no header; false: it is none. */
  #addDotted(parent: ConfigPath, name: string, value: unknown): boolean {
    if (
      parent.length === 0 ||
      this.#sections.some(({ path, header }) => header !== undefined && areEqual(path, parent))
    )
      return false;
    const section = this.#sections.find(({ path, statements }) =>
      statements.some((one) => path.length < parent.length && startsWith(one.path, parent)),
    );
    const last = section?.statements.findLast((one) => startsWith(one.path, parent));
    if (section === undefined || last === undefined) return false;
    const keys = [...parent.slice(section.path.length), name].map((part) => renderKey(String(part)));
    const statement = `${this.#layout.indentAt(last.span.start)}${keys.join('.')} = ${renderValue(value)}`;
    this.#insertLine(this.#layout.lineEnd(last.span.end), statement);
    return true;
  }

  #insertLine(at: number, line: string): void {
    const isLineOpen = at > 0 && this.#text[at - 1] !== '\n';
    this.#edits.add({ start: at, end: at, text: this.#lines(`${isLineOpen ? '\n' : ''}${line}\n`) });
  }

  /** A table with its header, and below it those inside it. */
  #sectionText(path: ConfigPath, table: Table, isElement: boolean): string {
    const name = path
      .filter((part) => typeof part === 'string')
      .map(renderKey)
      .join('.');
    const lines = [isElement ? `[[${name}]]` : `[${name}]`];
    const later: string[] = [];
    for (const [key, value] of Object.entries(table)) {
      const isTables = Array.isArray(value) && value.length > 0 && value.every(isTable);
      const isLong = isTables && renderValue(value).includes('\n');
      if (isTable(value) && Object.values(value).some((one) => isTable(one) || Array.isArray(one))) {
        later.push(this.#sectionText([...path, key], value, false));
      } else if (isLong) {
        for (const element of value) later.push(this.#sectionText([...path, key], element as Table, true));
      } else lines.push(`${renderKey(key)} = ${renderValue(value)}`);
    }
    return this.#lines([`${lines.join('\n')}\n`, ...later].join('\n'));
  }

  /** The statement that has the path's value inside its own. */
  #statementAround(path: ConfigPath): Statement | undefined {
    for (const { statements } of this.#sections) {
      const found = statements.find((statement) => startsWith(path, statement.path));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Behind everything that belongs to the path; undefined: nothing does. */
  #endOf(path: ConfigPath): number | undefined {
    const inside = this.#sections.filter((section) => startsWith(section.path, path) && section.header !== undefined);
    const last = inside.at(-1);
    return last === undefined ? undefined : this.#contentEnd(last);
  }

  #startOf(path: ConfigPath): number {
    const first = this.#sections.find((section) => startsWith(section.path, path));
    return this.#layout.commentStart(first?.header?.start ?? 0);
  }

  /** `at` undefined: at the end of the text. */
  #insertSections(at: number | undefined, text: string): void {
    const start = at ?? this.#text.length;
    const isLineOpen = start > 0 && this.#text[start - 1] !== '\n';
    const gap = start === 0 ? '' : `${isLineOpen ? this.#newline : ''}${this.#newline}`;
    this.#edits.add({ start, end: start, text: `${gap}${text}` });
  }

  #insertBefore(at: number, text: string): void {
    const isRoot = at === 0 && !text.startsWith('[');
    const hasHeaderNext = /^\s*\[/.test(this.#text);
    this.#edits.add({ start: at, end: at, text: isRoot && !hasHeaderNext ? text : `${text}${this.#newline}` });
  }

  /** Behind the last line that says something in the section. */
  #contentEnd({ header, statements }: Section): number {
    return this.#layout.commentEnd(this.#layout.lineEnd(statements.at(-1)?.span.end ?? header?.end ?? 0));
  }

  #lines(text: string): string {
    return this.#newline === '\n' ? text : text.replaceAll('\n', this.#newline);
  }
}

function says(text: string, after: Table): boolean {
  const table = readToml(text);
  return table !== undefined && areEqual(table, after);
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown> | undefined)?.[part], root);
}

function startsWith(path: ConfigPath, start: ConfigPath): boolean {
  return path.length >= start.length && start.every((part, at) => path[at] === part);
}
