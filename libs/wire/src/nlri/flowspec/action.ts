import { readU16, readU32 } from '../../bytes/byte-reader.ts';
import type { EncodeError } from '../../errors.ts';
import { formatIpAddress, formatIpv4, parseIpAddress } from '../../net/ip-address.ts';
import type { Asn, IpAddress } from '../../net/types.ts';
import { err, ok, type Result } from '../../result.ts';

interface RedirectToAs {
  readonly type: 'rt-redirect';
  readonly form: 'as2' | 'as4';
  readonly administrator: Asn;
  readonly assigned: number;
}

interface RedirectToAddress {
  readonly type: 'rt-redirect';
  readonly form: 'ipv4' | 'ipv6';
  readonly administrator: IpAddress;
  readonly assigned: number;
}

/**
 * What to do with the packets that a rule matches, as one extended community says it. A route may have several; without any,
 * packets are accepted (RFC 8955 §7).
 */
export type FlowSpecAction =
  /**
   * RFC 8955 §7.1, §7.2: at most `rate` octets, or packets, per second; 0 discards. On the wire it is a 32-bit float, so
   * about seven digits arrive. `id` is an AS number's last two octets or 0, "purely informational".
   */
  | { readonly type: 'traffic-rate-bytes' | 'traffic-rate-packets'; readonly id: number; readonly rate: number }
  /**
   * RFC 8955 §7.3. `terminal` is the T bit as the standard has it, which reads the wrong way round: *set*, the rules after this one
   * are tried as well.
   */
  | { readonly type: 'traffic-action'; readonly sample: boolean; readonly terminal: boolean }
  /** RFC 8955 §7.4, RFC 8956 §6.1: into the VRF that imports this route target. `as2` and `as4` say how wide the AS is. */
  | RedirectToAs
  | RedirectToAddress
  /** RFC 8955 §7.5. */
  | { readonly type: 'traffic-marking'; readonly dscp: number }
  /** draft-ietf-idr-flowspec-redirect-ip-00: to the next hop of the MP_REACH_NLRI; `copy` (C bit) sends a copy there. */
  | { readonly type: 'redirect-to-next-hop'; readonly copy: boolean }
  /** draft-ietf-idr-flowspec-redirect-ip-02: to the address that the community itself carries. */
  | { readonly type: 'redirect-to-ip'; readonly address: IpAddress; readonly copy: boolean };

/** RFC 8955 §10: a value that cannot be decoded is malformed in the sense of RFC 7606 §7.14. */
export interface FlowSpecActionError {
  readonly code: 'flowspec-rate-not-a-number';
}

/** Type and sub-type of extended communities of eight octets. RFC 8955 table 8; IANA "Flow spec redirect" for the drafts. */
const CODE = {
  RATE_BYTES: 0x8006,
  TRAFFIC_ACTION: 0x8007,
  REDIRECT_AS2: 0x8008,
  MARKING: 0x8009,
  RATE_PACKETS: 0x800c,
  REDIRECT_IPV4: 0x8108,
  REDIRECT_AS4: 0x8208,
  REDIRECT_NEXT_HOP: 0x0800,
  REDIRECT_TO_IPV4: 0x010c,
} as const;

/** Types of IPv6 address specific ones (RFC 5701), twenty octets. */
const IPV6_CODE = { REDIRECT_TO_IPV6: 0x000c, REDIRECT: 0x000d } as const;

const TERMINAL = 1;
const SAMPLE = 2;
const COPY = 1;

/**
 * The meaning of an extended community (8 octets) or an IPv6 address specific one (20 octets); `undefined` when it is no action.
 * Reserved bits are ignored, a negative rate is 0 (RFC 8955 §7.1).
 */
export function decodeFlowSpecAction(octets: Uint8Array): Result<FlowSpecAction | undefined, FlowSpecActionError> {
  if (octets.length === 20) return ok(decodeIpv6Action(octets));
  if (octets.length !== 8) return ok(undefined);
  const code = readU16(octets, 0);
  switch (code) {
    case CODE.RATE_BYTES:
    case CODE.RATE_PACKETS: {
      const rate = new DataView(octets.buffer, octets.byteOffset).getFloat32(4);
      if (Number.isNaN(rate)) return err({ code: 'flowspec-rate-not-a-number' });
      const type = code === CODE.RATE_BYTES ? 'traffic-rate-bytes' : 'traffic-rate-packets';
      // RFC 8955 §7.1: "negative values MUST be treated as zero"; that makes −0 a 0 too.
      return ok({ type, id: readU16(octets, 2), rate: Math.max(rate, 0) });
    }
    case CODE.TRAFFIC_ACTION: {
      const bits = octets[7]!;
      return ok({ type: 'traffic-action', sample: (bits & SAMPLE) !== 0, terminal: (bits & TERMINAL) !== 0 });
    }
    case CODE.REDIRECT_AS2:
      return ok({ type: 'rt-redirect', form: 'as2', administrator: readU16(octets, 2), assigned: readU32(octets, 4) });
    case CODE.REDIRECT_AS4:
      return ok({ type: 'rt-redirect', form: 'as4', administrator: readU32(octets, 2), assigned: readU16(octets, 6) });
    case CODE.REDIRECT_IPV4: {
      const administrator = formatIpv4(readU32(octets, 2));
      return ok({ type: 'rt-redirect', form: 'ipv4', administrator, assigned: readU16(octets, 6) });
    }
    case CODE.MARKING:
      return ok({ type: 'traffic-marking', dscp: octets[7]! & 0x3f });
    case CODE.REDIRECT_NEXT_HOP:
      return ok({ type: 'redirect-to-next-hop', copy: (octets[7]! & COPY) !== 0 });
    case CODE.REDIRECT_TO_IPV4:
      return ok({ type: 'redirect-to-ip', address: formatIpv4(readU32(octets, 2)), copy: (octets[7]! & COPY) !== 0 });
    default:
      return ok(undefined);
  }
}

function decodeIpv6Action(octets: Uint8Array): FlowSpecAction | undefined {
  const address = formatIpAddress(octets, 2, 16);
  const local = readU16(octets, 18);
  switch (readU16(octets, 0)) {
    case IPV6_CODE.REDIRECT:
      return { type: 'rt-redirect', form: 'ipv6', administrator: address, assigned: local };
    case IPV6_CODE.REDIRECT_TO_IPV6:
      return { type: 'redirect-to-ip', address, copy: (local & COPY) !== 0 };
    default:
      return undefined;
  }
}

/**
 * The community of an action: 8 octets, or 20 for those with an IPv6 address, which belong in the other attribute (RFC 5701).
 * A rate is rounded to the nearest 32-bit float, but refused when that would make it 0 (a drop) or infinite.
 */
export function encodeFlowSpecAction(action: FlowSpecAction): Result<Uint8Array, EncodeError> {
  switch (action.type) {
    case 'traffic-rate-bytes':
    case 'traffic-rate-packets':
      return encodeRate(action.type === 'traffic-rate-bytes' ? CODE.RATE_BYTES : CODE.RATE_PACKETS, action);
    case 'traffic-action':
      return encodeNumbers(CODE.TRAFFIC_ACTION, [
        ['traffic-action', 6, (action.sample ? SAMPLE : 0) | (action.terminal ? TERMINAL : 0)],
      ]);
    case 'rt-redirect':
      return encodeRedirect(action);
    case 'traffic-marking':
      if (action.dscp > 63) return outOfRange('dscp', action.dscp);
      return encodeNumbers(CODE.MARKING, [
        ['dscp', 5, 0],
        ['dscp', 1, action.dscp],
      ]);
    case 'redirect-to-next-hop':
      return encodeNumbers(CODE.REDIRECT_NEXT_HOP, [['copy', 6, action.copy ? COPY : 0]]);
    case 'redirect-to-ip':
      return encodeAddressed(CODE.REDIRECT_TO_IPV4, IPV6_CODE.REDIRECT_TO_IPV6, action.address, action.copy ? COPY : 0);
  }
}

type Rate = Extract<FlowSpecAction, { readonly rate: number }>;

function encodeRate(code: number, { id, rate }: Rate): Result<Uint8Array, EncodeError> {
  const float = Math.fround(rate);
  // RFC 8955 §7.1: "the traffic-rate MUST NOT be negative". The rest is that the float must not say something else.
  const saysTheSame = rate >= 0 && (float === 0) === (rate === 0) && Number.isFinite(float) === Number.isFinite(rate);
  if (!saysTheSame) return outOfRange('rate', rate);
  const encoded = encodeNumbers(code, [
    ['id', 2, id],
    ['rate', 4, 0],
  ]);
  if (encoded.ok) new DataView(encoded.value.buffer).setFloat32(4, float === 0 ? 0 : float);
  return encoded;
}

function encodeRedirect(action: RedirectToAs | RedirectToAddress): Result<Uint8Array, EncodeError> {
  switch (action.form) {
    case 'as2':
      return encodeNumbers(CODE.REDIRECT_AS2, [
        ['administrator', 2, action.administrator],
        ['assigned', 4, action.assigned],
      ]);
    case 'as4':
      return encodeNumbers(CODE.REDIRECT_AS4, [
        ['administrator', 4, action.administrator],
        ['assigned', 2, action.assigned],
      ]);
    case 'ipv4':
    case 'ipv6': {
      const { form, administrator, assigned } = action;
      if (administrator.includes(':') !== (form === 'ipv6'))
        return err({ code: 'address-invalid', field: 'administrator', value: administrator });
      return encodeAddressed(CODE.REDIRECT_IPV4, IPV6_CODE.REDIRECT, administrator, assigned);
    }
  }
}

function encodeAddressed(code4: number, code6: number, text: string, local: number): Result<Uint8Array, EncodeError> {
  const address = parseIpAddress(text);
  if (!address.ok) return err({ code: 'address-invalid', field: 'address', value: text });
  const width = address.value.length;
  if (!isUint(local, 2)) return outOfRange('assigned', local);
  const octets = new Uint8Array(width + 4);
  const view = new DataView(octets.buffer);
  view.setUint16(0, width === 4 ? code4 : code6);
  octets.set(address.value, 2);
  view.setUint16(width + 2, local);
  return ok(octets);
}

/** Type and sub-type, then big-endian fields that fill six octets. */
function encodeNumbers(
  code: number,
  fields: readonly (readonly [field: string, octets: number, value: number])[],
): Result<Uint8Array, EncodeError> {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setUint16(0, code);
  let end = 2;
  for (const [field, width, value] of fields) {
    if (!isUint(value, width)) return outOfRange(field, value);
    end += width;
    let rest = value;
    for (let at = end - 1; rest > 0; at--) {
      octets[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  return ok(octets);
}

function isUint(value: number, octets: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 256 ** octets;
}

function outOfRange(field: string, value: number): Result<never, EncodeError> {
  return err({ code: 'value-out-of-range', field, value });
}
