/** What a record cannot hold. */
export type MrtEncodeError =
  | { readonly code: 'value-out-of-range'; readonly field: string; readonly value: number }
  | { readonly code: 'too-long'; readonly field: string; readonly length: number; readonly max: number }
  | { readonly code: 'address-invalid'; readonly field: string; readonly text: string };

/** One plain sentence for a person. */
export function formatMrtEncodeError(error: MrtEncodeError): string {
  switch (error.code) {
    case 'value-out-of-range':
      return `MRT has no room for ${error.field} ${error.value}.`;
    case 'too-long':
      return `MRT has no room for ${error.field}: there are ${error.length}, and at most ${error.max} fit.`;
    case 'address-invalid':
      return `"${error.text}" is no address for ${error.field}.`;
  }
}

/** The first field whose value is no unsigned number of `bits`. */
export function outOfRange(
  fields: readonly (readonly [field: string, value: number, bits: 16 | 32])[],
): MrtEncodeError | undefined {
  for (const [field, value, bits] of fields) {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits)
      return { code: 'value-out-of-range', field, value };
  }
  return undefined;
}
