import type { ConfigPath, Span } from './path.ts';

export interface KeyPart {
  readonly name: string;
  readonly span: Span;
}

export type ScannedItem =
  | { readonly type: 'header'; readonly parts: readonly KeyPart[]; readonly isArray: boolean; readonly span: Span }
  | { readonly type: 'key' };

const BARE_KEY_CHARACTER = /[A-Za-z0-9_-]/;
const SCALAR_END = /[,\]}#\r\n]/;
const BLANK = /\s/;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' };
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads TOML for places only. Every step moves forward, so any text comes to an end. */
export class TomlScanner {
  readonly #text: string;
  readonly #report: (path: ConfigPath, key: Span, value: Span) => void;
  #at = 0;

  constructor(text: string, report: (path: ConfigPath, key: Span, value: Span) => void) {
    this.#text = text;
    this.#report = report;
  }

  /** The next header; or `key`, with the scanner standing before a `key = value`. */
  next(): ScannedItem | undefined {
    this.#skipBlank();
    if (this.#at >= this.#text.length) return undefined;
    if (this.#text[this.#at] !== '[') return { type: 'key' };
    const start = this.#at;
    const isArray = this.#text[start + 1] === '[';
    this.#at += isArray ? 2 : 1;
    const parts = this.#key();
    this.#take(']');
    if (isArray) this.#take(']');
    return { type: 'header', parts, isArray, span: { start, end: this.#at } };
  }

  /** One `key = value` inside the table at `path`. */
  keyValue(path: ConfigPath): void {
    const start = this.#at;
    const parts = this.#key();
    this.#skipBlank();
    this.#take('=');
    this.#skipBlank();
    const keys = [...path, ...parts.map((part) => part.name)];
    const valueStart = this.#at;
    this.#value(keys);
    const value = { start: valueStart, end: this.#at };
    // `a.b.c = 1` also makes the tables a and a.b.
    parts.forEach((part, index) => {
      this.#report(keys.slice(0, path.length + index + 1), part.span, value);
    });
    if (this.#at === start) this.#at++;
  }

  /** `a . "b" . 'c'` */
  #key(): KeyPart[] {
    const parts: KeyPart[] = [];
    do {
      this.#skipBlank();
      const start = this.#at;
      const quote = this.#text[start];
      if (quote === '"' || quote === "'") {
        this.#string(quote);
        const inner = this.#text.slice(start + 1, this.#at - 1);
        parts.push({ name: quote === '"' ? unescapeKey(inner) : inner, span: { start, end: this.#at } });
      } else {
        while (BARE_KEY_CHARACTER.test(this.#text[this.#at] ?? '')) this.#at++;
        parts.push({ name: this.#text.slice(start, this.#at), span: { start, end: this.#at } });
      }
      this.#skipBlank();
    } while (this.#take('.'));
    return parts;
  }

  #value(path: ConfigPath): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string(first);
    else if (first === '[') this.#array(path);
    else if (first === '{') this.#inlineTable(path);
    else this.#scalar();
  }

  #array(path: ConfigPath): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skipBlank();
      if (this.#at >= this.#text.length || this.#take(']')) return;
      const start = this.#at;
      const element = [...path, index];
      this.#value(element);
      const span = { start, end: this.#at };
      this.#report(element, span, span);
      this.#skipBlank();
      if (!this.#take(',') && this.#text[this.#at] !== ']' && this.#at === start) this.#at++;
    }
  }

  #inlineTable(path: ConfigPath): void {
    this.#at++;
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length || this.#take('}')) return;
      this.keyValue(path);
      this.#skipBlank();
      this.#take(',');
    }
  }

  /** Numbers, booleans, dates; a date may contain one space. */
  #scalar(): void {
    const start = this.#at;
    while (this.#at < this.#text.length && !SCALAR_END.test(this.#text[this.#at]!)) this.#at++;
    while (this.#at > start && BLANK.test(this.#text[this.#at - 1]!)) this.#at--;
  }

  #string(quote: '"' | "'"): void {
    const triple = quote.repeat(3);
    const fence = this.#text.startsWith(triple, this.#at) ? triple : quote;
    this.#at += fence.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(fence, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at = Math.min(this.#at + fence.length, this.#text.length);
    // Up to two quotes may stand directly before the closing fence: `""""quoted""""`.
    for (let extra = 0; fence === triple && extra < 2 && this.#text[this.#at] === quote; extra++) this.#at++;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  /** Spaces, line ends and comments. */
  #skipBlank(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === '#') {
        const lineEnd = this.#text.indexOf('\n', this.#at);
        this.#at = lineEnd < 0 ? this.#text.length : lineEnd;
        if (lineEnd < 0) return;
      } else if (!BLANK.test(character) && character !== '\ufeff') return;
    }
  }
}

/** The text of a basic-string key. */
function unescapeKey(inner: string): string {
  return inner.replaceAll(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/g, (whole, escaped: string) => {
    if (HEX_ESCAPES[escaped[0]!] === escaped.length - 1)
      return String.fromCodePoint(Number.parseInt(escaped.slice(1), 16));
    return ESCAPES[escaped] ?? whole.slice(1);
  });
}
