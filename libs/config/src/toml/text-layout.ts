/** Lines of a TOML document, and which comments belong to what. */
export class TextLayout {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  lineStart(at: number): number {
    return this.#text.lastIndexOf('\n', at - 1) + 1;
  }

  /** Behind the line end. */
  lineEnd(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end + 1;
  }

  wholeLines(start: number, end: number): { start: number; end: number } {
    return { start: this.lineStart(start), end: this.lineEnd(end) };
  }

  /** The comment lines directly above go with what they stand above. */
  commentStart(at: number): number {
    let start = this.lineStart(at);
    while (start > 0) {
      const above = this.lineStart(start - 1);
      if (!/^[ \t]*#/.test(this.#text.slice(above, start))) break;
      start = above;
    }
    return start;
  }

  indentAt(at: number): string {
    return /^[ \t]*/.exec(this.#text.slice(this.lineStart(at), at))?.[0] ?? '';
  }

  /** Comment lines directly below belong to what they stand below, unless something stands directly below them. */
  commentEnd(lineEnd: number): number {
    const comments = /^(?:[ \t]*#[^\n]*(?:\n|$))+/.exec(this.#text.slice(lineEnd))?.[0] ?? '';
    const end = lineEnd + comments.length;
    return end === this.#text.length || /^[ \t]*\r?\n/.test(this.#text.slice(end)) ? end : lineEnd;
  }
}
