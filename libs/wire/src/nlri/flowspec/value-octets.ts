import type { ComponentRow } from './components.ts';
import type { FlowSpecValueOctets } from './types.ts';

/** The width that we write: the least that holds the value and that the component's section recommends. */
export function shortestValueOctets(value: number | bigint, row: ComponentRow): FlowSpecValueOctets {
  if (value <= 0xff && row.minValueOctets <= 1) return 1;
  if (value <= 0xffff && row.minValueOctets <= 2) return 2;
  return value <= 0xffff_ffff ? 4 : 8;
}

/** Whether `value` is whole, not negative, and fits `valueOctets`. */
export function fitsValueOctets(value: number | bigint, valueOctets: number): boolean {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return false;
  return value >= 0 && BigInt(value) >> BigInt(valueOctets * 8) === 0n;
}
