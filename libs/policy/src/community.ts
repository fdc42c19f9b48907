import { err, ok, parseIpAddress, type Result } from '@bgp/wire';
import { closest } from './diagnostics.ts';

/** A community as a policy means it: by value, not by encoding. */
export type PolicyCommunity =
  | { readonly kind: 'standard'; readonly value: number }
  | RouteCommunity
  | { readonly kind: 'large'; readonly a: number; readonly b: number; readonly c: number };

/**
 * A route target or route origin. RFC 4360 §3 gives three encodings (2-octet AS, IPv4 address, 4-octet AS); all that say
 * the same numbers mean the same to a match.
 */
export interface RouteCommunity {
  readonly kind: 'extended';
  /** RFC 4360 §4: route target; §5: route origin. */
  readonly subtype: typeof ROUTE_TARGET | typeof ROUTE_ORIGIN;
  /** AS number or address, unsigned 32-bit. */
  readonly global: number;
  /** Unsigned; 32 bits with a 2-octet AS, else 16. */
  readonly local: number;
  /** The first number was written as an address: RFC 4360 §3.2. */
  readonly isAddress?: true;
}

export const ROUTE_TARGET = 0x02;
export const ROUTE_ORIGIN = 0x03;

export interface CommunityError {
  readonly code: 'community-invalid' | 'community-unknown';
  readonly message: string;
  readonly hint: string;
}

/** Names are read in any case, with `-` for `_` too. */
export const WELL_KNOWN_COMMUNITIES = {
  GRACEFUL_SHUTDOWN: 0xffff_0000, // RFC 8326 §6
  ACCEPT_OWN: 0xffff_0001, // RFC 7611
  LLGR_STALE: 0xffff_0006, // RFC 9494 §4.6
  NO_LLGR: 0xffff_0007, // RFC 9494 §4.6
  BLACKHOLE: 0xffff_029a, // RFC 7999 §5
  NO_EXPORT: 0xffff_ff01, // RFC 1997
  NO_ADVERTISE: 0xffff_ff02, // RFC 1997
  NO_EXPORT_SUBCONFED: 0xffff_ff03, // RFC 1997
  NOPEER: 0xffff_ff04, // RFC 3765 §4
} as const satisfies Readonly<Record<string, number>>;

const NAMES = new Map<string, number>(Object.entries(WELL_KNOWN_COMMUNITIES));
const FORMATS = 'write A:B, a well-known name, RT:A:B, RO:A:B or LC:A:B:C';

/**
 * `A:B`, a well-known name, `RT:…`/`RO:…`, `LC:a:b:c`.
 *
 * @example
 * ```ts
 * parsePolicyCommunity('65000:1'); // => { ok: true, value: { kind: 'standard', value: 4259840001 } }
 * ```
 */
export function parsePolicyCommunity(text: string): Result<PolicyCommunity, CommunityError> {
  const parts = text.split(':');
  if (parts.length === 1) return parseName(text);
  const head = parts[0]!.toUpperCase(); // split gives at least one part
  if (head === 'RT' || head === 'RO') return parseRoute(text, head === 'RT' ? ROUTE_TARGET : ROUTE_ORIGIN, parts);
  if (head === 'LC') return parseLarge(text, parts);
  const high = parseUnsigned(parts[0], 0xffff);
  const low = parseUnsigned(parts[1], 0xffff);
  if (parts.length !== 2 || high === undefined || low === undefined) {
    return invalid(text, 'each part of A:B is 0–65535; for larger AS numbers use LC:A:B:C');
  }
  return ok({ kind: 'standard', value: high * 0x1_0000 + low });
}

function parseName(text: string): Result<PolicyCommunity, CommunityError> {
  const value = NAMES.get(text.toUpperCase().replaceAll('-', '_'));
  if (value !== undefined) return ok({ kind: 'standard', value });
  const meant = closest(text.replaceAll('-', '_'), [...NAMES.keys()]);
  return err({
    code: 'community-unknown',
    message: `unknown community "${text}"`,
    hint:
      meant === undefined ? `known names are ${[...NAMES.keys()].join(', ')}; or ${FORMATS}` : `did you mean ${meant}?`,
  });
}

function parseRoute(
  text: string,
  subtype: RouteCommunity['subtype'],
  parts: readonly string[],
): Result<PolicyCommunity, CommunityError> {
  const [, globalText, localText] = parts;
  if (parts.length !== 3 || globalText === undefined) return invalid(text, FORMATS);
  const isAddress = globalText.includes('.');
  const global = isAddress ? parseAddress(globalText) : parseUnsigned(globalText, 0xffff_ffff);
  if (global === undefined) return invalid(text, 'the first number is an AS number or an IPv4 address');
  // Only the encoding with a 2-octet AS has room for four octets of local value (RFC 4360 §3.1, RFC 5668 §2).
  const maximum = isAddress || global > 0xffff ? 0xffff : 0xffff_ffff;
  const local = parseUnsigned(localText, maximum);
  if (local === undefined) return invalid(text, `the last number is 0–${maximum} here`);
  return ok({ kind: 'extended', subtype, global, local, ...(isAddress ? { isAddress } : {}) });
}

function parseLarge(text: string, parts: readonly string[]): Result<PolicyCommunity, CommunityError> {
  const [a, b, c] = parts.slice(1).map((part) => parseUnsigned(part, 0xffff_ffff));
  if (parts.length !== 4 || a === undefined || b === undefined || c === undefined) {
    return invalid(text, 'a large community is LC:A:B:C with three numbers of 0–4294967295');
  }
  return ok({ kind: 'large', a, b, c });
}

/** A dotted IPv4 address as an unsigned number. */
export function parseAddress(text: string): number | undefined {
  const address = parseIpAddress(text);
  if (!address.ok || address.value.length !== 4) return undefined;
  return address.value.reduce((value, octet) => value * 256 + octet, 0);
}

function parseUnsigned(text: string | undefined, maximum: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= maximum ? value : undefined;
}

function invalid(text: string, format: string): Result<never, CommunityError> {
  const isPattern = /\*|\d-\d/.test(text);
  const hint = isPattern ? 'patterns say what is matched or removed; here it is a single community' : format;
  return err({ code: 'community-invalid', message: `"${text}" is not a community`, hint });
}

/** RFC 4360 §3.1: type 0x00, the 2-octet AS form. Undefined when the numbers do not fit it. */
export function encodeTwoOctetAsForm(community: RouteCommunity): bigint | undefined {
  if (community.global > 0xffff) return undefined;
  return octets(0x00, community.subtype, BigInt(community.global), 32n, BigInt(community.local));
}

/** RFC 4360 §3.1 and §3.2, RFC 5668 §2: the type that holds the numbers as they are written. */
export function encodeAsWritten(community: RouteCommunity): bigint {
  const { subtype, global, local, isAddress } = community;
  const type = isAddress === true ? 0x01 : 0x02;
  const twoOctetAs = isAddress === true ? undefined : encodeTwoOctetAsForm(community);
  return twoOctetAs ?? octets(type, subtype, BigInt(global), 16n, BigInt(local));
}

/** Every encoding that means this community (RFC 4360 §3.1, §3.2; RFC 5668 §2). */
export function encodeAllForms(community: RouteCommunity): bigint[] {
  const { subtype, global, local } = community;
  const forms: bigint[] = [];
  const twoOctetAs = encodeTwoOctetAsForm(community);
  if (twoOctetAs !== undefined) forms.push(twoOctetAs);
  if (local <= 0xffff) {
    forms.push(octets(0x01, subtype, BigInt(global), 16n, BigInt(local)));
    forms.push(octets(0x02, subtype, BigInt(global), 16n, BigInt(local)));
  }
  return forms;
}

function octets(type: number, subtype: number, global: bigint, localBits: bigint, local: bigint): bigint {
  return (BigInt(type * 256 + subtype) << 48n) | (global << localBits) | local;
}
