import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { AttributeFlag } from './attribute-columns.ts';
import { mayExport } from './export-eligibility.ts';
import type { RibPeer, UpdateGroupSpec } from './types.ts';

const source = (kind: RibPeer['kind'], routeReflectorClient = false): RibPeer => ({
  name: 'source',
  kind,
  as: 1,
  bgpIdentifier: 1,
  address: Uint8Array.of(192, 0, 2, 1),
  routeReflectorClient,
  routeServerClient: false,
});
const spec = (kind: UpdateGroupSpec['kind'], routeReflectorClient = false): UpdateGroupSpec => ({
  family: IPV4_UNICAST,
  kind,
  filterKey: '',
  filter: { readsPrefix: false, readsSource: false, evaluate: () => ({ accept: true, by: 0 }) },
  egressKey: '',
  egress: () => undefined,
  routeReflectorClient,
  routeServerClient: false,
  fourOctetAs: true,
  maxMessageOctets: 4096,
  extendedNextHop: false,
  addPathSendMax: 0,
  perMemberBest: false,
  maxPrefixes: 0,
  onlyMember: -1,
  longLivedStale: false,
});
const { noExport, noAdvertise, noExportSubconfed } = AttributeFlag;

it.each<[string, RibPeer, number, UpdateGroupSpec, boolean]>([
  // rule                                              source                    flags              to                         passes
  ['external to external', source('external'), 0, spec('external'), true],
  ['external to internal', source('external'), 0, spec('internal'), true],
  ['local to internal', source('local'), 0, spec('internal'), true],
  ['confederation to internal (RFC 5065 §4)', source('confederation'), 0, spec('internal'), true],
  ['internal to external', source('internal'), 0, spec('external'), true],
  ['internal to internal: never (RFC 4271 §9.2)', source('internal'), 0, spec('internal'), false],
  ['client to non-client (RFC 4456 §6)', source('internal', true), 0, spec('internal'), true],
  ['non-client to client (RFC 4456 §6)', source('internal'), 0, spec('internal', true), true],
  ['client to client (RFC 4456 §6)', source('internal', true), 0, spec('internal', true), true],
  ['NO_ADVERTISE to internal (RFC 1997)', source('external'), noAdvertise, spec('internal'), false],
  ['NO_ADVERTISE to external (RFC 1997)', source('local'), noAdvertise, spec('external'), false],
  ['NO_EXPORT to external (RFC 1997)', source('external'), noExport, spec('external'), false],
  ['NO_EXPORT to internal (RFC 1997)', source('external'), noExport, spec('internal'), true],
  ['NO_EXPORT within the confederation (RFC 1997)', source('external'), noExport, spec('confederation'), true],
  ['NO_EXPORT_SUBCONFED within it (RFC 1997)', source('external'), noExportSubconfed, spec('confederation'), false],
  ['NO_EXPORT_SUBCONFED to external (RFC 1997)', source('external'), noExportSubconfed, spec('external'), false],
  ['NO_EXPORT_SUBCONFED to internal (RFC 1997)', source('external'), noExportSubconfed, spec('internal'), true],
])('%s', (_rule, from, flags, to, expected) => {
  expect(mayExport(from, flags, to)).toBe(expected);
});
