import { afiOf, formatIpv4Prefix, formatIpv6Prefix } from '@bgp/wire';
import { decodeFlowSpec, formatFlowSpec } from '@bgp/wire/flowspec';
import type { FamilyTable } from './family-table.ts';
import { MutableRouteCursor } from './route-cursor.ts';
import type { PrefixId } from './types.ts';

/** Refilled by each call. */
const CURSOR = new MutableRouteCursor();

/** A prefix id as text, while it is in use: `192.0.2.0/24`, or a FlowSpec rule as `formatFlowSpec` has it. */
export function prefixText({ family, prefixes, rules }: FamilyTable, prefix: PrefixId): string {
  const rule = rules?.rule(prefix);
  if (rule !== undefined) {
    const decoded = decodeFlowSpec(rule, 0, rule.length, family);
    return decoded.ok ? formatFlowSpec(decoded.value) : '';
  }
  prefixes.read(prefix, CURSOR);
  const { w0, w1, w2, w3, length } = CURSOR;
  return afiOf(family) === 1 ? formatIpv4Prefix(w0, length) : formatIpv6Prefix(w0, w1, w2, w3, length);
}
