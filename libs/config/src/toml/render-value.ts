import { stringify } from 'smol-toml';

const WIDTH = 100;

/** A value as it stands behind `=`: tables inline; an array that does not fit a line has an element per line. */
export function renderValue(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    const elements = value.map((element) => renderInline(element));
    const line = `[${elements.join(', ')}]`;
    if (elements.length === 0 || indent.length + line.length <= WIDTH) return line;
    return `[\n${elements.map((element) => `${indent}  ${element},\n`).join('')}${indent}]`;
  }
  return renderInline(value);
}

export function renderKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

function renderInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderInline).join(', ')}]`;
  if (isTable(value)) {
    const entries = Object.entries(value).map(([name, one]) => `${renderKey(name)} = ${renderInline(one)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  // smol-toml knows how every scalar is written; it only writes whole documents.
  return stringify({ v: value }).trim().slice('v = '.length);
}

/** Dates are objects too, but no tables. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
