import { COMPONENTS, type ComponentRow } from './components.ts';
import type {
  FlowSpecBitmaskMatch,
  FlowSpecComponent,
  FlowSpecNumericMatch,
  FlowSpecPrefix,
  FlowSpecRule,
} from './types.ts';
import { valueNames } from './value-names.ts';
import { shortestValueOctets } from './value-octets.ts';

/**
 * A rule as people read it; `parseFlowSpecText` gives the same rule back.
 *
 * ```text
 * dst 192.0.2.0/24 proto tcp port 80
 * dst-port >=1024&<=2000,8080      & binds tighter than the comma, which is OR (RFC 8955 §4.2.1.1)
 * tcp-flags syn|ack                any of the bits
 * tcp-flags =syn+ack,!rst          all of the bits; or not rst
 * src ::1234:5678:9a00:0/64-104    bits 64 to 104 only (RFC 8956 §3.1)
 * port 80/2                        a value in more octets than needed, or greater than the field: its octets follow
 * port false:80                    an operator without a relation; `true:80` with all of them
 * ```
 */
export function formatFlowSpec(rule: FlowSpecRule): string {
  return rule.components.map(formatComponent).join(' ');
}

function formatComponent(component: FlowSpecComponent): string {
  const row = COMPONENTS.find(({ type }) => type === component.type)!; // every type has a row
  if ('prefix' in component) return `${row.keyword} ${formatPrefix(component)}`;
  const list = component.matches.map((match, index) => {
    const joint = index === 0 ? '' : match.and ? '&' : ',';
    return joint + ('match' in match ? formatBitmask(match, row) : formatNumeric(match, row)) + formatWidth(match, row);
  });
  return `${row.keyword} ${list.join('')}`;
}

function formatPrefix({ prefix, offset }: FlowSpecPrefix): string {
  // RFC 8956 §3.1: "ipv6address/length if offset is 0 or ipv6address/offset-length".
  return offset === 0 ? prefix : prefix.replace('/', `/${offset}-`);
}

/** RFC 8955 §4.2.1.1, table 1; indexed by lt, gt, eq as three bits. */
export const RELATIONS: readonly string[] = ['false:', '', '>', '>=', '<', '<=', '!=', 'true:'];

function formatNumeric({ lt, gt, eq, value }: FlowSpecNumericMatch, row: ComponentRow): string {
  let text = String(value);
  for (const [name, named] of valueNames(row.type)) if (named === value && lt === gt) text = name;
  return RELATIONS[(lt ? 4 : 0) | (gt ? 2 : 0) | (eq ? 1 : 0)]! + text; // three bits
}

function formatBitmask({ not, match, value }: FlowSpecBitmaskMatch, row: ComponentRow): string {
  const parts: string[] = [];
  let rest = value;
  for (const [name, bit] of valueNames(row.type)) {
    if ((value & bit) === 0) continue;
    parts.push(name);
    rest &= ~bit;
  }
  if (rest !== 0 || parts.length === 0) parts.push(`0x${rest.toString(16)}`);
  return `${not ? '!' : ''}${match ? '=' : ''}${parts.join(match ? '+' : '|')}`;
}

/** The octets of a value, where the reader of the text would not choose the same or would refuse the value. */
function formatWidth({ value, valueOctets }: FlowSpecNumericMatch | FlowSpecBitmaskMatch, row: ComponentRow): string {
  if (valueOctets === undefined && value <= row.maxValue) return '';
  return `/${valueOctets ?? shortestValueOctets(value, row)}`;
}
