import { IPV4_UNICAST } from '@bgp/wire';
import { expect, it } from 'vitest';
import { AttributeFlag } from './attribute-columns.ts';
import { exportRefusal } from './export-eligibility.ts';
import type { ExportRefusal, RibPeer, UpdateGroupSpec } from './types.ts';

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
const { noExport, noAdvertise, noExportSubconfed, longLivedStale } = AttributeFlag;
const client: RibPeer = { ...source('external'), routeServerClient: true };
const toClient: UpdateGroupSpec = { ...spec('external'), routeServerClient: true };

it.each<[string, RibPeer, number, UpdateGroupSpec, ExportRefusal | undefined]>([
  // rule                                              source                    flags              to                         passes
  ['external to external', source('external'), 0, spec('external'), undefined],
  ['external to internal', source('external'), 0, spec('internal'), undefined],
  ['local to internal', source('local'), 0, spec('internal'), undefined],
  ['confederation to internal (RFC 5065 §4)', source('confederation'), 0, spec('internal'), undefined],
  ['internal to external', source('internal'), 0, spec('external'), undefined],
  ['internal to internal: never (RFC 4271 §9.2)', source('internal'), 0, spec('internal'), 'ibgp_split_horizon'],
  ['client to non-client (RFC 4456 §6)', source('internal', true), 0, spec('internal'), undefined],
  ['non-client to client (RFC 4456 §6)', source('internal'), 0, spec('internal', true), undefined],
  ['client to client (RFC 4456 §6)', source('internal', true), 0, spec('internal', true), undefined],
  ['NO_ADVERTISE to internal (RFC 1997)', source('external'), noAdvertise, spec('internal'), 'no_advertise'],
  ['NO_ADVERTISE to external (RFC 1997)', source('local'), noAdvertise, spec('external'), 'no_advertise'],
  ['NO_EXPORT to external (RFC 1997)', source('external'), noExport, spec('external'), 'no_export'],
  ['NO_EXPORT between clients of a route server (RFC 7947 §2.2.4)', client, noExport, toClient, undefined],
  ['NO_EXPORT_SUBCONFED between them (RFC 7947 §2.2.4)', client, noExportSubconfed, toClient, undefined],
  ['NO_ADVERTISE between them: nobody else either', client, noAdvertise, toClient, 'no_advertise'],
  ['LLGR_STALE between them (RFC 9494 §4.3)', client, longLivedStale, toClient, 'long_lived_stale'],
  ['NO_EXPORT of our own to a client (RFC 1997)', source('local'), noExport, toClient, 'no_export'],
  ['NO_EXPORT from elsewhere to a client (RFC 1997)', source('external'), noExport, toClient, 'no_export'],
  ['NO_EXPORT from a client to elsewhere (RFC 1997)', client, noExport, spec('external'), 'no_export'],
  ['NO_EXPORT to internal (RFC 1997)', source('external'), noExport, spec('internal'), undefined],
  ['NO_EXPORT within the confederation (RFC 1997)', source('external'), noExport, spec('confederation'), undefined],
  [
    'NO_EXPORT_SUBCONFED within it (RFC 1997)',
    source('external'),
    noExportSubconfed,
    spec('confederation'),
    'no_export_subconfed',
  ],
  [
    'NO_EXPORT_SUBCONFED to external (RFC 1997)',
    source('external'),
    noExportSubconfed,
    spec('external'),
    'no_export_subconfed',
  ],
  ['NO_EXPORT_SUBCONFED to internal (RFC 1997)', source('external'), noExportSubconfed, spec('internal'), undefined],
])('%s', (_rule, from, flags, to, expected) => {
  expect(exportRefusal(from, flags, to)).toBe(expected);
});
