import { AddressFamily, SessionState } from '@bgp/api-proto';
import { suggest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

const FAMILIES = [
  ['ipv4_unicast', AddressFamily.IPV4_UNICAST],
  ['ipv6_unicast', AddressFamily.IPV6_UNICAST],
  ['ipv4_flowspec', AddressFamily.IPV4_FLOWSPEC],
  ['ipv6_flowspec', AddressFamily.IPV6_FLOWSPEC],
  ['ipv4_multicast', AddressFamily.IPV4_MULTICAST],
  ['ipv6_multicast', AddressFamily.IPV6_MULTICAST],
] as const;

export const FAMILY_NAMES: readonly string[] = FAMILIES.map(([name]) => name);

/** IANA "BGP Well-known Communities". */
const WELL_KNOWN = [
  ['GRACEFUL_SHUTDOWN', 0xffff_0000],
  ['LLGR_STALE', 0xffff_0006],
  ['NO_LLGR', 0xffff_0007],
  ['BLACKHOLE', 0xffff_029a],
  ['NO_EXPORT', 0xffff_ff01],
  ['NO_ADVERTISE', 0xffff_ff02],
  ['NO_EXPORT_SUBCONFED', 0xffff_ff03],
] as const;

/** `ipv4_unicast`; also `ipv4-unicast` and `ipv4`. */
export function parseFamilyName(text: string): (typeof FAMILIES)[number][0] {
  const spelled = text.toLowerCase().replaceAll('-', '_');
  const name = spelled === 'ipv4' || spelled === 'ipv6' ? `${spelled}_unicast` : spelled;
  const found = FAMILIES.find(([known]) => known === name);
  if (found !== undefined) return found[0];
  const near = suggest(name, FAMILY_NAMES);
  throw new UsageError(
    `"${text}" is not an address family`,
    near ? `did you mean ${near}?` : `one of ${FAMILY_NAMES.join(', ')}`,
  );
}

export function parseFamily(text: string | undefined): AddressFamily {
  if (text === undefined) return AddressFamily.UNSPECIFIED;
  const name = parseFamilyName(text);
  return FAMILIES.find(([known]) => known === name)?.[1] ?? AddressFamily.UNSPECIFIED;
}

export function formatFamily(family: AddressFamily): string {
  return FAMILIES.find(([, known]) => known === family)?.[0] ?? '';
}

/** `65001:100`, a well-known name, or the plain number. */
export function parseCommunity(text: string): number {
  const name = text.toUpperCase().replaceAll('-', '_');
  const known = WELL_KNOWN.find(([one]) => one === name);
  if (known !== undefined) return known[1];
  const [high, low, more] = text.split(':').map((part) => (/^\d{1,10}$/.test(part) ? Number(part) : Number.NaN));
  if (high !== undefined && low !== undefined && more === undefined && high <= 0xffff && low <= 0xffff) {
    return high * 0x1_0000 + low;
  }
  if (high !== undefined && low === undefined && high <= 0xffff_ffff) return high;
  const near = suggest(
    name,
    WELL_KNOWN.map(([one]) => one),
  );
  throw new UsageError(`"${text}" is not a community`, near ? `did you mean ${near}?` : 'write 65001:100 or NO_EXPORT');
}

export function formatCommunity(community: number): string {
  return `${Math.floor(community / 0x1_0000)}:${community % 0x1_0000}`;
}

export function parseLargeCommunity(text: string): string {
  const parts = text.split(':');
  const isValid =
    parts.length === 3 && parts.every((part) => /^(0|[1-9]\d{0,9})$/.test(part) && Number(part) <= 0xffff_ffff);
  if (isValid) return text;
  throw new UsageError(`"${text}" is not a large community`, 'write 65001:1:2');
}

/** `"65001 65002"` or `65001,65002`. */
export function parseAsPath(text: string | undefined): number[] {
  return (text ?? '')
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const asn = /^\d{1,10}$/.test(part) ? Number(part) : Number.NaN;
      if (asn >= 1 && asn <= 0xffff_ffff) return asn;
      throw new UsageError(`--as-path: "${part}" is not an AS number`, 'write --as-path "65001 65002"');
    });
}

export const ORIGINS = ['igp', 'egp', 'incomplete'] as const;

export const STATE_NAMES: Readonly<Record<SessionState, string>> = {
  [SessionState.UNSPECIFIED]: 'Unknown',
  [SessionState.IDLE]: 'Idle',
  [SessionState.CONNECT]: 'Connect',
  [SessionState.ACTIVE]: 'Active',
  [SessionState.OPEN_SENT]: 'OpenSent',
  [SessionState.OPEN_CONFIRM]: 'OpenConfirm',
  [SessionState.ESTABLISHED]: 'Established',
};
