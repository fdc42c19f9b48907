import { describe, expect, it } from 'vitest';
import { errors, GLOBAL, load, NEIGHBOR } from './test-documents.ts';

const GROUP = `${NEIGHBOR}peer_group = "g"\n`;
const CONFEDERATION = `${GLOBAL}confederation_id = 64496\nconfederation_members = [65003]\n`;
const OPEN = `${GLOBAL}ebgp_requires_policy = false\n`;

describe('values that exclude each other', () => {
  it.each<[rule: string, text: string, code: string, path: string]>([
    [
      'a restart time of 0 from the group, graceful restart from the neighbor',
      `${GLOBAL}${GROUP}graceful_restart = true\n[peer_groups.g]\ngraceful_restart = false\ngr_restart_time = 0`,
      'invalid-value',
      'neighbors[0].peer_group',
    ],
    [
      'a restart time of 0 from the neighbor, graceful restart by default',
      `${GLOBAL}${GROUP}gr_restart_time = 0\n[peer_groups.g]`,
      'invalid-value',
      'neighbors[0].gr_restart_time',
    ],
    [
      "local_as that is the neighbor's",
      `${GLOBAL}${NEIGHBOR}local_as = { asn = 65002 }`,
      'conflict',
      'neighbors[0].local_as',
    ],
    [
      "local_as that is the confederation's",
      `${CONFEDERATION}${NEIGHBOR}local_as = { asn = 64496 }`,
      'conflict',
      'neighbors[0].local_as',
    ],
    [
      'a neighbor of the AS that our confederation is (RFC 5065 §4)',
      `${CONFEDERATION}[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 64496`,
      'conflict',
      'neighbors[0].remote_asn',
    ],
    [
      'as_override of a route server (RFC 7947 §2.2.2)',
      `${GLOBAL}${NEIGHBOR}route_server_client = true\nas_override = true`,
      'conflict',
      'neighbors[0].as_override',
    ],
    [
      'the same, one from the group',
      `${GLOBAL}${GROUP}route_server_client = true\n[peer_groups.g]\nas_override = true`,
      'conflict',
      'neighbors[0].peer_group',
    ],
    [
      "local_as in a client's paths (RFC 7947 §2.2.2)",
      `${GLOBAL}${NEIGHBOR}route_server_client = true\nlocal_as = { asn = 65009 }`,
      'conflict',
      'neighbors[0].local_as',
    ],
  ])('%s', (_rule, text, code, path) => {
    expect(errors(text)).toMatchObject([{ code, path }]);
  });

  it.each([
    [
      'a restart time of 0 where graceful restart is off in the group',
      `${GLOBAL}${GROUP}gr_restart_time = 0\n[peer_groups.g]\ngraceful_restart = false`,
    ],
    [
      'a group with values that the neighbor makes good',
      `${GLOBAL}${GROUP}gr_restart_time = 9\n[peer_groups.g]\ngr_restart_time = 0`,
    ],
    [
      'local_as of a route server that leaves paths alone',
      `${GLOBAL}${NEIGHBOR}route_server_client = true\nlocal_as = { asn = 65009, prepend_inbound = false }`,
    ],
    ['local_as in a confederation', `${CONFEDERATION}${NEIGHBOR}local_as = { asn = 65009 }`],
  ])('%s is none', (_rule, text) => {
    expect(errors(text)).toEqual([]);
  });

  it('names the families that there are', () => {
    const [error] = errors(`${GLOBAL}${NEIGHBOR}families = ["l2vpn_evpn"]`);
    expect(error?.hint).toBe('these are: ipv4_unicast, ipv6_unicast, ipv4_flowspec, ipv6_flowspec');
  });
});

describe('values that do nothing are pointed out', () => {
  it.each<[rule: string, keys: string, path: string, reason: string]>([
    ['send_max without send', 'add_path = { receive = true, send_max = 3 }', 'add_path.send_max', 'without send'],
    [
      'ADD-PATH for a family that is not on the session',
      'add_path = { send = true, families = ["ipv4_unicast", "ipv6_unicast"] }',
      'add_path.families[1]',
      'add_path for ipv6_unicast has no effect: the session is for ipv4_unicast',
    ],
    [
      'ADD-PATH for FlowSpec that is not on the session',
      'add_path = { send = true, families = ["ipv4_flowspec"] }',
      'add_path.families[0]',
      'ipv4_flowspec has no effect',
    ],
    ['ADD-PATH in no direction', 'add_path = { families = ["ipv4_unicast"] }', 'add_path', 'neither receive nor send'],
    ['a warning without a limit', 'max_prefixes_warning = 80', 'max_prefixes_warning', 'without max_prefixes'],
    ['an action without a limit', 'max_prefixes_action = "warn"', 'max_prefixes_action', 'without max_prefixes'],
    [
      'a restart that never comes',
      'max_prefixes = 9\nmax_prefixes_action = "warn"\nmax_prefixes_restart_time = 60',
      'max_prefixes_restart_time',
      'the session stays',
    ],
    [
      'a limit for a family that is not on the session',
      'max_prefixes_per_family = { ipv6_unicast = 7 }',
      'max_prefixes_per_family.ipv6_unicast',
      'the session is for ipv4_unicast',
    ],
    [
      'long-lived stale routes without graceful restart (RFC 9494 §3.1)',
      'llgr_stale_time = 60\ngraceful_restart = false',
      'llgr_stale_time',
      'graceful_restart = false',
    ],
    [
      'removal of private ASes by a route server',
      'route_server_client = true\nremove_private_as = "all"',
      'remove_private_as',
      'no effect with route_server_client',
    ],
  ])('%s', (_rule, keys, path, reason) => {
    const own = load(`${OPEN}${NEIGHBOR}${keys}`).notices;
    expect(own).toMatchObject([{ kind: 'advice', path: `neighbors[0].${path}` }]);
    expect(own[0]?.reason).toContain(reason);
    const fromGroup = load(`${OPEN}${GROUP}[peer_groups.g]\n${keys}`).notices;
    expect(fromGroup).toMatchObject([{ kind: 'advice', path: 'neighbors[0].peer_group' }]);
    expect(fromGroup[0]?.reason).toBe(own[0]?.reason);
  });

  it.each([
    ['as many paths as are sent', 'add_path = { send = true, send_max = 3 }'],
    ['ADD-PATH switched off for one member of a group', 'add_path = { receive = false }'],
    ['an empty list of families: it says nothing', 'add_path = { receive = true, families = [] }'],
    ['a limit and what goes with it', 'max_prefixes = 9\nmax_prefixes_warning = 80\nmax_prefixes_restart_time = 60'],
    [
      'a limit of one family and what goes with it',
      'max_prefixes_per_family = { ipv4_unicast = 7 }\nmax_prefixes_warning = 80',
    ],
    ['long-lived stale routes', 'llgr_stale_time = 60'],
    [
      'ADD-PATH for FlowSpec on the session',
      'families = ["ipv4_flowspec"]\nadd_path = { send = true, families = ["ipv4_flowspec"] }',
    ],
  ])('not: %s', (_rule, keys) => {
    expect(load(`${OPEN}${NEIGHBOR}${keys}`).notices).toEqual([]);
  });

  it('an empty list of families in add_path means every family, as if it were not there', () => {
    const { speaker } = load(`${OPEN}${NEIGHBOR}add_path = { receive = true, families = [] }`);
    expect(speaker.peers[0]?.addPath).toEqual({ receive: true, send: false });
  });

  it('a member AS that is listed twice', () => {
    const text = `${GLOBAL}confederation_id = 64496\nconfederation_members = [65002, 65003, 65002]\n`;
    expect(load(text).notices).toMatchObject([
      { kind: 'advice', path: 'global.confederation_members[2]', reason: 'AS 65002 is listed twice' },
    ]);
  });
});
