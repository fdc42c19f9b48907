import { NeighborStateSchema, SessionState } from '@bgp/api-proto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { neighborDetail } from './neighbor.ts';
import { neighborDetailJson } from './neighbor-json.ts';
import { PLAIN } from './palette.ts';

const FULL = create(NeighborStateSchema, {
  state: SessionState.ESTABLISHED,
  config: {
    address: '10.0.0.2',
    remoteAsn: 65002,
    families: ['ipv4_unicast', 'ipv4_flowspec'],
    addPathReceive: true,
    addPathFamilies: ['ipv4_unicast'],
    role: 'provider',
    strictRole: true,
    localAs: { asn: 64999, prependInbound: false, replaceAs: true },
    asOverride: true,
    allowOwnAs: 2,
    perClientBest: true,
    flowspecValidation: false,
    hasTcpAo: true,
    maxPrefixes: 100,
    maxPrefixesWarning: 80,
    maxPrefixesAction: 'warn',
    maxPrefixesRestartTime: 60,
    maxPrefixesOut: 50,
  },
  negotiated: { addPath: [{ family: 'ipv4_unicast', receive: true }], remoteRole: 'customer' },
  families: [{ family: 'ipv4_unicast', received: 85n, accepted: 80n, sent: 3n, stale: 7n }],
  prefixLimits: [
    { limit: 100, received: 85n, level: 'warning' },
    { family: 'ipv4_unicast', limit: 90, received: 85n, level: 'within' },
  ],
});

describe('everything about one neighbor', () => {
  it('as text', () => {
    const lines = neighborDetail(FULL, PLAIN).split('\n');
    const of = (title: string) =>
      lines
        .find((line) => line.startsWith(`${title}:`))
        ?.slice(title.length + 1)
        .trim();
    const titles = ['Add-Path Negotiated', 'Best Path Per Client', 'Role', 'Local AS', 'AS Override', 'Allow Own AS'];
    expect(
      [...titles, 'Max Prefixes', 'Max Prefixes Out', 'FlowSpec Validation', 'TCP-AO', 'Prefixes Stale'].map(of),
    ).toMatchInlineSnapshot(`
      [
        "ipv4_unicast receive",
        "yes",
        "provider (strict), the neighbor is customer",
        "64999, not in received paths, alone in what we send",
        "yes",
        "2",
        "100 (warning: 85 received), ipv4_unicast 90, warns at 80 %, the session stays",
        "50 of each family",
        "off: rules are used whoever sent them",
        "yes",
        "ipv4_unicast 7",
      ]
    `);
  });

  it('as JSON', () => {
    expect(neighborDetailJson(FULL)).toMatchInlineSnapshot(`
      {
        "add_path_families": [
          "ipv4_unicast",
        ],
        "add_path_negotiated": [
          {
            "family": "ipv4_unicast",
            "receive": true,
            "send": false,
          },
        ],
        "add_path_receive": true,
        "add_path_send": false,
        "address": "10.0.0.2",
        "allow_own_as": 2,
        "as_override": true,
        "description": "",
        "enabled": true,
        "families": [
          "ipv4_unicast",
          "ipv4_flowspec",
        ],
        "flap_count": 0,
        "flowspec_validation": false,
        "has_md5_password": false,
        "has_tcp_ao": true,
        "hold_time": 0,
        "last_error": "",
        "local_as": {
          "asn": 64999,
          "prepend_inbound": false,
          "replace_as": true,
        },
        "max_prefixes": 100,
        "max_prefixes_action": "warn",
        "max_prefixes_out": 50,
        "max_prefixes_restart_time": 60,
        "max_prefixes_warning": 80,
        "notifications_received": 0,
        "notifications_sent": 0,
        "per_client_best": true,
        "prefix_limits": [
          {
            "level": "warning",
            "limit": 100,
            "received": 85,
          },
          {
            "family": "ipv4_unicast",
            "level": "within",
            "limit": 90,
            "received": 85,
          },
        ],
        "prefixes": [
          {
            "accepted": 80,
            "family": "ipv4_unicast",
            "received": 85,
            "sent": 3,
            "stale": 7,
          },
        ],
        "prefixes_received": 0,
        "prefixes_sent": 0,
        "remote_asn": 65002,
        "remote_role": "customer",
        "remote_router_id": "",
        "role": "provider",
        "route_server_client": false,
        "state": "Established",
        "strict_role": true,
        "updates_received": 0,
        "updates_sent": 0,
        "uptime_seconds": 0,
      }
    `);
  });

  it('what is not set is not there, but for what is on or off', () => {
    const plain = create(NeighborStateSchema, { config: { address: '10.0.0.2', flowspecValidation: true } });
    const text = neighborDetail(plain, PLAIN);
    for (const title of ['Override', 'Own AS', 'Max Prefixes', 'Stale', 'FlowSpec', 'TCP-AO', 'Role']) {
      expect(text).not.toContain(title);
    }
    const json = neighborDetailJson(plain);
    expect(json).toMatchObject({ as_override: false, per_client_best: false, flowspec_validation: true });
    for (const key of ['local_as', 'prefix_limits', 'max_prefixes', 'add_path_negotiated', 'strict_role']) {
      expect(json).not.toHaveProperty(key);
    }
  });

  it.each<[string, MessageInitShape<typeof NeighborStateSchema>, string]>([
    [
      'a limit of a family',
      { prefixLimits: [{ family: 'ipv6_unicast', limit: 5, level: 'within' }] },
      'ipv6_unicast 5',
    ],
    [
      'after too many',
      { prefixLimits: [{ limit: 5, level: 'within' }], restartsInSeconds: 9 },
      '5, exceeded: the session starts again in 9 s',
    ],
    ['over', { prefixLimits: [{ limit: 5, received: 6n, level: 'exceeded' }] }, '5 (exceeded: 6 received)'],
  ])('limits: %s', (_rule, state, expected) => {
    const text = neighborDetail(create(NeighborStateSchema, state), PLAIN);
    expect(/Max Prefixes: *(.*)/.exec(text)?.[1]).toBe(expected);
  });
});
