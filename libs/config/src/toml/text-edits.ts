export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits of one text, made together. */
export class TextEdits {
  readonly #text: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  add(edit: Edit): void {
    this.#edits.push(edit);
  }

  apply(): string {
    // Of several at one place, the one that was asked for first comes first.
    const ordered = this.#edits.map((edit, order) => ({ ...edit, order }));
    ordered.sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    let result = '';
    let at = 0;
    for (const [index, { start, end, text }] of ordered.entries()) {
      if (start < at) continue; // inside something that is gone; the reading back says whether that was right
      result += this.#text.slice(at, start);
      // Between tables stays one blank line, whatever goes or comes.
      const isBlankAbove = result === '' || /(^|\n)\r?\n$/.test(result);
      result += isBlankAbove ? text.replace(/^\r?\n/, '') : text;
      at = end;
      const next = ordered[index + 1]?.start ?? this.#text.length;
      if (text === '' && isBlankAbove) at = Math.min(this.#skipBlankLines(at), Math.max(at, next));
    }
    return result + this.#text.slice(at);
  }

  #skipBlankLines(at: number): number {
    const blank = /^(?:[ \t]*\r?\n)+/.exec(this.#text.slice(at));
    return at + (blank?.[0].length ?? 0);
  }
}
