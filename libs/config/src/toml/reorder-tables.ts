import { areEqual } from './equal.ts';
import { matchElements } from './match-elements.ts';
import type { ConfigPath } from './path.ts';
import { readToml } from './read-toml.ts';
import { isTable } from './render-value.ts';
import { type Section, sectionsOf } from './sections.ts';
import { TextLayout } from './text-layout.ts';

type Table = Readonly<Record<string, unknown>>;

/** A `[[table]]` with all below it, and the comment lines above. */
interface Block {
  readonly start: number;
  readonly end: number;
}

/**
 * The text with the elements of its arrays of tables in the order that they have in `after`; nothing else is changed. Whatever cannot
 * be moved safely stays where it is.
 */
export function reorderTables(text: string, before: Table, after: Table): string {
  let result = text;
  for (const path of arraysOfTables(before, after)) {
    const old = valueAt(before, path) as readonly Table[]; // by arraysOfTables
    const moved = withOrder(result, path, old, newOrder(old, valueAt(after, path) as readonly Table[]));
    if (moved !== undefined) result = moved;
  }
  return result;
}

/** In tables, not in elements of other arrays. */
function arraysOfTables(before: Table, after: Table, path: ConfigPath = []): ConfigPath[] {
  return Object.keys(before).flatMap((name) => {
    const [old, now] = [before[name], Object.hasOwn(after, name) ? after[name] : undefined];
    if (isTable(old) && isTable(now)) return arraysOfTables(old, now, [...path, name]);
    const areBoth = Array.isArray(old) && Array.isArray(now) && old.every(isTable) && now.every(isTable);
    return areBoth && !areEqual(old, now) ? [[...path, name]] : [];
  });
}

/** Positions of all old elements: those that stay in their new order, behind them those that go. */
function newOrder(old: readonly Table[], now: readonly Table[]): number[] {
  const kept = matchElements(old, now).filter((index) => index !== undefined);
  const isInOrder = kept.every((index, at) => at === 0 || index > kept[at - 1]!);
  if (isInOrder) return [...old.keys()];
  return [...kept, ...[...old.keys()].filter((index) => !kept.includes(index))];
}

/** Undefined: there is nothing to move, or it is not written as one `[[table]]` behind the other. */
function withOrder(
  text: string,
  path: ConfigPath,
  old: readonly Table[],
  order: readonly number[],
): string | undefined {
  if (order.every((index, at) => index === at)) return undefined;
  const blocks = blocksOf(text, path, order.length);
  const [first, last] = [blocks?.[0], blocks?.at(-1)];
  if (blocks === undefined || first === undefined || last === undefined) return undefined;
  const parts = order.map((index, at) => {
    const { start, end } = blocks[index]!; // as many as elements
    const content = text.slice(start, end);
    const gap = at < order.length - 1 ? text.slice(blocks[at]!.end, blocks[at + 1]!.start) : '';
    return `${content}${content.endsWith('\n') ? '' : '\n'}${gap}`;
  });
  const result = `${text.slice(0, first.start)}${parts.join('')}${text.slice(last.end)}`;
  const document = readToml(result);
  const wanted = order.map((index) => old[index]);
  return document !== undefined && areEqual(valueAt(document, path), wanted) ? result : undefined;
}

function blocksOf(text: string, path: ConfigPath, count: number): Block[] | undefined {
  const layout = new TextLayout(text);
  const sections = sectionsOf(text);
  const isIn = ({ path: own }: Section, index?: number) =>
    own.length > path.length &&
    path.every((part, at) => own[at] === part) &&
    (index === undefined || own[path.length] === index);
  const from = sections.findIndex((section) => isIn(section));
  const to = sections.findLastIndex((section) => isIn(section));
  if (from < 0 || !sections.slice(from, to + 1).every((section) => isIn(section))) return undefined;
  const blocks: Block[] = [];
  for (let index = 0; index < count; index++) {
    const own = sections.filter((section) => isIn(section, index));
    const [header, last] = [own[0]?.header, own.at(-1)];
    if (header === undefined || last === undefined) return undefined;
    const contentEnd = layout.lineEnd(last.statements.at(-1)?.span.end ?? last.header?.end ?? 0);
    blocks.push({ start: layout.commentStart(header.start), end: layout.commentEnd(contentEnd) });
  }
  return blocks.every(({ start }, at) => at === 0 || start >= blocks[at - 1]!.end) ? blocks : undefined;
}

function valueAt(root: Table, path: ConfigPath): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown>)[part], root);
}
