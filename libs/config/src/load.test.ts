import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { resolveNeighbor } from './load.ts';
import { errors, GLOBAL, INTERNAL, load, NEIGHBOR } from './test-documents.ts';

describe('mistakes that the policy compiler finds', () => {
  it.each<[string, string, string, number, number]>([
    // rule, statement (begins in column 3 of line 7), path after the statement, column, width
    ['no condition', '{ action = "permit" }', '', 3, 21],
    ['le < ge', '{ action = "permit", prefix = "10.0.0.0/8", ge = 24, le = 16 }', '.ge', 52, 2],
    ['ge outside the prefix', '{ action = "permit", prefix = "10.0.0.0/8", ge = 4 }', '.ge', 52, 1],
    ['host bits', '{ action = "permit", prefix = "10.0.0.1/8" }', '.prefix', 33, 12],
    ['set with deny', '{ action = "deny", prefix = "10.0.0.0/8", set_med = 3 }', '', 3, 55],
    ['no community', '{ action = "permit", match_community = ["65001:1", "x:y"] }', '.match_community[1]', 54, 5],
    [
      'local value too large for a 4-octet AS in RT',
      '{ action = "permit", prefix = "::/0", set_community_add = ["RT:70000:65536"] }',
      '.set_community_add[0]',
      62,
      16,
    ],
    [
      'no pattern of communities',
      '{ action = "permit", prefix = "::/0", set_community_remove = ["65001:1", "65001:9-1"] }',
      '.set_community_remove[1]',
      76,
      11,
    ],
    [
      'path length le < ge',
      '{ action = "permit", match_as_path_length_ge = 9, match_as_path_length_le = 3 }',
      '.match_as_path_length_ge',
      50,
      1,
    ],
    ['MED le < ge', '{ action = "permit", match_med_ge = 9, match_med_le = 3 }', '.match_med_ge', 39, 1],
    ['next hop', '{ action = "permit", prefix = "::/0", set_next_hop = "224.0.0.1" }', '.set_next_hop', 56, 11],
  ])('%s', (_rule, statement, path, column, width) => {
    const found = errors(`${GLOBAL}[policy.definitions.p]\nstatements = [\n  ${statement}\n]\n`);
    expect(found).toHaveLength(1);
    const place = { path: `policy.definitions.p.statements[0]${path}`, line: 7, column, width };
    expect(found[0]).toMatchObject({ code: 'policy-invalid', ...place });
    expect(found[0]?.message).toMatch(/^invalid policy entry: /);
  });

  it('match_family is the condition that every route meets', () => {
    const text = `${GLOBAL}${INTERNAL}import_policy = [{ action = "permit", match_family = ["ipv4_unicast"], set_med = 1 }]`;
    expect(load(text).speaker.peers[0]?.importChain?.[0]?.statements[0]?.match).toEqual({ families: [IPV4_UNICAST] });
  });
});

describe('several mistakes', () => {
  it('are all reported, in the order of the file, also between tables', () => {
    const text =
      '[global]\nasn = 0\nrouter_id = "x"\nlisten_port = 179\n[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 1\npeer_group = "g"\nhold_time = "9"\n[[neighbors]]\naddress = "10.0.0.3"\nremote_asn = 2\npeer_group = "h"\n';
    expect(errors(text).map((one) => [one.line, one.code])).toEqual([
      [2, 'invalid-value'],
      [3, 'invalid-value'],
      [9, 'wrong-type'],
      [13, 'undefined-reference'],
    ]);
  });

  it('a wrong group is not also an undefined one', () => {
    expect(errors(`${GLOBAL}${NEIGHBOR}peer_group = "g"\n[peer_groups.g]\nhold_time = 1`)).toHaveLength(1);
  });

  it('every key of a table can be wrong at once', () => {
    expect(errors('[global]\na = 1\nb = 2')).toHaveLength(5); // two unknown, three missing
  });
});

describe('syntax errors', () => {
  it('have their place and no path', () => {
    const [error, ...more] = errors('[global]\nasn = \n');
    expect(more).toEqual([]);
    expect(error).toMatchObject({ code: 'syntax', path: '', line: 2 });
    expect(error?.message).toMatch(/^failed to parse TOML: /);
    expect(error?.message).not.toContain('\n');
  });

  it('a number that TOML allows and we cannot hold is an error, not a crash', () => {
    expect(errors(`${GLOBAL}${NEIGHBOR}max_prefixes = 99999999999999999999`)[0]?.code).toBe('syntax');
  });
});

describe('defaults', () => {
  it('the smallest file', () => {
    const config = load(GLOBAL);
    expect(config).toMatchObject({
      speaker: { asn: 65001, routerId: '10.0.0.1', ebgpRequiresPolicy: true, med: 'per-neighbor-as', peers: [] },
      listen: { addresses: ['0.0.0.0', '::'], port: 179 },
      grpc: { uds: { path: '/var/lib/tsbgpd/grpc.sock', mode: 0o600, accessMode: 'read_write' } },
      log: { format: 'json', level: 'info', levelByPeer: {} },
      notices: [],
    });
    expect(config.grpc.tcp).toBeUndefined();
    expect(config.prometheus).toBeUndefined();
    expect(config.speaker.clusterId).toBeUndefined();
  });

  it('a neighbor with nothing but its address and AS', () => {
    expect(load(GLOBAL + NEIGHBOR).speaker.peers).toEqual([
      {
        name: '10.0.0.2',
        address: '10.0.0.2',
        remoteAs: 65002,
        enabled: true,
        passive: false,
        remotePort: 179,
        holdTime: 90,
        connectRetryTime: 5,
        delayOpenTime: 0,
        families: [IPV4_UNICAST],
        ttlSecurity: false,
        nextHopSelf: false,
        routeReflectorClient: false,
        routeServerClient: false,
        enforceFirstAs: true,
        gracefulRestart: true,
        grRestartTime: 120,
        grStaleRoutesTime: 360,
        llgrStaleTime: 0,
        maxPrefixesAction: 'reset',
        strictRole: false,
        allowOwnAs: 0,
        asOverride: false,
        perClientBest: false,
        flowSpecValidation: true,
      },
    ]);
  });

  it('an IPv6 neighbor speaks both families', () => {
    const config = load(`${GLOBAL}[[neighbors]]\naddress = "2001:DB8::2"\nremote_asn = 65001`);
    expect(config.speaker.peers[0]).toMatchObject({ name: '2001:db8::2', families: [IPV4_UNICAST, IPV6_UNICAST] });
  });

  it('duplicate families go, the order stays', () => {
    const config = load(`${GLOBAL}${INTERNAL}families = ["ipv6_unicast", "ipv4_unicast", "ipv6_unicast"]`);
    expect(config.speaker.peers[0]?.families).toEqual([IPV6_UNICAST, IPV4_UNICAST]);
  });

  it('with a reflector client the cluster id is the router id', () => {
    expect(load(`${GLOBAL}${INTERNAL}route_reflector_client = true`).speaker.clusterId).toBe('10.0.0.1');
    expect(load(`${GLOBAL}cluster_id = "9.9.9.9"\n${INTERNAL}`).speaker.clusterId).toBe('9.9.9.9');
  });

  it('only grpc_tcp: no Unix socket', () => {
    const config = load(`${GLOBAL}[global.telemetry.grpc_tcp]\naddress = "[::1]:50051"\ntoken_file = "/t"`);
    expect(config.grpc).toEqual({ tcp: { host: '::1', port: 50051, accessMode: 'read_write', tokenFile: '/t' } });
  });

  it('no listener at all', () => {
    expect(load(`${GLOBAL}listen_addresses = []`).listen.addresses).toEqual([]);
  });
});

describe('peer groups', () => {
  const group = `${GLOBAL}${INTERNAL}peer_group = "g"\nhold_time = 30\nfamilies = []\nlog_level = "debug"\n`;
  it('key by key: the neighbor, the group, the default; an empty list is not set', () => {
    const config = load(
      `${group}[peer_groups.g]\nhold_time = 60\nconnect_retry_time = 7\nfamilies = ["ipv6_unicast"]\nmd5_password = "s"\nlog_level = "warn"`,
    );
    expect(config.speaker.peers[0]).toMatchObject({
      peerGroup: 'g',
      holdTime: 30,
      connectRetryTime: 7,
      families: [IPV6_UNICAST],
      md5Password: 's',
      delayOpenTime: 0,
    });
    expect(config.log.levelByPeer).toEqual({ '10.0.0.2': 'debug' });
  });
});

describe('which policy a direction runs', () => {
  const definitions = ['a', 'b', 'c'].map((name) => `[policy.definitions.${name}]\ndefault_action = "deny"\n`).join('');
  const statement = '[{ action = "permit", prefix = "10.0.0.0/8" }]';
  function chain(global: string, neighbor: string, group: string): string[] | undefined {
    const text = `${GLOBAL}[policy]\n${global}\n${definitions}[peer_groups.g]\n${group}\n${INTERNAL}peer_group = "g"\n${neighbor}`;
    return load(text).speaker.peers[0]?.importChain?.map((policy) => policy.name);
  }

  it.each([
    [
      "the neighbor's chain",
      'import_chain = ["c"]',
      'import_policy_chain = ["a", "b"]',
      'import_policy_chain = ["b"]',
      ['a', 'b'],
    ],
    [
      "the neighbor's statements",
      'import_chain = ["c"]',
      `import_policy = ${statement}`,
      'import_policy_chain = ["b"]',
      ['neighbor 10.0.0.2 import'],
    ],
    ["the group's chain", 'import_chain = ["c"]', '', 'import_policy_chain = ["b"]', ['b']],
    [
      "the group's statements",
      'import_chain = ["c"]',
      'import_policy = []',
      `import_policy = ${statement}`,
      ['group g import'],
    ],
    ['the global chain, before the global statements', `import_chain = ["c"]\nimport = ${statement}`, '', '', ['c']],
    ['the global statements', `import = ${statement}`, '', '', ['global import']],
    ['nobody', '', '', '', undefined],
  ])('%s', (_rule, global, neighbor, group, expected) => {
    expect(chain(global, neighbor, group)).toEqual(expected);
  });

  it('honor_* rules come behind the import chain of external neighbors, also when there is no other', () => {
    const on = 'honor_graceful_shutdown = true\nhonor_blackhole = true\n';
    const implicit = ['honor_graceful_shutdown', 'honor_blackhole'];
    const names = (text: string) =>
      load(GLOBAL + on + text).speaker.peers[0]?.importChain?.map((policy) => policy.name);
    expect(names(`${NEIGHBOR}import_policy = ${statement}`)).toEqual(['neighbor 10.0.0.2 import', ...implicit]);
    // Inside the AS the edge has done it already, and a blackhole route with NO_ADVERTISE would reach nobody.
    expect(names(`${INTERNAL}import_policy = ${statement}`)).toEqual(['neighbor 10.0.0.2 import']);
    expect(names(INTERNAL)).toBeUndefined();
    // RFC 8212: an implicit rule must not open an external session.
    expect(names(NEIGHBOR)).toBeUndefined();
    expect(names(`${NEIGHBOR}ebgp_requires_policy = false`)).toEqual(implicit);
  });

  it('a neighbor can differ from the global word on RFC 8212', () => {
    const chainOf = (text: string) => load(text).speaker.peers[0]?.importChain;
    expect(chainOf(`${GLOBAL}${NEIGHBOR}ebgp_requires_policy = false`)).toMatchObject([
      { defaultAction: 'permit', statements: [] },
    ]);
    expect(chainOf(`${GLOBAL}ebgp_requires_policy = false\n${NEIGHBOR}ebgp_requires_policy = true`)).toMatchObject([
      { defaultAction: 'deny' },
    ]);
    expect(chainOf(`${GLOBAL}ebgp_requires_policy = false\n${NEIGHBOR}`)).toBeUndefined();
    expect(chainOf(`${GLOBAL}${INTERNAL}ebgp_requires_policy = true`)).toBeUndefined();
  });
});

describe('session features', () => {
  it.each<[string, string, object]>([
    [
      'add_path',
      'add_path = { receive = true, send = true, send_max = 4, families = ["ipv4_unicast"] }',
      { addPath: { receive: true, send: true, sendMax: 4, families: [IPV4_UNICAST] } },
    ],
    [
      'add_path with send_max = 0: all',
      'add_path = { send = true, send_max = 0 }',
      { addPath: { receive: false, send: true } },
    ],
    [
      'graceful restart',
      'gr_restart_time = 30\ngr_stale_routes_time = 40\nllgr_stale_time = 60',
      { grRestartTime: 30, grStaleRoutesTime: 40, llgrStaleTime: 60 },
    ],
    ["FRR's word for a role", 'role = "rs"\nstrict_role = true', { role: 'route-server', strictRole: true }],
    ['the word of RFC 9234', 'role = "customer"', { role: 'customer', strictRole: false }],
    [
      'prefix limits',
      'max_prefixes = 10\nmax_prefixes_warning = 80\nmax_prefixes_restart_time = 60\nmax_prefixes_out = 5\n' +
        'max_prefixes_action = "warn"\nmax_prefixes_per_family = { ipv6_unicast = 7 }',
      {
        maxPrefixes: 10,
        maxPrefixesWarning: 80,
        maxPrefixesRestartTime: 60,
        maxPrefixesOut: 5,
        maxPrefixesAction: 'warn',
        maxPrefixesByFamily: [{ family: IPV6_UNICAST, max: 7 }],
      },
    ],
    [
      'AS numbers',
      'allow_own_as = 2\nas_override = true\nlocal_as = { asn = 64999, replace_as = true }',
      { allowOwnAs: 2, asOverride: true, localAs: { as: 64999, prependInbound: true, replaceAs: true } },
    ],
    [
      'the best path per client',
      'route_server_client = true\nper_client_best = true',
      { routeServerClient: true, perClientBest: true },
    ],
  ])('%s', (_name, keys, expected) => {
    expect(load(`${GLOBAL}${NEIGHBOR}${keys}`).speaker.peers[0]).toMatchObject(expected);
  });

  it('a member of our confederation is no external neighbor: no policy is needed, and no notice given', () => {
    const { speaker, notices } = load(
      `${GLOBAL}confederation_id = 64496\nconfederation_members = [65002]\n${NEIGHBOR}`,
    );
    expect(speaker.peers[0]).not.toHaveProperty('importChain');
    expect(notices).toEqual([]);
  });

  it('confederation and ranges of neighbors', () => {
    const { speaker } = load(
      `${GLOBAL}confederation_id = 64496\nconfederation_members = [65002]\ndynamic_neighbor_limit = 7\n` +
        '[peer_groups.ix]\nhold_time = 30\npassive = true\n' +
        '[[dynamic_neighbors]]\nprefix = "10.0.0.9/24"\npeer_group = "ix"\nremote_asns = [65003, 65004]\ndescription = "members"',
    );
    expect(speaker).toMatchObject({
      confederation: { id: 64496, members: [65002] },
      dynamicNeighborLimit: 7,
      dynamicNeighbors: [
        {
          prefix: '10.0.0.0/24',
          peerGroup: 'ix',
          remoteAses: [65003, 65004],
          description: 'members',
          templates: { external: { holdTime: 30, passive: true, families: [IPV4_UNICAST] } },
        },
      ],
    });
  });
});

describe('[rpki]', () => {
  it('without a source is nothing', () => {
    const config = load(`${GLOBAL}[rpki]\norigin_in_best_path = false\n`);
    expect(config.rpki).toBeUndefined();
    expect(config.speaker.validityInDecision).toEqual({ origin: false, path: true });
    expect(load(`${GLOBAL}[rpki]\n`).speaker).toEqual(load(GLOBAL).speaker);
  });

  it('has defaults, and takes names and addresses', () => {
    const caches = ['rpki.example.net:3323', '[2001:db8::1]:323'].map(
      (at) => `[[rpki.cache_servers]]\naddress = "${at}"\n`,
    );
    const defaults = { preference: 1, highestVersion: 2, refresh: 3600, retry: 600, expire: 7200 };
    expect(load(`${GLOBAL}${caches.join('')}`).rpki).toEqual({
      selection: 'union',
      caches: [
        { name: 'rpki.example.net:3323', host: 'rpki.example.net', port: 3323, ...defaults },
        { name: '[2001:db8::1]:323', host: '2001:db8::1', port: 323, ...defaults },
      ],
      files: [],
    });
  });

  it('is filled in as written', () => {
    const text = `${GLOBAL}
[rpki]
selection = "preferred_first"
slurm_file = "slurm.json"
aspa_without_role = "unverified"
[[rpki.files]]
path = "vrps.json"
preference = 9
[[rpki.cache_servers]]
address = "192.0.2.1:324"
rtr_version = 1
tls = { ca_file = "ca.pem", cert_file = "c.pem", key_file = "k.pem" }
`;
    const { rpki, speaker } = load(text);
    expect(rpki).toMatchObject({
      selection: 'preferred-first',
      slurmFile: 'slurm.json',
      files: [{ path: 'vrps.json', preference: 9 }],
      caches: [
        {
          highestVersion: 1,
          tls: { caFile: 'ca.pem', certFile: 'c.pem', keyFile: 'k.pem', serverName: '192.0.2.1' },
        },
      ],
    });
    expect(speaker.pathsWithoutRole).toBe('unverified');
  });

  it('advises where the standard has another bound, and where ASPA has to guess', () => {
    const cache = '[[rpki.cache_servers]]\naddress = "a:1"\nrefresh_interval = 30\nexpire_interval = 120\n';
    const external = '[[neighbors]]\naddress = "10.0.0.9"\nremote_asn = 65009\nrole = "customer"\n';
    const client = '[[neighbors]]\naddress = "10.0.0.8"\nremote_asn = 65008\nroute_server_client = true\n';
    const text = `${GLOBAL}ebgp_requires_policy = false\n${NEIGHBOR}${external}${client}${cache}`;
    expect(load(text).notices.map(({ kind, path }) => [kind, path])).toEqual([
      ['advice', 'neighbors[0]'],
      ['advice', 'rpki.cache_servers[0].expire_interval'],
    ]);
  });
});

describe('[global.telemetry.looking_glass]', () => {
  const section = (rest = '') =>
    load(`${GLOBAL}[global.telemetry.looking_glass]\naddr = "[::1]:29184"\n${rest}`).lookingGlass;

  it('has defaults', () => {
    expect(section()).toEqual({
      host: '::1',
      port: 29184,
      showDescriptions: true,
      maxRoutes: 1_000_000,
      requestsPerSecond: 100,
      rejectionReasons: {},
    });
  });

  it('gives reasons a large community', () => {
    const reasons = section('rejection_reasons = { "hygiene/too-long" = "65001:65666:3" }\nshow_descriptions = false');
    expect(reasons).toMatchObject({
      showDescriptions: false,
      rejectionReasons: {
        'hygiene/too-long': { globalAdministrator: 65001, localData1: 65666, localData2: 3 },
      },
    });
  });
});

describe('[global.telemetry.ris_live]', () => {
  const section = (rest = '') => load(`${GLOBAL}[global.telemetry.ris_live]\naddr = "127.0.0.1:8092"\n${rest}`).risLive;

  it('has defaults; the collector is the router', () => {
    expect(section()).toEqual({
      host: '127.0.0.1',
      port: 8092,
      path: '/v1/ws/',
      collector: '10.0.0.1',
      maxClients: 16,
      maxSubscriptions: 10_000,
      maxQueueOctets: 8_388_608,
    });
  });

  it('a path ends with a slash, written or not', () => {
    expect(section('path = "/live"\nhost = "rrc99"')).toMatchObject({ path: '/live/', collector: 'rrc99' });
  });
});

describe('[bmp]', () => {
  it('fills in what a collector does not say, and is absent without collectors', () => {
    expect(load(`${GLOBAL}[bmp]\nsys_name = "x"`).bmp).toBeUndefined();
    const text = '[bmp]\n[[bmp.collectors]]\naddress = "[2001:DB8::1]:11019"\nmonitor = ["loc_rib", "loc_rib"]';
    expect(load(GLOBAL + text).bmp).toEqual({
      sysName: 'tsbgpd',
      statisticsSeconds: 60,
      collectors: [
        {
          host: '2001:db8::1',
          port: 11019,
          reconnectSeconds: 30,
          monitor: ['loc_rib'],
          mirror: 'none',
          bufferOctets: 16_777_216,
        },
      ],
    });
    expect(load(`${GLOBAL}[[bmp.collectors]]\naddress = "127.0.0.1:1"`).bmp?.collectors[0]?.monitor).toEqual([
      'rib_in_pre',
    ]);
  });
});

describe('notices', () => {
  it.each([
    ['fib_tables', '[[fib_tables]]\nname = "edge"\ntable_id = 1000\nmetric = 200', 5],
    ['bfd_profiles', '[[bfd_profiles]]\nname = "fast"', 5],
    ['neighbors[0].families', `${INTERNAL}families = ["ipv4_unicast", "l2vpn_evpn"]`, 8],
    ['global.multipath_relax', 'multipath_relax = true', 5],
    ['evpn_instances', '[[evpn_instances]]\nvni = 100\nrd = "65001:100"\nlocal_vtep_ip = "10.0.0.1"', 5],
  ])('%s is said to be not yet active', (path, text, line) => {
    expect(load(GLOBAL + text).notices).toMatchObject([{ kind: 'not-yet-active', path, file: 'test.toml', line }]);
  });

  it.each([
    [
      'a value that asks for nothing',
      `multipath_relax = false\n${INTERNAL}llgr_stale_time = 0\ngraceful_restart = false`,
    ],
    ['legacy enforcement', '[security.grpc]\nenforcement = "legacy"'],
  ])('%s needs none', (_rule, text) => {
    expect(load(GLOBAL + text).notices).toEqual([]);
  });

  it('RFC 8212: an external neighbor without policy is pointed out', () => {
    const notices = load(GLOBAL + NEIGHBOR).notices;
    expect(notices).toMatchObject([{ kind: 'advice', path: 'neighbors[0]', line: 5 }]);
    expect(notices[0]?.reason).toContain('import and export policy');
    expect(load(`${GLOBAL}ebgp_requires_policy = false\n${NEIGHBOR}`).notices).toEqual([]);
  });

  it('an API listener that others can reach is pointed out', () => {
    const notices = load(`${GLOBAL}[global.telemetry.grpc_tcp]\naddress = "0.0.0.0:50051"`).notices;
    expect(notices).toMatchObject([{ kind: 'advice', path: 'global.telemetry.grpc_tcp.address', line: 6 }]);
  });
});

describe('neighbors on an interface', () => {
  it('can be in sets of neighbors', () => {
    const text = `${GLOBAL}[[neighbors]]
interface = "eth0"
remote_asn = 65009
import_policy = [{ action = "permit", match_neighbor_set = "x" }]
[policy.neighbor_sets.x]
addresses = ["eth0", "FE80::0:1%eth1", "10.0.0.2"]`;
    const [statement] = load(text).speaker.peers[0]?.importChain?.[0]?.statements ?? [];
    expect(statement?.match?.neighborSet?.addresses).toEqual(['eth0', 'fe80::1%eth1', '10.0.0.2']);
  });

  it.each([
    ['address and interface', 'address = "FE80::0:1"', { name: 'fe80::1%eth0', address: 'fe80::1', interface: 'eth0' }],
    ['interface alone', '', { name: 'eth0', interface: 'eth0' }],
  ])('%s: the name has it, and both unicast families are exchanged', (_rule, address, expected) => {
    const text = `${GLOBAL}[[neighbors]]\n${address}\ninterface = "eth0"\nremote_asn = 65009`;
    const [peer] = load(text).speaker.peers;
    expect(peer).toMatchObject({ ...expected, families: [IPV4_UNICAST, IPV6_UNICAST] });
    expect('address' in (peer ?? {})).toBe(address !== '');
  });
});

it.each([
  ['"internal" is our own AS', 'internal', 65001],
  ['"external" is not known before the OPEN', 'external', 0],
])('%s', (_rule, remoteAsn, remoteAs) => {
  const [peer] = load(`${GLOBAL}[[neighbors]]\ninterface = "eth0"\nremote_asn = "${remoteAsn}"`).speaker.peers;
  expect(peer?.remoteAs).toBe(remoteAs);
});

describe('resolveNeighbor', () => {
  const config = load(`${GLOBAL}[peer_groups.g]\nhold_time = 30\nimport_policy_chain = ["p"]\n[policy.definitions.p]`);

  it('merges group and policies of the file', () => {
    const peer = resolveNeighbor(config, { address: '10.0.0.9', remote_asn: 65009, peer_group: 'g' });
    expect(peer).toMatchObject({ ok: true, value: { name: '10.0.0.9', holdTime: 30, importChain: [{ name: 'p' }] } });
  });

  it.each([
    ['an unknown key', { address: '10.0.0.9', remote_asn: 1, hold: 3 }, 'unknown-key'],
    ['a missing key', { address: '10.0.0.9' }, 'missing-key'],
    ['an undefined group', { address: '10.0.0.9', remote_asn: 1, peer_group: 'x' }, 'undefined-reference'],
    ['a conflict', { address: '10.0.0.9', remote_asn: 1, route_reflector_client: true }, 'conflict'],
  ])('%s is refused without a place', (_rule, table, code) => {
    expect(resolveNeighbor(config, table)).toMatchObject({ ok: false, error: [{ code, line: 0, column: 0 }] });
  });
});
