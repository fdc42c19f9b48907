import { isSecretKey, REDACTED } from '@bgp/config';
import { err, ok, type Result } from '@bgp/wire';
import type { Document } from './document.ts';

/**
 * A document that was shown with `<redacted>` in place of its secrets, with the present ones put back. An element of an array is the one
 * with the same address, name or prefix.
 *
 * @returns or the path of a secret that there is none for.
 */
export function restoreSecrets(shown: Document, present: Document): Result<Document, string> {
  const missing: string[] = [];
  const restore = (value: unknown, own: unknown, key: string, path: string): unknown => {
    if (value === REDACTED && isSecretKey(key)) {
      if (typeof own !== 'string') missing.push(path);
      return own;
    }
    if (Array.isArray(value)) {
      const elements: unknown[] = Array.isArray(own) ? own : [];
      return value.map((one, at) => restore(one, counterpart(one, elements), '', `${path}[${at}]`));
    }
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => {
        const inner = (own as Document | undefined)?.[name];
        return [name, restore(one, inner, name, path === '' ? name : `${path}.${name}`)];
      }),
    );
  };
  const restored = restore(shown, present, '', '') as Document; // tables stay tables
  return missing[0] === undefined ? ok(restored) : err(missing[0]);
}

const IDENTITIES = ['address', 'interface', 'name', 'prefix'] as const;

function counterpart(element: unknown, elements: readonly unknown[]): unknown {
  const table = (element ?? {}) as Document;
  const keys = IDENTITIES.filter((name) => typeof table[name] === 'string');
  if (keys.length === 0) return undefined;
  return elements.find((one) => keys.every((name) => (one as Document | undefined)?.[name] === table[name]));
}
