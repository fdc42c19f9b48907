import fc from 'fast-check';

const keyName = fc.oneof(fc.constantFrom('a', 'b', 'k-1', '0'), fc.string({ maxLength: 4, unit: 'binary' }));
const leaf = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.string({ maxLength: 6 }),
  fc.constantFrom('#', '"', "'", ']', '}', 'a\nb', '\\', '"""', ','),
);
export type Node = number | boolean | string | Node[] | { [key: string]: Node };
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(keyName, tie('node'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
/** A document as plain data. */
export const document = fc.dictionary(keyName, node, { maxKeys: 4, noNullPrototype: true });

/** Writes a document in one of the many ways TOML allows; `choose` picks between them. */
function write(root: { [key: string]: Node }, choose: (options: number) => number): string {
  const lines: string[] = [];
  const blank = (): string => ['', ' ', '  '][choose(3)]!;
  const comment = (): string => ['', ' # c ] } "', '\n'][choose(3)]!;
  const quoted = (text: string): string =>
    `"${[...text].map((c) => (/[\w .,#\]}'-]/.test(c) ? c : `\\U${c.codePointAt(0)!.toString(16).padStart(8, '0')}`)).join('')}"`;
  const literal = (text: string): boolean => /^[\w .,#\]}"-]*$/.test(text);
  const key = (name: string): string => {
    if (/^[\w-]+$/.test(name) && choose(2) === 0) return name;
    return literal(name) && choose(2) === 0 ? `'${name}'` : quoted(name);
  };
  const scalar = (value: Node): string => {
    if (typeof value !== 'string') return String(value);
    const style = choose(3);
    if (style === 0 && literal(value)) return `'${value}'`;
    return style === 1 ? `"""${quoted(value).slice(1, -1)}"""` : quoted(value);
  };
  const inline = (value: Node): string => {
    if (Array.isArray(value)) {
      const gap = choose(2) === 0 ? '' : '\n  # in an array ]\n ';
      return `[${gap}${value.map((one) => `${blank()}${inline(one)}${gap}`).join(',')}]`;
    }
    if (typeof value !== 'object') return scalar(value);
    return `{${Object.entries(value)
      .map(([name, one]) => `${blank()}${key(name)}${blank()}=${blank()}${inline(one)}${blank()}`)
      .join(',')}}`;
  };
  const isTable = (value: Node): value is { [key: string]: Node } => typeof value === 'object' && !Array.isArray(value);
  const table = (path: string[], value: { [key: string]: Node }): void => {
    const later: (() => void)[] = [];
    for (const [name, child] of Object.entries(value)) {
      const here = [...path, key(name)];
      const style = choose(3);
      if (isTable(child) && style === 0) {
        later.push(() => {
          lines.push(`${blank()}[${here.join(`${blank()}.`)}]${comment()}`);
          table(here, child);
        });
      } else if (isTable(child) && style === 1 && Object.keys(child).length > 0) {
        for (const [inner, one] of Object.entries(child)) {
          lines.push(`${here.at(-1)}${blank()}.${blank()}${key(inner)} = ${inline(one)}${comment()}`);
        }
      } else if (Array.isArray(child) && child.length > 0 && child.every(isTable) && style !== 2) {
        later.push(() => {
          for (const element of child) {
            lines.push(`[[${here.join('.')}]]${comment()}`);
            table(here, element as { [key: string]: Node });
          }
        });
      } else lines.push(`${blank()}${here.at(-1)}${blank()}=${blank()}${inline(child)}${comment()}`);
    }
    for (const run of later) run();
  };
  table([], root);
  return lines.join(choose(2) === 0 ? '\n' : '\r\n');
}

/** A document written in one of the many ways that TOML allows. */
export const writtenDocument = fc.tuple(document, fc.infiniteStream(fc.nat({ max: 5 }))).map(([root, choices]) => {
  const choose = (options: number): number => (choices.next().value as number) % options;
  return write(root, choose);
});
