import type { Option } from '../command.ts';
import { FAMILY_NAMES } from '../values.ts';

export const FAMILY: Option = {
  long: '--family',
  short: '-a',
  value: 'FAMILY',
  choices: FAMILY_NAMES,
  help: 'ipv4_unicast, ipv6_unicast, …',
};
export const DRY_RUN: Option = { long: '--dry-run', help: 'show what would happen, change nothing' };
export const REASON: Option = { long: '--reason', value: 'TEXT', help: 'sent to the neighbor (RFC 9003) and logged' };

export const ROUTE_FILTERS: readonly Option[] = [
  FAMILY,
  { long: '--prefix', short: '-p', value: 'PREFIX', help: 'exactly this prefix; an address means its host route' },
  { long: '--longer', short: '-l', help: 'with --prefix: also everything inside it' },
  { long: '--origin-asn', value: 'ASN', help: 'routes that this AS originated' },
  { long: '--community', short: '-c', value: 'A:B,…', help: 'routes with any of these communities' },
  { long: '--large-community', value: 'A:B:C,…', help: 'routes with any of these large communities' },
];
