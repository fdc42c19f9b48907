import type { UnitField, UnitPattern } from './edit.ts';

/** Whether a pattern means the value that begins at `at`; it must have as many octets as the pattern looks at. */
export function matchesUnit(octets: Uint8Array, at: number, { forms }: UnitPattern): boolean {
  for (const fields of forms) if (isOfForm(octets, at, fields)) return true;
  return false;
}

function isOfForm(octets: Uint8Array, at: number, fields: readonly UnitField[]): boolean {
  for (const { start, length, least, most } of fields) {
    let value = 0;
    for (let index = at + start; index < at + start + length; index++) value = value * 256 + octets[index]!;
    if (value < least || value > most) return false;
  }
  return true;
}
