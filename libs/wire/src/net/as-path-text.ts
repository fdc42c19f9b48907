import type { AsPath, AsPathSegment } from '../attributes/types.ts';
import { err, ok, type Result } from '../result.ts';
import { parseAsn } from './asn.ts';
import type { TextError } from './text-error.ts';

const OPENERS = { '{': 'set', '(': 'confed-sequence', '[': 'confed-set' } as const;
const CLOSERS = { set: '}', 'confed-sequence': ')', 'confed-set': ']' } as const;

/** `65001 65002 {65003,65004} (65010 65011) [65012,65013]`: sequence, set, confederation sequence, confederation set. */
export function formatAsPath(path: AsPath): string {
  return path.map(formatSegment).join(' ');
}

function formatSegment({ type, asns }: AsPathSegment): string {
  switch (type) {
    case 'sequence':
      return asns.join(' ');
    case 'set':
      return `{${asns.join(',')}}`;
    case 'confed-sequence':
      return `(${asns.join(' ')})`;
    case 'confed-set':
      return `[${asns.join(',')}]`;
  }
}

/** The inverse of `formatAsPath`; spaces and commas are alike inside brackets. */
export function parseAsPath(text: string): Result<AsPath, TextError> {
  const invalid = err<TextError>({ code: 'as-path-invalid', text });
  const segments: { type: AsPathSegment['type']; asns: number[] }[] = [];
  let open: AsPathSegment['type'] = 'sequence';
  for (const token of text.match(/[{([\])}]|[^{([\])}\s,]+/g) ?? []) {
    const last = segments.at(-1);
    if (token === '{' || token === '(' || token === '[') {
      if (open !== 'sequence') return invalid;
      open = OPENERS[token];
      segments.push({ type: open, asns: [] });
    } else if (open !== 'sequence' && token === CLOSERS[open]) {
      if (last?.asns.length === 0) return invalid;
      open = 'sequence';
    } else {
      const asn = parseAsn(token);
      if (!asn.ok) return invalid;
      if (last?.type === open) last.asns.push(asn.value);
      else segments.push({ type: open, asns: [asn.value] });
    }
  }
  return open === 'sequence' ? ok(segments) : invalid;
}
