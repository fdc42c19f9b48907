import { type ComponentRow, valueMask } from './components.ts';
import type { FlowSpecValueOctets } from './types.ts';

/** The width that we write: the least that holds the value and that the component's section recommends. */
export function shortestValueOctets(value: number | bigint, row: ComponentRow): FlowSpecValueOctets {
  if (value <= 0xff && row.minValueOctets <= 1) return 1;
  if (value <= 0xffff && row.minValueOctets <= 2) return 2;
  return value <= 0xffff_ffff ? 4 : 8;
}

/** Whether the component can have `value` in so many octets: whole, not negative, no bit that receivers ignore. */
export function isValuePossible(
  value: number | bigint,
  valueOctets: number,
  { code, maxValueOctets }: ComponentRow,
  ipv6: boolean,
): boolean {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return false;
  if (valueOctets > maxValueOctets || value < 0 || BigInt(value) >> BigInt(valueOctets * 8) !== 0n) return false;
  return valueOctets > 1 || (Number(value) & ~valueMask(code, ipv6)) === 0;
}
