import { describe, expect, it } from 'vitest';
import { errors, GLOBAL, INTERNAL, NEIGHBOR } from './test-documents.ts';
import type { ConfigDiagnostic } from './types.ts';

describe('one mistake, one diagnostic with its place', () => {
  it.each<[string, string, Partial<ConfigDiagnostic>]>([
    // rule, text after GLOBAL (line 5 is its first), what must be said
    [
      'an unknown key, with what was meant',
      `${NEIGHBOR}hold_tiem = 9`,
      {
        code: 'unknown-key',
        path: 'neighbors[0].hold_tiem',
        line: 8,
        column: 1,
        width: 9,
        hint: 'did you mean `hold_time`?',
      },
    ],
    [
      'an unknown key of another table, with that table',
      'hold_time = 30',
      {
        code: 'unknown-key',
        path: 'global.hold_time',
        line: 5,
        column: 1,
        hint: '`hold_time` belongs in [[neighbors]]',
      },
    ],
    ...(
      [
        ['an internal role', `${INTERNAL}role = "peer"`, 'conflict', 'neighbors[0].role'],
        [
          'a role within the confederation',
          `confederation_id = 64496\nconfederation_members = [65002]\n${NEIGHBOR}role = "peer"`,
          'conflict',
          'neighbors[0].role',
        ],
        ['strict_role alone', `${NEIGHBOR}strict_role = true`, 'conflict', 'neighbors[0].strict_role'],
        ['per_client_best alone', `${NEIGHBOR}per_client_best = true`, 'conflict', 'neighbors[0].per_client_best'],
        ['local_as that is ours', `${NEIGHBOR}local_as = { asn = 65001 }`, 'conflict', 'neighbors[0].local_as'],
        ['as_override within the AS', `${INTERNAL}as_override = true`, 'conflict', 'neighbors[0].as_override'],
        [
          'members without a confederation',
          'confederation_members = [65003]',
          'conflict',
          'global.confederation_members',
        ],
        ['a confederation with our own number', 'confederation_id = 65001', 'conflict', 'global.confederation_id'],
        [
          'one AS and several',
          '[peer_groups.g]\n[[dynamic_neighbors]]\nprefix = "10.0.0.0/8"\npeer_group = "g"\nremote_asn = 1\nremote_asns = [2]',
          'conflict',
          'dynamic_neighbors[0].remote_asns',
        ],
        [
          'a limit for a family that nobody knows',
          `${NEIGHBOR}max_prefixes_per_family = { ipv5 = 1 }`,
          'invalid-value',
          'neighbors[0].max_prefixes_per_family.ipv5',
        ],
      ] as const
    ).map(([name, text, code, path]): [string, string, Partial<ConfigDiagnostic>] => [name, text, { code, path }]),
    ['an unknown table', '[telemetri]', { code: 'unknown-key', path: 'telemetri', line: 5, column: 1 }],
    [
      'a missing key, at its table',
      '[[neighbors]]\naddress = "10.0.0.2"',
      {
        code: 'missing-key',
        path: 'neighbors[0].remote_asn',
        line: 5,
        column: 1,
        message: 'missing required key `remote_asn`',
      },
    ],
    [
      'a text where a number belongs',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = "65002"',
      { code: 'wrong-type', line: 7, column: 14, value: '"65002"', hint: 'without quotes' },
    ],
    [
      'a number where a text belongs',
      '[[neighbors]]\naddress = 10\nremote_asn = 65002',
      {
        code: 'wrong-type',
        line: 6,
        column: 11,
        message: 'invalid address 10: must be a string',
        hint: 'put it in quotes',
      },
    ],
    [
      'hold time 2 (RFC 4271 §4.2)',
      `${NEIGHBOR}hold_time = 2`,
      { code: 'invalid-value', line: 8, column: 13, width: 1, message: 'invalid hold_time 2: must be 0 or >= 3' },
    ],
    ['a value that breaks two rules is one mistake', `${NEIGHBOR}hold_time = -1`, { code: 'invalid-value', line: 8 }],
    ['hold time past 16 bits', `${NEIGHBOR}hold_time = 65536`, { code: 'invalid-value', line: 8, value: '65536' }],
    ['a half number', `${NEIGHBOR}hold_time = 9.5`, { code: 'wrong-type', line: 8, column: 13 }],
    ['AS 0 (RFC 7607)', '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 0', { code: 'invalid-value', line: 7 }],
    [
      'AS 23456 (RFC 6793)',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 23456',
      { code: 'invalid-value', line: 7 },
    ],
    [
      'a name as address',
      '[[neighbors]]\naddress = "router"\nremote_asn = 1',
      { code: 'invalid-value', line: 6, value: '"router"' },
    ],
    [
      'an AS in quotes',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = "65001"',
      { code: 'wrong-type', line: 7, hint: 'without quotes' },
    ],
    [
      'a word that is no kind of AS',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = "externl"',
      { code: 'invalid-value', line: 7, hint: 'did you mean "external"?' },
    ],
    [
      'a role for a neighbor of our own AS',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = "internal"\nrole = "peer"',
      { code: 'conflict', line: 8 },
    ],
    [
      'a client of our reflection with another AS',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = "external"\nroute_reflector_client = true',
      { code: 'conflict', line: 8 },
    ],
    ['a multicast address', '[[neighbors]]\naddress = "224.0.0.5"\nremote_asn = 1', { code: 'invalid-value', line: 6 }],
    [
      'the same neighbor twice, written differently',
      '[[neighbors]]\naddress = "2001:db8::1"\nremote_asn = 1\n[[neighbors]]\naddress = "2001:DB8:0::1"\nremote_asn = 1',
      { code: 'duplicate', path: 'neighbors[1].address', line: 9, message: 'duplicate neighbor address 2001:db8::1' },
    ],
    [
      'an undefined group',
      `${NEIGHBOR}peer_group = "transti"\n[peer_groups.transit]`,
      {
        code: 'undefined-reference',
        line: 8,
        column: 14,
        message: 'undefined peer_group "transti"',
        hint: 'did you mean "transit"?',
      },
    ],
    [
      'an undefined policy in a chain',
      `${NEIGHBOR}import_policy_chain = ["a", "nope"]\n[policy.definitions.a]`,
      {
        code: 'undefined-reference',
        line: 8,
        column: 29,
        width: 6,
        message: 'undefined policy "nope" referenced in chain',
      },
    ],
    [
      'chain and statements of one direction',
      `${NEIGHBOR}import_policy_chain = ["a"]\nimport_policy = [{ action = "permit", prefix = "10.0.0.0/8" }]\n[policy.definitions.a]`,
      { code: 'conflict', line: 9, column: 1, message: 'import_policy and import_policy_chain are mutually exclusive' },
    ],
    ['reflection to an external neighbor', `${NEIGHBOR}route_reflector_client = true`, { code: 'conflict', line: 8 }],
    ['route server for an internal neighbor', `${INTERNAL}route_server_client = true`, { code: 'conflict', line: 8 }],
    [
      'the same, by way of the group',
      `${INTERNAL}peer_group = "rs"\n[peer_groups.rs]\nroute_server_client = true`,
      {
        code: 'conflict',
        path: 'neighbors[0].peer_group',
        line: 8,
        hint: 'remote_asn is 65001, [global] asn is 65001',
      },
    ],
    ['private AS removal inside the AS', `${INTERNAL}remove_private_as = "all"`, { code: 'conflict', line: 8 }],
    [
      'an unknown word of a closed set',
      `${NEIGHBOR}remove_private_as = "al"`,
      { code: 'invalid-value', line: 8, column: 21, hint: 'did you mean "all"?' },
    ],
    [
      'an unknown family',
      `${NEIGHBOR}families = ["ipv4"]`,
      { code: 'invalid-value', path: 'neighbors[0].families[0]', line: 8, column: 13 },
    ],
    [
      'a wrong pattern',
      `${NEIGHBOR}import_policy = [{ action = "deny", match_as_path = "_650(" }]`,
      { code: 'policy-invalid', line: 8, path: 'neighbors[0].import_policy[0].match_as_path' },
    ],
    [
      'a prefix list that is not there',
      `${NEIGHBOR}import_policy = [{ action = "deny", prefix_list = ["x"] }]`,
      { code: 'undefined-reference', line: 8, path: 'neighbors[0].import_policy[0].prefix_list[0]' },
    ],
    [
      'a prefix list inside another table',
      `${NEIGHBOR}import_policy = [{ action = "deny", match_not = { prefix_list = ["x"] } }]`,
      { code: 'undefined-reference', line: 8 },
    ],
    [
      'an empty prefix list',
      `${NEIGHBOR}\n[policy.prefix_lists.x]`,
      { code: 'invalid-value', path: 'policy.prefix_lists.x' },
    ],
    [
      'no prefix in a list',
      `${NEIGHBOR}\n[policy.prefix_lists.x]\nprefixes = ["10.0.0.0/8 le 24", "nonsense"]`,
      { code: 'invalid-value', path: 'policy.prefix_lists.x.prefixes[1]' },
    ],
    [
      'a list in a file, where there are none',
      `${NEIGHBOR}\n[policy.prefix_lists.x]\nfile = "x.json"`,
      { code: 'not-supported', path: 'policy.prefix_lists.x.file' },
    ],
    [
      'a mistake inside match_any',
      `${NEIGHBOR}import_policy = [{ action = "deny", match_any = [{ match_med_ge = 5, match_med_le = 4 }] }]`,
      { code: 'policy-invalid', path: 'neighbors[0].import_policy[0].match_any' },
    ],
    ['no family that works', `${NEIGHBOR}families = ["l2vpn_evpn"]`, { code: 'not-supported', line: 8 }],
    [
      'GTSM with multihop',
      `${NEIGHBOR}ttl_security = true\nmultihop_ttl = 3`,
      { code: 'conflict', line: 9, column: 1 },
    ],
    ['addresses of two families', `${NEIGHBOR}local_address = "2001:db8::1"`, { code: 'conflict', line: 8 }],
    [
      'link-local without interface',
      '[[neighbors]]\naddress = "fe80::1"\nremote_asn = 1',
      { code: 'missing-key', line: 6 },
    ],
    [
      'neither address nor interface',
      '[[neighbors]]\nremote_asn = 1',
      { code: 'missing-key', path: 'neighbors[0].address' },
    ],
    [
      'an interface name with a colon',
      '[[neighbors]]\ninterface = "eth0:1"\nremote_asn = 1',
      { code: 'invalid-value', line: 6 },
    ],
    [
      'an interface name of 16 characters',
      `[[neighbors]]\ninterface = "${'e'.repeat(16)}"\nremote_asn = 1`,
      { code: 'invalid-value', line: 6 },
    ],
    [
      'an interface that is called like an address',
      '[[neighbors]]\ninterface = "10.0.0.1"\nremote_asn = 1',
      { code: 'invalid-value', line: 6 },
    ],
    [
      'one interface for two neighbors without addresses',
      '[[neighbors]]\ninterface = "eth0"\nremote_asn = 1\n[[neighbors]]\ninterface = "eth0"\nremote_asn = 2',
      { code: 'duplicate', line: 9 },
    ],
    [
      'a neighbor with an address on the interface of one without',
      '[[neighbors]]\naddress = "fe80::1"\ninterface = "eth0"\nremote_asn = 1\n[[neighbors]]\ninterface = "eth0"\nremote_asn = 2',
      { code: 'conflict', path: 'neighbors[1].interface' },
    ],
    [
      'an IPv4 local address for a neighbor without address',
      '[[neighbors]]\ninterface = "eth0"\nremote_asn = 1\nlocal_address = "10.0.0.1"',
      { code: 'conflict', line: 8 },
    ],
    ['interface without link-local', `${NEIGHBOR}interface = "eth0"`, { code: 'conflict', line: 8 }],
    ['restart time 0 with graceful restart', `${NEIGHBOR}gr_restart_time = 0`, { code: 'invalid-value', line: 8 }],
    ['a link-local IPv6 next hop', `${NEIGHBOR}local_ipv6_nexthop = "fe80::1"`, { code: 'invalid-value', line: 8 }],
    [
      'an MD5 key of 81 octets',
      `${NEIGHBOR}md5_password = "${'é'.repeat(41)}"`,
      { code: 'invalid-value', line: 8, value: '<redacted>' },
    ],
    // fail closed: what would weaken protection or a filter if it were ignored
    [
      'an empty TCP-AO key',
      `${NEIGHBOR}tcp_ao = { key = "", send_id = 1, recv_id = 1, algorithm = "hmac(sha256)" }`,
      { code: 'invalid-value', line: 8 },
    ],
    [
      "TCP-AO beside the group's MD5 key",
      `[peer_groups.g]\nmd5_password = "x"\n${NEIGHBOR}peer_group = "g"\ntcp_ao = { key = "k", send_id = 1, recv_id = 1, algorithm = "hmac(sha1)" }`,
      { code: 'conflict', line: 11 },
    ],
    [
      'TCP-AO together with MD5',
      `${NEIGHBOR}md5_password = "x"\ntcp_ao = { key = "k", send_id = 1, recv_id = 1, algorithm = "hmac(sha1)" }`,
      { code: 'conflict', line: 9 },
    ],
    [
      'a condition that nothing evaluates is refused',
      `${NEIGHBOR}import_policy = [{ action = "deny", match_evpn_route_type = 5 }]`,
      { code: 'not-supported', path: 'neighbors[0].import_policy[0].match_evpn_route_type', line: 8, column: 37 },
    ],
    // policies
    [
      'an undefined neighbor set',
      `${NEIGHBOR}import_policy = [{ action = "permit", match_neighbor_set = "x" }]`,
      { code: 'undefined-reference', line: 8, message: 'invalid neighbor set: "x" is not defined' },
    ],
    [
      'a neighbor set with a mistyped address',
      '[policy.neighbor_sets.x]\naddresses = ["10.0.0.300"]',
      { code: 'invalid-value', path: 'policy.neighbor_sets.x.addresses[0]' },
    ],
    [
      'a neighbor set with an interface on which nobody is looked for',
      '[[neighbors]]\ninterface = "eth0"\nremote_asn = 1\n[policy.neighbor_sets.x]\naddresses = ["eth1"]',
      { code: 'undefined-reference', line: 9, hint: 'did you mean "eth0"?' },
    ],
    [
      'a neighbor set with a zone that is none',
      '[policy.neighbor_sets.x]\naddresses = ["fe80::1%"]',
      { code: 'invalid-value', path: 'policy.neighbor_sets.x.addresses[0]' },
    ],
    ['an empty neighbor set', '[policy.neighbor_sets.x]', { code: 'invalid-value', line: 5 }],
    [
      'ge without prefix',
      `${NEIGHBOR}import_policy = [{ action = "permit", match_community = ["1:1"], ge = 9 }]`,
      { code: 'policy-invalid', line: 8 },
    ],
    [
      'prepending eleven times',
      `${NEIGHBOR}export_policy = [{ action = "permit", prefix = "10.0.0.0/8", set_as_path_prepend = { asn = 1, count = 11 } }]`,
      { code: 'invalid-value', line: 8, message: 'invalid count 11: count must be 1-10' },
    ],
    // listeners
    ['no listener left', '[global.telemetry.grpc_uds]\nenabled = false', { code: 'conflict', line: 5 }],
    ['TCP without address', '[global.telemetry.grpc_tcp]', { code: 'missing-key', line: 5 }],
    [
      'a host name as metrics address',
      '[global.telemetry]\nprometheus_addr = "localhost:9179"',
      { code: 'invalid-value', line: 6 },
    ],
    ['a relative socket path', '[global.telemetry.grpc_uds]\npath = "x.sock"', { code: 'invalid-value', line: 6 }],
    // later sections
    [
      'a range twice, host bits apart',
      `[peer_groups.g]\n[[dynamic_neighbors]]\nprefix = "10.0.0.0/8"\npeer_group = "g"\n[[dynamic_neighbors]]\nprefix = "10.1.0.0/8"\npeer_group = "g"`,
      { code: 'duplicate', line: 10 },
    ],
    [
      'a range of an undefined group',
      '[[dynamic_neighbors]]\nprefix = "10.0.0.0/8"\npeer_group = "g"',
      { code: 'undefined-reference', line: 7 },
    ],
    [
      'a kernel table of the system',
      '[[fib_tables]]\nname = "a"\ntable_id = 254\nmetric = 1',
      { code: 'invalid-value', line: 7 },
    ],
    [
      'cache expiry before refresh',
      '[[rpki.cache_servers]]\naddress = "a:1"\nexpire_interval = 60',
      { code: 'conflict', line: 7 },
    ],
    [
      'a cache without a port',
      '[[rpki.cache_servers]]\naddress = "rpki.example.net"',
      { code: 'invalid-value', line: 6 },
    ],
    [
      'the same cache twice',
      '[[rpki.cache_servers]]\naddress = "a:1"\n[[rpki.cache_servers]]\naddress = "a:1"',
      { code: 'duplicate', line: 8 },
    ],
    [
      'a certificate without its key',
      '[[rpki.cache_servers]]\naddress = "a:1"\ntls = { cert_file = "c" }',
      { code: 'conflict', line: 7 },
    ],
    [
      'an undefined BFD profile',
      `${NEIGHBOR}bfd = { profile = "fast" }`,
      { code: 'undefined-reference', line: 8, column: 19 },
    ],
  ])('%s', (_rule, text, expected) => {
    const found = errors(GLOBAL + text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ file: 'test.toml', ...expected });
  });
});
