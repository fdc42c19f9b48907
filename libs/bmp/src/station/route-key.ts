import { afiOf, type Family, formatIpv4Prefix, formatIpv6Prefix, safiOf } from '@bgp/wire';
import { decodeFlowSpec, formatFlowSpec } from '@bgp/wire/flowspec';
import { hashIpv4, hashIpv6, hashOctets } from './hash.ts';

const FLOWSPEC = 133; // RFC 8955 §4

/** What of a route is not its attributes. A number where that is enough: most tables are IPv4 without ADD-PATH. */
export type RouteKey = number | string;

export function isFlowSpec(family: Family): boolean {
  return safiOf(family) === FLOWSPEC;
}

/** Unicast and multicast prefixes, and FlowSpec rules: the families that a station has tables for. */
export function hasTable(family: Family): boolean {
  return (afiOf(family) === 1 || afiOf(family) === 2) && [1, 2, FLOWSPEC].includes(safiOf(family));
}

/** `address` below 2^32 and `length` at most 32 stay below 2^38: exact. */
export function ipv4Key(address: number, length: number, pathId: number): RouteKey {
  const prefix = address * 64 + length;
  return pathId === 0 ? prefix : `${pathId} ${prefix}`;
}

export function ipv6Key(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): RouteKey {
  return `${pathId} ${length} ${w0 >>> 0} ${w1 >>> 0} ${w2 >>> 0} ${w3 >>> 0}`;
}

/** `rule`: canonical octets. */
export function ruleKey(rule: Uint8Array, pathId: number): RouteKey {
  return `${pathId} ${rule.join(' ')}`;
}

export interface ParsedKey {
  readonly pathId: number;
  /** As `Rib.fingerprint` hashes it. */
  readonly hash: number;
  /** `192.0.2.0/24`, or the text of a FlowSpec rule. */
  readonly prefix: string;
}

export function parseKey(family: Family, key: RouteKey): ParsedKey {
  if (typeof key === 'number') return ipv4(key, 0);
  const [pathId = 0, ...words] = key.split(' ').map(Number);
  if (isFlowSpec(family)) {
    const rule = Uint8Array.from(words);
    const decoded = decodeFlowSpec(rule, 0, rule.length, family);
    return { pathId, hash: hashOctets(rule, 0), prefix: decoded.ok ? formatFlowSpec(decoded.value) : '' };
  }
  if (afiOf(family) === 1) return ipv4(words[0] ?? 0, pathId);
  const [length = 0, w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  return { pathId, hash: hashIpv6(w0, w1, w2, w3, length), prefix: formatIpv6Prefix(w0, w1, w2, w3, length) };
}

/** The hash alone: no text is made for routes that only pass. */
export function hashOfKey(family: Family, key: RouteKey): { readonly pathId: number; readonly hash: number } {
  if (typeof key === 'number') return { pathId: 0, hash: hashIpv4(Math.floor(key / 64), key % 64) };
  const [pathId = 0, ...words] = key.split(' ').map(Number);
  if (isFlowSpec(family)) return { pathId, hash: hashOctets(Uint8Array.from(words), 0) };
  const [first = 0, w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  if (afiOf(family) === 1) return { pathId, hash: hashIpv4(Math.floor(first / 64), first % 64) };
  return { pathId, hash: hashIpv6(w0, w1, w2, w3, first) };
}

function ipv4(prefix: number, pathId: number): ParsedKey {
  const address = Math.floor(prefix / 64);
  const length = prefix % 64;
  return { pathId, hash: hashIpv4(address, length), prefix: formatIpv4Prefix(address, length) };
}
