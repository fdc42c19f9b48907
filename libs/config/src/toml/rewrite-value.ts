import { areEqual } from './equal.ts';
import { matchElements } from './match-elements.ts';
import type { ConfigPath, Span } from './path.ts';
import type { PositionIndex } from './position-index.ts';
import { isTable, renderKey, renderValue } from './render-value.ts';

const WIDTH = 100;

/** An element of an array with the text that belongs to it. */
interface Chunk {
  /** From the line end before it: comment lines and indentation. */
  readonly lead: string;
  readonly body: Span;
  readonly hasComma: boolean;
  /** To the end of its line, behind the comma. */
  readonly trail: string;
}

interface Chunks {
  /** Behind the opening bracket, to the end of its line. */
  readonly head: string;
  readonly elements: readonly Chunk[];
  /** Before the closing bracket. */
  readonly tail: string;
}

/**
 * New text for one value behind `=`, where whatever is the same keeps its text: comments in arrays stay with the element below them, or
 * before them on the line.
 */
export class ValueRewriter {
  readonly #text: string;
  readonly #index: PositionIndex;
  readonly #newline: string;

  constructor(text: string, index: PositionIndex, newline: string) {
    this.#text = text;
    this.#index = index;
    this.#newline = newline;
  }

  /**
   * @param span   where the value at `path` stands.
   * @param indent of the line on which the value begins.
   */
  rewrite(span: Span, path: ConfigPath, before: unknown, after: unknown, indent: string): string {
    const old = this.#text.slice(span.start, span.end);
    if (areEqual(before, after)) return old;
    const anew = () => this.#lines(renderValue(after, indent));
    if (Array.isArray(before) && Array.isArray(after) && old.startsWith('[')) {
      return this.#array(span, path, before, after, indent) ?? anew();
    }
    if (isTable(before) && isTable(after) && old.startsWith('{')) {
      return this.#table(span, path, before, after, indent) ?? anew();
    }
    return anew();
  }

  #array(
    span: Span,
    path: ConfigPath,
    before: readonly unknown[],
    after: readonly unknown[],
    indent: string,
  ): string | undefined {
    const chunks = this.#chunks(span, path, before.length);
    if (chunks === undefined || before.length === 0) return undefined;
    const pairs = matchElements(before, after);
    const bodies = after.map((element, at) => {
      const old = pairs[at];
      const chunk = old === undefined ? undefined : chunks.elements[old];
      if (old === undefined || chunk === undefined) return renderValue(element);
      return this.rewrite(chunk.body, [...path, old], before[old], element, indent);
    });
    if (!this.#text.slice(span.start, span.end).includes('\n')) {
      const [open, close] = [chunks.elements[0]?.lead ?? '', chunks.tail];
      const line = bodies.length === 0 ? '[]' : `[${open}${bodies.join(', ')}${close}]`;
      return bodies.length > before.length && indent.length + line.length > WIDTH ? undefined : line;
    }
    return this.#spread(chunks, pairs, bodies, indent);
  }

  /** An element per line, more or less: each with what belongs to it. */
  #spread(chunks: Chunks, pairs: readonly (number | undefined)[], bodies: readonly string[], indent: string): string {
    const endsWithComma = chunks.elements.at(-1)?.hasComma ?? true;
    const deeper = /\n([ \t]*)$/.exec(chunks.elements[0]?.lead ?? '')?.[1] ?? `${indent}  `;
    const ownLine = `${this.#newline}${deeper}`;
    let mayShareLine = false;
    const parts = bodies.map((body, at) => {
      const old = pairs[at];
      const chunk = old === undefined ? undefined : chunks.elements[old];
      // One that stood behind another on its line: only where something without a comment is before it now too.
      const lead = chunk === undefined || !(chunk.lead.includes('\n') || mayShareLine) ? ownLine : chunk.lead;
      const trail = chunk?.trail ?? '';
      mayShareLine = !trail.includes('#');
      return `${lead}${body}${at < bodies.length - 1 || endsWithComma ? ',' : ''}${trail}`;
    });
    return `[${chunks.head}${parts.join('')}${chunks.tail}]`;
  }

  /** Undefined: written in a way that cannot be taken apart, such as commas in front of elements. */
  #chunks(span: Span, path: ConfigPath, count: number): Chunks | undefined {
    const bodies: Span[] = [];
    for (let index = 0; index < count; index++) {
      const place = this.#index.find([...path, index]);
      if (place === undefined) return undefined;
      bodies.push(place.value);
    }
    const gap = (from: number, to: number) => this.#text.slice(from, to);
    const first = gap(span.start + 1, bodies[0]?.start ?? span.end - 1);
    const headEnd = first.includes('\n') ? first.search(/\r?\n/) : 0;
    const elements: Chunk[] = [];
    let lead = first.slice(headEnd);
    for (const [index, body] of bodies.entries()) {
      const isLast = index === count - 1;
      const behind = gap(body.end, isLast ? span.end - 1 : (bodies[index + 1]?.start ?? span.end - 1));
      const comma = /^[ \t]*,/.exec(behind);
      if (comma === null && !isLast) return undefined;
      if (comma === null && /^[^,]*\n\s*,/.test(behind)) return undefined;
      const rest = behind.slice(comma?.[0].length ?? 0);
      const trail = rest.includes('\n') ? rest.slice(0, rest.search(/\r?\n/)) : '';
      elements.push({ lead, body, hasComma: comma !== null, trail });
      lead = rest.slice(trail.length);
    }
    return { head: first.slice(0, headEnd), elements, tail: lead };
  }

  /** An inline table. Undefined: keys are dotted, or stand on several lines. */
  #table(
    span: Span,
    path: ConfigPath,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
    indent: string,
  ): string | undefined {
    const entries: { readonly name: string; readonly key: Span; readonly value: Span }[] = [];
    for (const name of Object.keys(before)) {
      const place = this.#index.find([...path, name]);
      // A dotted key's first part has a place of its own, and the value of another.
      if (place === undefined || !/^\s*=\s*$/.test(this.#text.slice(place.key.end, place.value.start)))
        return undefined;
      entries.push({ name, ...place });
    }
    entries.sort((a, b) => a.key.start - b.key.start);
    if (entries.length === 0) return undefined;
    const gaps = entries.map(({ key }, index) => {
      return this.#text.slice(entries[index - 1]?.value.end ?? span.start + 1, key.start);
    });
    if (gaps.some((gap) => !/^[ \t]*,?[ \t]*$/.test(gap))) return undefined;
    const padding = gaps[0] ?? '';
    let result = '';
    for (const [index, { name, key, value }] of entries.entries()) {
      if (!Object.hasOwn(after, name)) continue;
      const text = this.rewrite(value, [...path, name], before[name], after[name], indent);
      result += `${result === '' ? padding : gaps[index]}${this.#text.slice(key.start, value.start)}${text}`;
    }
    for (const name of Object.keys(after)) {
      if (Object.hasOwn(before, name)) continue;
      result += `${result === '' ? padding : ', '}${renderKey(name)} = ${renderValue(after[name])}`;
    }
    return result === '' ? '{}' : `{${result}${this.#text.slice(entries.at(-1)?.value.end ?? span.end, span.end)}`;
  }

  #lines(text: string): string {
    return this.#newline === '\n' ? text : text.replaceAll('\n', this.#newline);
  }
}
