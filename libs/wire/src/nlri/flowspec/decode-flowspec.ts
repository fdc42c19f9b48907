import { readU16, readU32 } from '../../bytes/byte-reader.ts';
import type { Family } from '../../family.ts';
import { formatIpv4Prefix, formatIpv6Prefix } from '../../net/ip-prefix.ts';
import { err, ok, type Result } from '../../result.ts';
import { checkFlowSpec, endOfComponent, OP_AND, valueOctetsOf } from './check-flowspec.ts';
import { type ComponentRow, componentByCode, valueMask } from './components.ts';
import { FlowSpecDestination } from './destination-prefix.ts';
import { isIpv6 } from './family.ts';
import type {
  FlowSpecBitmaskMatch,
  FlowSpecComponent,
  FlowSpecError,
  FlowSpecNumericMatch,
  FlowSpecPrefixType,
  FlowSpecRule,
  FlowSpecValueOctets,
} from './types.ts';
import { shortestValueOctets } from './value-octets.ts';

/**
 * The rule that `octets[start, end)` holds, as `FlowSpecNlriCursor` gives the range; not retained. What the standard has
 * receivers ignore is gone, so that two rules are deeply equal exactly when their canonical octets are.
 */
export function decodeFlowSpec(
  octets: Uint8Array,
  start: number,
  end: number,
  family: Family,
): Result<FlowSpecRule, FlowSpecError> {
  const error = checkFlowSpec(octets, start, end, family);
  if (error !== undefined) return err(error);
  const ipv6 = isIpv6(family);
  const components: FlowSpecComponent[] = [];
  for (let position = start; position < end; ) {
    const next = endOfComponent(octets, position, end, ipv6);
    const row = componentByCode(octets[position]!)!; // `checkFlowSpec` found only known codes
    if (row.kind === 'prefix') components.push(decodePrefix(octets, position, family, row.type));
    else if (row.kind === 'numeric')
      components.push({ type: row.type, matches: decodeNumericList(octets, position, next, ipv6, row) });
    else components.push({ type: row.type, matches: decodeBitmaskList(octets, position, next, ipv6, row) });
    position = next;
  }
  return ok({ family, components });
}

function decodePrefix(
  octets: Uint8Array,
  position: number,
  family: Family,
  type: FlowSpecPrefixType,
): FlowSpecComponent {
  const component = new FlowSpecDestination();
  component.readComponent(octets, position, family);
  const { w0, w1, w2, w3, length, offset } = component;
  const prefix = isIpv6(family) ? formatIpv6Prefix(w0, w1, w2, w3, length) : formatIpv4Prefix(w0, length);
  return { type, prefix, offset };
}

function decodeNumericList(
  octets: Uint8Array,
  position: number,
  end: number,
  ipv6: boolean,
  row: ComponentRow,
): FlowSpecNumericMatch[] {
  const matches: FlowSpecNumericMatch[] = [];
  for (let at = position + 1; at < end; ) {
    const operator = octets[at]!;
    const length = valueOctetsOf(operator);
    const read = readValue(octets, at + 1, length);
    const value = length === 1 ? Number(read) & valueMask(row.code, ipv6) : read;
    matches.push({
      and: (operator & OP_AND) !== 0 && matches.length > 0, // RFC 8955 §4.2.1.1: the first is "always unset"
      lt: (operator & 4) !== 0,
      gt: (operator & 2) !== 0,
      eq: (operator & 1) !== 0,
      value,
      ...widthIfOther(length, value, row),
    });
    at += 1 + length;
  }
  return matches;
}

function decodeBitmaskList(
  octets: Uint8Array,
  position: number,
  end: number,
  ipv6: boolean,
  row: ComponentRow,
): FlowSpecBitmaskMatch[] {
  const matches: FlowSpecBitmaskMatch[] = [];
  for (let at = position + 1; at < end; ) {
    const operator = octets[at]!;
    const length = valueOctetsOf(operator);
    const value = length === 1 ? octets[at + 1]! & valueMask(row.code, ipv6) : readU16(octets, at + 1);
    matches.push({
      and: (operator & OP_AND) !== 0 && matches.length > 0,
      not: (operator & 2) !== 0,
      match: (operator & 1) !== 0,
      value,
      ...widthIfOther(length, value, row),
    });
    at += 1 + length;
  }
  return matches;
}

function readValue(octets: Uint8Array, at: number, length: FlowSpecValueOctets): number | bigint {
  if (length === 1) return octets[at]!;
  if (length === 2) return readU16(octets, at);
  if (length === 4) return readU32(octets, at);
  const high = readU32(octets, at);
  const low = readU32(octets, at + 4);
  return high <= 0x1f_ffff ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

function widthIfOther(
  valueOctets: FlowSpecValueOctets,
  value: number | bigint,
  row: ComponentRow,
): { valueOctets?: FlowSpecValueOctets } {
  return valueOctets === shortestValueOctets(value, row) ? {} : { valueOctets };
}
