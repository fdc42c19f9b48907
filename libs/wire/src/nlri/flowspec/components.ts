import type { FlowSpecBitmaskType, FlowSpecNumericType, FlowSpecPrefixType } from './types.ts';

/** What octets and text must know of a component. */
export type ComponentRow = {
  readonly code: number;
  /** As `formatFlowSpec` writes it. */
  readonly keyword: string;
  /** The greatest value that can match anything, hence the greatest that text takes without a width of its own. */
  readonly maxValue: number;
  /** A value in more octets makes the rule malformed. */
  readonly maxValueOctets: number;
  /** The narrowest that we write. */
  readonly minValueOctets: number;
} & (
  | { readonly kind: 'prefix'; readonly type: FlowSpecPrefixType }
  | { readonly kind: 'numeric'; readonly type: FlowSpecNumericType }
  | { readonly kind: 'bitmask'; readonly type: FlowSpecBitmaskType }
);

const NO_VALUE = { maxValue: 0, maxValueOctets: 0, minValueOctets: 0 } as const;
/** RFC 8955 §4.2.2.3: "SHOULD be encoded as single octet", and so on: a wider one is legal, with one octet as the least. */
const OCTET = { maxValue: 0xff, maxValueOctets: 8, minValueOctets: 1 } as const;
const TWO_OCTETS = { maxValue: 0xffff, maxValueOctets: 8, minValueOctets: 1 } as const;

/** Indexed by code − 1. @source RFC 8955 §4.2.2, RFC 8956 §3 */
export const COMPONENTS: readonly ComponentRow[] = [
  { code: 1, kind: 'prefix', type: 'destination-prefix', keyword: 'dst', ...NO_VALUE },
  { code: 2, kind: 'prefix', type: 'source-prefix', keyword: 'src', ...NO_VALUE },
  { code: 3, kind: 'numeric', type: 'ip-protocol', keyword: 'proto', ...OCTET },
  { code: 4, kind: 'numeric', type: 'port', keyword: 'port', ...TWO_OCTETS },
  { code: 5, kind: 'numeric', type: 'destination-port', keyword: 'dst-port', ...TWO_OCTETS },
  { code: 6, kind: 'numeric', type: 'source-port', keyword: 'src-port', ...TWO_OCTETS },
  { code: 7, kind: 'numeric', type: 'icmp-type', keyword: 'icmp-type', ...OCTET },
  { code: 8, kind: 'numeric', type: 'icmp-code', keyword: 'icmp-code', ...OCTET },
  // RFC 8955 §4.2.2.9: one or two octets is a MUST.
  {
    code: 9,
    kind: 'bitmask',
    type: 'tcp-flags',
    keyword: 'tcp-flags',
    maxValue: 0xffff,
    maxValueOctets: 2,
    minValueOctets: 1,
  },
  { code: 10, kind: 'numeric', type: 'packet-length', keyword: 'length', ...TWO_OCTETS },
  // RFC 8955 §4.2.2.11: one octet is a MUST.
  { code: 11, kind: 'numeric', type: 'dscp', keyword: 'dscp', maxValue: 63, maxValueOctets: 1, minValueOctets: 1 },
  // RFC 8955 §4.2.2.12, RFC 8956 §3.6: one octet is a MUST.
  {
    code: 12,
    kind: 'bitmask',
    type: 'fragment',
    keyword: 'fragment',
    maxValue: 0x0f,
    maxValueOctets: 1,
    minValueOctets: 1,
  },
  // RFC 8956 §3.7: "SHOULD be encoded as 4-octet quantities".
  {
    code: 13,
    kind: 'numeric',
    type: 'flow-label',
    keyword: 'flow-label',
    maxValue: 0xf_ffff,
    maxValueOctets: 8,
    minValueOctets: 4,
  },
];

/** RFC 8955 §4.2.2 ends at 12; RFC 8956 §3.7 adds 13 for IPv6. */
export function lastComponent(isIpv6: boolean): number {
  return isIpv6 ? 13 : 12;
}

export function componentByCode(code: number): ComponentRow | undefined {
  return COMPONENTS[code - 1];
}

/**
 * The bits of a value that count: the others are to be sent as zero and ignored when received.
 * @source RFC 8955 §4.2.2.11 (DSCP), §4.2.2.12 (fragment), RFC 8956 §3.6 (no DF in IPv6)
 */
export function valueMask(code: number, isIpv6: boolean): number {
  if (code === 11) return 0x3f;
  if (code === 12) return isIpv6 ? 0x0e : 0x0f;
  return 0xff;
}
