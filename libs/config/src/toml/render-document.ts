import { isTable, renderKey, renderValue } from './render-value.ts';

type Table = Readonly<Record<string, unknown>>;

/** A whole document or one of its tables as text: values first, then tables, then arrays of tables, each below its header. */
export function renderToml(table: Table): string {
  return renderBelow([], table);
}

function renderBelow(path: readonly string[], table: Table): string {
  const lines: string[] = [];
  const later: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    const here = [...path, key];
    const name = here.map(renderKey).join('.');
    if (isTable(value)) later.push(`[${name}]\n${renderBelow(here, value)}`);
    else if (Array.isArray(value) && value.length > 0 && value.every(isTable)) {
      for (const element of value) later.push(`[[${name}]]\n${renderBelow(here, element)}`);
    } else lines.push(`${renderKey(key)} = ${renderValue(value)}\n`);
  }
  return [lines.join(''), ...later].filter((part) => part !== '').join('\n');
}
