const CHARACTERS_MAX = 256;

/**
 * Text that a peer may have had a hand in, safe for a terminal and for one line of a log: control characters, line ends,
 * direction marks and other invisible characters become `\u{…}`, and what is longer than 256 characters is cut.
 */
export function escapeText(text: string): string {
  const characters = [...text];
  const kept = characters.length > CHARACTERS_MAX ? [...characters.slice(0, CHARACTERS_MAX), '…'] : characters;
  return kept
    .join('')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (character) =>
      character === '\\' ? '\\\\' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
    );
}
