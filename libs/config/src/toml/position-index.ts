import { HeaderPaths } from './header-paths.ts';
import type { ConfigPath, Span } from './path.ts';
import { TomlScanner } from './toml-scanner.ts';

export interface Place {
  /** The key, or the header of a table; for an element of an array the element itself. */
  readonly key: Span;
  /** The value; for a table made by a header, the header. */
  readonly value: Span;
}

/**
 * Where each key and value of a TOML document stands. smol-toml gives values without positions, and an error message
 * needs them; so the text is read a second time, for places only. The document must be valid TOML (smol-toml has
 * accepted it); for anything else the places are meaningless, but the scan ends.
 *
 * Every way to write a path leads to one entry: `[a.b]` headers, `[[a]]` arrays of tables (the last element is meant by
 * later headers), dotted keys, inline tables, arrays over several lines.
 */
export class PositionIndex {
  readonly #places = new Map<string, Place>();
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
    const headers = new HeaderPaths();
    let table: ConfigPath = [];
    const scanner = new TomlScanner(text, (path, key, value) => this.#add(path, key, value));
    for (let item = scanner.next(); item !== undefined; item = scanner.next()) {
      if (item.type === 'header') {
        const { span } = item;
        table = headers.read(item.parts, item.isArray, (path, part, isLast) =>
          this.#add(path, isLast ? span : part.span, span),
        );
      } else scanner.keyValue(table);
    }
  }

  get size(): number {
    return this.#places.size;
  }

  paths(): ConfigPath[] {
    return [...this.#places.keys()].map((key) => JSON.parse(key) as ConfigPath); // written by #add, nothing else
  }

  find(path: ConfigPath): Place | undefined {
    return this.#places.get(JSON.stringify(path));
  }

  /** The path's own place, or that of the nearest table around it; the start of the document when there is none. */
  nearest(path: ConfigPath): Place {
    for (let length = path.length; length > 0; length--) {
      const place = this.find(path.slice(0, length));
      if (place !== undefined) return place;
    }
    return { key: { start: 0, end: 0 }, value: { start: 0, end: 0 } };
  }

  /** Both from 1. */
  lineAndColumn(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  /** The first place wins: a table that several headers mention is where it was first named. */
  #add(path: ConfigPath, key: Span, value: Span): void {
    const name = JSON.stringify(path);
    if (!this.#places.has(name)) this.#places.set(name, { key, value });
  }
}
