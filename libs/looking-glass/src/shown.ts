const MAX_CHARACTERS = 64;

/** What a user sent, in a sentence back to them: short, and on one line. */
export function shown(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line;
}
