/** Colors as functions, so that a renderer never asks whether there are any. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const same = (text: string) => text;
const sgr = (code: number) => (text: string) => (text === '' ? text : `\u001b[${code}m${text}\u001b[0m`);

export const PLAIN: Palette = { good: same, warn: same, bad: same, strong: same, faint: same };
export const COLORS: Palette = { good: sgr(32), warn: sgr(33), bad: sgr(31), strong: sgr(1), faint: sgr(2) };

/** Text that somebody else chose: nothing in it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
