import { afiOf, err, ok, type Result, safiOf, toFamily } from '@bgp/wire';
import { concat, readU16, readU32, readU64, u16Octets, u32Octets, u64Octets } from './octets.ts';
import type { BmpError, Statistic } from './types.ts';

/** RFC 7854 §4.8 (0–13), RFC 8671 §6.2 (14–17). */
export const STATISTICS = [
  { type: 0, form: 'counter32', name: 'prefixes rejected by inbound policy' },
  { type: 1, form: 'counter32', name: 'duplicate prefix advertisements' },
  { type: 2, form: 'counter32', name: 'duplicate withdraws' },
  { type: 3, form: 'counter32', name: 'updates invalidated due to CLUSTER_LIST loop' },
  { type: 4, form: 'counter32', name: 'updates invalidated due to AS_PATH loop' },
  { type: 5, form: 'counter32', name: 'updates invalidated due to ORIGINATOR_ID' },
  { type: 6, form: 'counter32', name: 'updates invalidated due to AS_CONFED loop' },
  { type: 7, form: 'gauge64', name: 'routes in Adj-RIBs-In' },
  { type: 8, form: 'gauge64', name: 'routes in Loc-RIB' },
  { type: 9, form: 'family-gauge64', name: 'routes in per-AFI/SAFI Adj-RIB-In' },
  { type: 10, form: 'family-gauge64', name: 'routes in per-AFI/SAFI Loc-RIB' },
  { type: 11, form: 'counter32', name: 'updates subjected to treat-as-withdraw' },
  { type: 12, form: 'counter32', name: 'prefixes subjected to treat-as-withdraw' },
  { type: 13, form: 'counter32', name: 'duplicate update messages received' },
  { type: 14, form: 'gauge64', name: 'routes in pre-policy Adj-RIBs-Out' },
  { type: 15, form: 'gauge64', name: 'routes in post-policy Adj-RIBs-Out' },
  { type: 16, form: 'family-gauge64', name: 'routes in per-AFI/SAFI pre-policy Adj-RIB-Out' },
  { type: 17, form: 'family-gauge64', name: 'routes in per-AFI/SAFI post-policy Adj-RIB-Out' },
] as const;

const OCTETS = { counter32: 4, gauge64: 8, 'family-gauge64': 11 } as const;

export function readStatistic(type: number, value: Uint8Array): Result<Statistic, BmpError> {
  const row = STATISTICS[type];
  if (row === undefined) return ok({ type, form: 'raw', value });
  if (value.length !== OCTETS[row.form])
    return err({ code: 'statistic-length-invalid', statistic: type, length: value.length });
  if (row.form === 'counter32') return ok({ type, form: row.form, value: readU32(value, 0) });
  if (row.form === 'gauge64') return ok({ type, form: row.form, value: readU64(value, 0) });
  return ok({ type, form: row.form, family: toFamily(readU16(value, 0), value[2]!), value: readU64(value, 3) });
}

export function writeStatistic(statistic: Statistic): Uint8Array {
  if (statistic.form === 'raw') return statistic.value;
  if (statistic.form === 'counter32') return u32Octets(statistic.value);
  if (statistic.form === 'gauge64') return u64Octets(statistic.value);
  const { family, value } = statistic;
  return concat([u16Octets(afiOf(family)), Uint8Array.of(safiOf(family)), u64Octets(value)]);
}
