import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { EncodeError } from '../../errors.ts';
import { parseIpPrefix } from '../../net/ip-prefix.ts';
import { err, ok, type Result } from '../../result.ts';
import { MAX_FLOWSPEC_OCTETS, OP_AND, OP_END, patternOctets } from './check-flowspec.ts';
import { COMPONENTS, type ComponentRow, lastComponent } from './components.ts';
import { isIpv6 } from './family.ts';
import type {
  FlowSpecBitmaskMatch,
  FlowSpecNumericMatch,
  FlowSpecPrefix,
  FlowSpecRule,
  FlowSpecValueOctets,
} from './types.ts';
import { isValuePossible, shortestValueOctets } from './value-octets.ts';

/**
 * The canonical octets of a rule, without path id and length: equal rules give equal octets. Values take the fewest octets
 * that hold them (a flow label always four, RFC 8956 §3.7) unless `valueOctets` says otherwise; bits past a prefix's length
 * are cleared.
 *
 * Refuses, and never cuts: no component or components out of order (`value-out-of-range`, field `components`), a value or a
 * width that the component cannot have, a prefix of the other family, more than 4095 octets (`field-too-long`).
 * @source RFC 8955 §4.2, RFC 8956 §3
 */
export function encodeFlowSpec(rule: FlowSpecRule): Result<Uint8Array, EncodeError> {
  const ipv6 = isIpv6(rule.family);
  const out = new ByteWriter(64);
  let previous = 0;
  for (const component of rule.components) {
    const row = COMPONENTS.find(({ type }) => type === component.type);
    // RFC 8955 §4.2: strict ordering by type, each at most once.
    if (row === undefined || row.code <= previous || row.code > lastComponent(ipv6))
      return err({ code: 'value-out-of-range', field: 'components', value: component.type });
    previous = row.code;
    out.u8(row.code);
    const error =
      'prefix' in component ? encodePrefix(component, ipv6, out) : encodeList(component.matches, row, ipv6, out);
    if (error !== undefined) return err(error);
  }
  if (previous === 0) return err({ code: 'value-out-of-range', field: 'components', value: 0 });
  if (out.length > MAX_FLOWSPEC_OCTETS)
    return err({ code: 'field-too-long', field: 'flowspec', length: out.length, max: MAX_FLOWSPEC_OCTETS });
  return ok(out.toOctets());
}

function encodePrefix({ prefix, offset }: FlowSpecPrefix, ipv6: boolean, out: ByteWriter): EncodeError | undefined {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok || parsed.value.octets.length !== (ipv6 ? 16 : 4))
    return { code: 'address-invalid', field: 'prefix', value: prefix };
  const { octets, length } = parsed.value;
  // RFC 8956 §3.1: offset < length, unless both are 0. IPv4 has no offset.
  if (!Number.isInteger(offset) || offset < 0 || (offset > 0 && (!ipv6 || offset >= length)))
    return { code: 'value-out-of-range', field: 'offset', value: offset };
  out.u8(length);
  if (ipv6) out.u8(offset);
  // The pattern starts with address bit `offset`; bits past the length are clear already.
  const shift = offset & 7;
  for (let i = 0, count = patternOctets(length, offset); i < count; i++) {
    const at = (offset >>> 3) + i;
    out.u8((octets[at]! << shift) | ((octets[at + 1] ?? 0) >>> (8 - shift)));
  }
  return undefined;
}

function encodeList(
  matches: readonly (FlowSpecNumericMatch | FlowSpecBitmaskMatch)[],
  row: ComponentRow,
  ipv6: boolean,
  out: ByteWriter,
): EncodeError | undefined {
  if (matches.length === 0) return { code: 'value-out-of-range', field: row.type, value: 'no match' };
  for (const [index, match] of matches.entries()) {
    const { value } = match;
    const width = match.valueOctets ?? shortestValueOctets(value, row);
    if (!isValuePossible(value, width, row, ipv6)) return { code: 'value-out-of-range', field: row.type, value };
    // RFC 8955 §4.2.1.1: in the first operator of a list the AND bit is unset.
    if (match.and && index === 0) return { code: 'value-out-of-range', field: row.type, value: 'and' };
    out.u8(
      (index === matches.length - 1 ? OP_END : 0) |
        (match.and ? OP_AND : 0) |
        (WIDTH_BITS[width] << 4) |
        ('match' in match
          ? (match.not ? 2 : 0) | (match.match ? 1 : 0)
          : (match.lt ? 4 : 0) | (match.gt ? 2 : 0) | (match.eq ? 1 : 0)),
    );
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) out.u8(Number((BigInt(value) >> BigInt(shift)) & 0xffn));
  }
  return undefined;
}

const WIDTH_BITS: Readonly<Record<FlowSpecValueOctets, number>> = { 1: 0, 2: 1, 4: 2, 8: 3 };
