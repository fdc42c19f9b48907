/** Keys whose values never leave the process: file keys, and what they are called in the resolved configuration. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['md5_password', 'md5Password', 'key']);

export const REDACTED = '<redacted>';

export function isSecretKey(key: string | number | undefined): boolean {
  return typeof key === 'string' && SECRET_KEYS.has(key);
}

/** A copy with every secret replaced, for dumps, diffs and logs. */
export function redactSecrets<T>(value: T): T {
  return redact(value) as T; // the shape is kept: only strings are replaced by strings
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      isSecretKey(key) && typeof one === 'string' ? REDACTED : redact(one),
    ]),
  );
}

const SECRET_ASSIGNMENT = /((?:md5_password|\bkey)["']?\s*=\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}#]+)/g;

/** One line of the file with secrets blanked out; columns stay where they are. */
export function redactLine(line: string): string {
  return line.replaceAll(
    SECRET_ASSIGNMENT,
    (_whole, before: string, secret: string) => before + '*'.repeat(secret.length),
  );
}
