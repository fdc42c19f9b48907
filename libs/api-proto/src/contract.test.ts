import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DescEnum, type DescMessage, getOption } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import * as api from './index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const proto = join(root, 'proto');

function buf(...args: string[]): string {
  const bin = join(root, 'node_modules', '.bin');
  const run = spawnSync(join(bin, 'buf'), args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  if (run.error) throw run.error;
  return `${run.status}${run.stdout}${run.stderr}`;
}

describe('the contract and what is generated from it', () => {
  it('passes buf lint and buf format', () => {
    expect(buf('lint', proto)).toBe('0');
    expect(buf('format', '--diff', '--exit-code', proto)).toBe('0');
  });

  it('is what src/gen was generated from', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'tsbgpd-gen-'));
    try {
      expect(buf('generate', proto, '--template', join(proto, 'buf.gen.yaml'), '-o', scratch)).toBe('0');
      const committed = files(join(root, 'libs/api-proto/src/gen'));
      expect([...committed.keys()], 'run: npm run generate -w @bgp/api-proto').toEqual([
        ...files(join(scratch, 'gen')).keys(),
      ]);
      for (const [name, text] of files(join(scratch, 'gen'))) {
        expect(committed.get(name) === text, `${name} is stale: npm run generate -w @bgp/api-proto`).toBe(true);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

const services = [
  api.GlobalService,
  api.NeighborService,
  api.PolicyService,
  api.PeerGroupService,
  api.ConfigService,
  api.RibService,
  api.EventService,
  api.InjectionService,
  api.RpkiService,
  api.BmpService,
  api.ControlService,
] as const;

it('the page about the API names every call', () => {
  const page = readFileSync(join(root, 'docs/operations/api.md'), 'utf8');
  const table = page.slice(page.indexOf('| service |'), page.indexOf('\n\n', page.indexOf('| service |')));
  const calls = services.flatMap(({ methods }) => methods.map(({ name }) => name));
  expect(calls.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

describe('authorization tiers', () => {
  const { SENSITIVE_READ: read, MUTATING: change, OPERATOR_ONLY: operator } = api.AuthorizationTier;
  const TIERS: Readonly<Record<string, number>> = {
    GetGlobal: read,
    SetGlobal: operator,
    AddNeighbor: change,
    DeleteNeighbor: change,
    ListNeighbors: read,
    GetNeighborState: read,
    EnableNeighbor: change,
    DisableNeighbor: change,
    SoftResetIn: change,
    SetGracefulShutdown: operator,
    ListDynamicNeighbors: read,
    AddDynamicNeighbor: change,
    DeleteDynamicNeighbor: change,
    ListReceivedRoutes: read,
    ListBestRoutes: read,
    ListAdvertisedRoutes: read,
    ExplainBestPath: read,
    ExplainAdvertisedRoute: read,
    ExplainImportPolicy: read,
    ListPolicies: read,
    GetPolicy: read,
    SetPolicy: operator,
    DeletePolicy: change,
    TryPolicy: read,
    TestPolicies: read,
    CountPolicyHits: read,
    ListNeighborSets: read,
    GetNeighborSet: read,
    SetNeighborSet: operator,
    DeleteNeighborSet: change,
    GetGlobalPolicyChains: read,
    SetGlobalImportChain: operator,
    SetGlobalExportChain: operator,
    ClearGlobalImportChain: operator,
    ClearGlobalExportChain: operator,
    GetNeighborPolicyChains: read,
    SetNeighborImportChain: change,
    SetNeighborExportChain: change,
    ClearNeighborImportChain: change,
    ClearNeighborExportChain: change,
    ListPeerGroups: read,
    GetPeerGroup: read,
    SetPeerGroup: operator,
    DeletePeerGroup: operator,
    SetNeighborPeerGroup: change,
    ClearNeighborPeerGroup: change,
    GetConfig: read,
    ListConfigRevisions: read,
    PlanConfig: read,
    ApplyConfig: operator,
    ConfirmConfig: operator,
    RollbackConfig: operator,
    ReloadConfig: operator,
    ListFlowSpecRoutes: read,
    AddFlowSpec: operator,
    DeleteFlowSpec: operator,
    WatchRoutes: read,
    WatchEvents: read,
    ListSessionEvents: read,
    ListPolicyEvents: read,
    ListEvents: read,
    GetEventLog: read,
    AddPath: operator,
    DeletePath: operator,
    GetHealth: read,
    GetMetrics: read,
    Shutdown: operator,
    TriggerMrtDump: operator,
    GetRpkiStatus: read,
    GetBmpStatus: read,
    ValidateOrigin: read,
  };

  it.each(services.flatMap((service) => service.methods))('$parent.name.$name has its tier', (method) => {
    expect(getOption(method, api.tier)).toBe(TIERS[method.name]);
  });
});

/** The seed's names and numbers: its clients and stored messages depend on them. */
const SEED_FIELDS: readonly (readonly [DescMessage, string])[] = [
  [api.GlobalStateSchema, 'asn=1 router_id=2 listen_port=3'],
  [
    api.NeighborConfigSchema,
    'address=1 remote_asn=2 description=3 hold_time=4 max_prefixes=5 families=6 remove_private_as=7 peer_group=8 route_server_client=9 add_path_receive=10 add_path_send=11 add_path_send_max=12',
  ],
  [
    api.NeighborStateSchema,
    'config=1 state=2 uptime_seconds=3 prefixes_received=4 prefixes_sent=5 updates_received=6 updates_sent=7 notifications_received=8 notifications_sent=9 flap_count=10 last_error=11 is_dynamic=12',
  ],
  [api.AddFlowSpecRequestSchema, 'afi_safi=1 components=2 actions=3 communities=4 extended_communities=5'],
  [api.DeleteFlowSpecRequestSchema, 'afi_safi=1 components=2'],
  [api.FlowSpecComponentSchema, 'type=1 prefix=2 value=3 offset=4'],
  [api.FlowSpecActionSchema, 'traffic_rate=1 traffic_action=2 traffic_marking=3 redirect=4'],
  [
    api.FlowSpecRouteEntrySchema,
    'components=1 actions=2 peer_address=3 afi_safi=4 as_path=5 communities=6 extended_communities=7',
  ],
  [
    api.PolicyStatementSchema,
    'action=1 prefix=2 ge=3 le=4 match_community=5 match_as_path=6 match_as_path_length_ge=7 match_as_path_length_le=8 match_rpki_validation=9 set_local_pref=10 set_med=11 set_next_hop=12 set_community_add=13 set_community_remove=14 set_as_path_prepend=15 match_neighbor_set=16 match_route_type=17 match_local_pref_ge=18 match_local_pref_le=19 match_med_ge=20 match_med_le=21 match_next_hop=22 match_aspa_validation=23 match_evpn_route_type=24',
  ],
  [api.PolicyDefinitionSchema, 'default_action=1 statements=2'],
  [api.NamedPolicySchema, 'name=1 definition=2'],
  [api.NeighborSetDefinitionSchema, 'addresses=1 remote_asns=2 peer_groups=3'],
  [api.GetNeighborPolicyChainsResponseSchema, 'address=1 import_policy_names=2 export_policy_names=3'],
  [api.GetGlobalPolicyChainsResponseSchema, 'import_policy_names=1 export_policy_names=2'],
  [
    api.PeerGroupDefinitionSchema,
    'hold_time=1 max_prefixes=2 md5_password=3 ttl_security=4 families=5 graceful_restart=6 gr_restart_time=7 gr_stale_routes_time=8 llgr_stale_time=9 local_ipv6_nexthop=10 route_reflector_client=11 route_server_client=12 remove_private_as=13 add_path_receive=14 add_path_send=15 add_path_send_max=16 import_policy=17 export_policy=18 import_policy_chain=19 export_policy_chain=20',
  ],
  [
    api.ExplainAdvertisedRouteResponseSchema,
    'decision=1 peer_address=2 prefix=3 prefix_length=4 next_hop=5 path_id=6 route_peer_address=7 route_type=8 reasons=9 modifications=10',
  ],
  [
    api.ExplainModificationsSchema,
    'set_local_pref=1 set_med=2 set_next_hop=3 communities_add=4 communities_remove=5 extended_communities_add=6 extended_communities_remove=7 large_communities_add=8 large_communities_remove=9 as_path_prepend_asn=10 as_path_prepend_count=11',
  ],
  [api.DisableNeighborRequestSchema, 'address=1 reason=2'],
  [api.SetGracefulShutdownRequestSchema, 'address=1 enabled=2'],
  [api.DynamicNeighborRangeSchema, 'prefix=1 peer_group=2 remote_asn=3 description=4'],
  [api.AddDynamicNeighborRequestSchema, 'range=1'],
  [api.DeleteDynamicNeighborRequestSchema, 'prefix=1'],
  [api.ListDynamicNeighborsResponseSchema, 'ranges=1'],
  [api.SoftResetInRequestSchema, 'address=1 families=2'],
  [
    api.ListRoutesRequestSchema,
    'neighbor_address=1 afi_safi=2 page_size=3 page_token=4 prefix_filter=5 prefix_filter_length=6 longer_prefixes=7 origin_asn=8 community_filter=9 large_community_filter=10',
  ],
  [api.ListRoutesResponseSchema, 'routes=1 next_page_token=2 total_count=3'],
  [
    api.RouteSchema,
    'prefix=1 prefix_length=2 next_hop=3 peer_address=4 origin=5 as_path=6 local_pref=7 med=8 best=9 communities=10 extended_communities=11 large_communities=12 path_id=13 validation_state=14 aspa_state=15 local_pref_attr=16',
  ],
  [
    api.RouteEventSchema,
    'event_type=1 prefix=2 prefix_length=3 peer_address=4 afi_safi=5 timestamp=6 previous_peer_address=7 path_id=8',
  ],
  [api.WatchEventsRequestSchema, 'categories=1 event_types=2 neighbor_address=3 afi_safi=4 prefix=5 prefix_length=6'],
  [
    api.BgpEventSchema,
    'timestamp=1 category=2 event_type=3 severity=4 peer_address=5 previous_peer_address=6 prefix=7 prefix_length=8 afi_safi=9 summary=10 route=11 session=12 stream_lag=13 notification=14',
  ],
  [api.SessionEventSchema, 'event_type=1 peer_address=2 timestamp=3 old_state=4 new_state=5 session_role=6 reason=7'],
  [
    api.NotificationEventSchema,
    'event_type=1 peer_address=2 timestamp=3 direction=4 code=5 subcode=6 description=7 session_role=8 shutdown_reason=9 reason=10',
  ],
  [api.StreamLagEventSchema, 'source_category=1 missed_count=2 reason=3'],
  [api.ListSessionEventsRequestSchema, 'neighbor_address=1 event_types=2 limit=3'],
  [
    api.ExplainBestPathResponseSchema,
    'prefix=1 prefix_length=2 best_route=3 candidates=4 peer_address=5 add_path_send_max=6',
  ],
  [
    api.AddPathRequestSchema,
    'prefix=1 prefix_length=2 next_hop=3 as_path=4 origin=5 local_pref=6 med=7 communities=8 extended_communities=9 large_communities=10 path_id=11',
  ],
  [api.DeletePathRequestSchema, 'prefix=1 prefix_length=2 path_id=4'],
  [api.HealthStateSchema, 'healthy=1 uptime_seconds=2 active_peers=3 total_routes=4'],
  [api.GetMetricsResponseSchema, 'prometheus_text=1'],
  [api.ShutdownRequestSchema, 'reason=1'],
  [api.TriggerMrtDumpResponseSchema, 'file_path=1'],
];

const SEED_VALUES: readonly (readonly [DescEnum, string])[] = [
  [api.AddressFamilySchema, 'UNSPECIFIED=0 IPV4_UNICAST=1 IPV6_UNICAST=2 IPV4_FLOWSPEC=3 IPV6_FLOWSPEC=4'],
  [api.SessionStateSchema, 'UNSPECIFIED=0 IDLE=1 CONNECT=2 ACTIVE=3 OPEN_SENT=4 OPEN_CONFIRM=5 ESTABLISHED=6'],
  [api.EventCategorySchema, 'UNSPECIFIED=0 ROUTE=1 SESSION=2 POLICY=3'],
  [
    api.BgpEventTypeSchema,
    'UNSPECIFIED=0 ROUTE_ADDED=1 ROUTE_WITHDRAWN=2 ROUTE_BEST_CHANGED=3 SESSION_STATE_CHANGED=10 SESSION_ESTABLISHED=11 SESSION_LOST=12 PEER_ENABLED=13 PEER_DISABLED=14 NOTIFICATION_SENT=20 NOTIFICATION_RECEIVED=21',
  ],
  [api.EventSeveritySchema, 'UNSPECIFIED=0 INFO=1 WARNING=2 ERROR=3'],
  [api.RouteEventTypeSchema, 'UNSPECIFIED=0 ADDED=1 WITHDRAWN=2 BEST_CHANGED=3'],
];

describe('names and numbers of the seed, ours from 100', () => {
  it.each(SEED_FIELDS.map(([message, fields]) => ({ message, fields })))('$message.name', ({ message, fields }) => {
    expect(
      message.fields
        .filter((field) => field.number < 100)
        .map((field) => `${field.name}=${field.number}`)
        .join(' '),
    ).toBe(fields);
  });

  it.each(SEED_VALUES.map(([type, values]) => ({ type, values })))('$type.name', ({ type, values }) => {
    expect(
      type.values
        .filter((value) => value.number < 100)
        .map((value) => `${value.localName}=${value.number}`)
        .join(' '),
    ).toBe(values);
  });
});

function files(folder: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length), readFileSync(file, 'utf8')]),
  );
}
