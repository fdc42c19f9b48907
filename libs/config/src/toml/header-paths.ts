import type { ConfigPath } from './path.ts';
import type { KeyPart } from './toml-scanner.ts';

/** What `[a.b]` and `[[a]]` headers stand for: the last element of an array of tables is the one that later headers mean. */
export class HeaderPaths {
  readonly #arrays = new Map<string, number>();

  /**
   * @param visit gets every path on the way, with its part; for an element of an array of tables first the array's, then its own.
   * @returns the path of the table that follows.
   */
  read(
    parts: readonly KeyPart[],
    isArray: boolean,
    visit: (path: ConfigPath, part: KeyPart, isLast: boolean) => void = () => {},
  ): ConfigPath {
    let path: ConfigPath = [];
    parts.forEach((part, depth) => {
      path = [...path, part.name];
      const name = JSON.stringify(path);
      const isLast = depth === parts.length - 1;
      if (isLast && isArray) this.#arrays.set(name, (this.#arrays.get(name) ?? -1) + 1);
      visit(path, part, isLast);
      const element = this.#arrays.get(name);
      if (element === undefined) return;
      path = [...path, element];
      visit(path, part, isLast);
    });
    return path;
  }
}
