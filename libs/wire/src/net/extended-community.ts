import type { ExtendedCommunity } from '../attributes/types.ts';
import { readU16, readU32 } from '../bytes/byte-reader.ts';
import { err, ok, type Result } from '../result.ts';
import { formatIpv4, parseIpv4 } from './ip-address.ts';
import type { TextError } from './text-error.ts';

/** Sub-types with a name in text: RFC 4360 §4 (Route Target), §5 (Route Origin). */
const SUBTYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x02, 'RT'],
  [0x03, 'RO'],
]);

/** Types whose value is an administrator and a number under it. */
const TYPE = { TWO_OCTET_AS: 0x00, IPV4: 0x01, FOUR_OCTET_AS: 0x02 } as const;

/**
 * A Route Target or Route Origin, whatever its encoding: `65000:1` is the same whether the AS has two octets or four.
 * `administrator` is an AS number, or an address when `isAddress`.
 */
export interface RouteTarget {
  readonly kind: 'RT' | 'RO';
  readonly administrator: number;
  readonly isAddress: boolean;
  readonly assigned: number;
}

/** The meaning of eight octets, or `undefined` when they are not a Route Target or Route Origin. */
export function decodeRouteTarget(octets: Uint8Array): RouteTarget | undefined {
  if (octets.length !== 8) return undefined;
  const kind = SUBTYPE_NAMES.get(octets[1]!);
  if (kind !== 'RT' && kind !== 'RO') return undefined;
  switch (octets[0]) {
    case TYPE.TWO_OCTET_AS: // RFC 4360 §3.1
      return { kind, administrator: readU16(octets, 2), isAddress: false, assigned: readU32(octets, 4) };
    case TYPE.IPV4: // RFC 4360 §3.2
      return { kind, administrator: readU32(octets, 2), isAddress: true, assigned: readU16(octets, 6) };
    case TYPE.FOUR_OCTET_AS: // RFC 5668 §2
      return { kind, administrator: readU32(octets, 2), isAddress: false, assigned: readU16(octets, 6) };
    default:
      return undefined;
  }
}

/** `RT:65000:1`, `RO:192.0.2.1:1`; anything else as `0x` and sixteen hexadecimal digits. */
export function formatExtendedCommunity({ octets }: ExtendedCommunity): string {
  const target = decodeRouteTarget(octets);
  if (target === undefined) return `0x${[...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`;
  const { kind, administrator, isAddress, assigned } = target;
  return `${kind}:${isAddress ? formatIpv4(administrator) : administrator}:${assigned}`;
}

/**
 * The inverse of `formatExtendedCommunity`. An AS up to 65535 takes the two-octet form; a greater one, and an address,
 * leave sixteen bits for the assigned number.
 */
export function parseExtendedCommunity(text: string): Result<ExtendedCommunity, TextError> {
  const hex = /^0x([0-9a-f]{16})$/i.exec(text)?.[1];
  if (hex !== undefined)
    return ok({ octets: Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)) });
  const match = /^(RT|RO):([\d.]+):(\d{1,10})$/.exec(text);
  const invalid = err<TextError>({ code: 'extended-community-invalid', text });
  if (match === null) return invalid;
  const subType = match[1] === 'RT' ? 0x02 : 0x03;
  const administrator = match[2] ?? '';
  const assigned = Number(match[3]);
  const octets = new Uint8Array(8);
  const view = new DataView(octets.buffer);
  octets[1] = subType;
  const address = administrator.includes('.') ? parseIpv4(administrator) : undefined;
  if (address !== undefined && !address.ok) return invalid;
  const number = address?.ok === true ? address.value : Number(administrator);
  if (number > 0xffff_ffff) return invalid;
  if (address === undefined && number <= 0xffff) {
    if (assigned > 0xffff_ffff) return invalid;
    octets[0] = TYPE.TWO_OCTET_AS;
    view.setUint16(2, number);
    view.setUint32(4, assigned);
    return ok({ octets });
  }
  if (assigned > 0xffff) return invalid;
  octets[0] = address === undefined ? TYPE.FOUR_OCTET_AS : TYPE.IPV4;
  view.setUint32(2, number);
  view.setUint16(6, assigned);
  return ok({ octets });
}

/** The eight octets as one number, big-endian: what the API carries and `AttributeEdit` compares. */
export function extendedCommunityToBigint({ octets }: ExtendedCommunity): bigint {
  return (BigInt(readU32(octets, 0)) << 32n) | BigInt(readU32(octets, 4));
}

export function extendedCommunityFromBigint(value: bigint): ExtendedCommunity {
  return { octets: Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(56 - i * 8)) & 0xffn)) };
}
