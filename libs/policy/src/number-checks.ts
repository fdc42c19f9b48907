import type { DiagnosticList, DiagnosticPath } from './diagnostics.ts';
import type { NumberRange } from './types.ts';

export const MAX_U32 = 0xffff_ffff;

/** Whether `value` is a whole number within the bounds; says so if not. */
export function checkNumber(
  value: number,
  minimum: number,
  maximum: number,
  path: DiagnosticPath,
  into: DiagnosticList,
): boolean {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return true;
  into.add('value-out-of-range', path, `${value} is not a whole number of ${minimum}–${maximum}`);
  return false;
}

/** RFC 7607 §2: AS 0 never stands for an AS. */
export function checkAsn(asn: number, path: DiagnosticPath, into: DiagnosticList): boolean {
  if (Number.isInteger(asn) && asn >= 1 && asn <= MAX_U32) return true;
  into.add('asn-invalid', path, `${asn} is not an AS number`, 'AS numbers are 1–4294967295');
  return false;
}

/** The bounds of a range with what is absent filled in, or undefined after saying what is wrong. */
export function checkRange(
  range: NumberRange,
  maximum: number,
  path: DiagnosticPath,
  into: DiagnosticList,
): { readonly ge: number; readonly le: number } | undefined {
  const { ge, le } = range;
  if (ge === undefined && le === undefined) {
    into.add('range-empty', path, 'a range needs ge, le or both');
    return undefined;
  }
  const geOk = ge === undefined || checkNumber(ge, 0, maximum, [...path, 'ge'], into);
  const leOk = le === undefined || checkNumber(le, 0, maximum, [...path, 'le'], into);
  if (!geOk || !leOk) return undefined;
  if (ge !== undefined && le !== undefined && ge > le) {
    into.add('range-invalid', [...path, 'ge'], `ge must be <= le, but ${ge} > ${le}`);
    return undefined;
  }
  return { ge: ge ?? 0, le: le ?? maximum };
}
