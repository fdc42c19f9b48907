import { describe, expect, it } from 'vitest';
import { errors, GLOBAL, load } from './test-documents.ts';

const CONFEDERATION = `${GLOBAL}confederation_id = 64496\nconfederation_members = [65002]\n`;

function range(group: string, keys: string, prefix = '10.0.0.0/24'): string {
  return `[peer_groups.g]\n${group}\n[[dynamic_neighbors]]\nprefix = "${prefix}"\npeer_group = "g"\n${keys}\n`;
}

describe('a range is checked like the neighbors that come from it', () => {
  it.each<[rule: string, text: string, path: string, message: string]>([
    ['a role inside the AS', range('role = "peer"', 'remote_asn = 65001'), 'peer_group', 'this one is internal'],
    [
      'reflection to an external neighbor',
      range('route_reflector_client = true', 'remote_asns = [65001, 65002]'),
      'peer_group',
      'this one is external',
    ],
    [
      'local_as inside the AS',
      range('local_as = { asn = 65009 }', 'remote_asn = 65001'),
      'peer_group',
      'local_as is for external neighbors',
    ],
    [
      'local_as that is ours, for whoever comes',
      range('local_as = { asn = 65001 }', ''),
      'peer_group',
      'it is our AS already',
    ],
    [
      "local_as that is one member's",
      range('local_as = { asn = 65009 }', 'remote_asns = [65008, 65009]'),
      'peer_group',
      "it is the neighbor's AS",
    ],
    [
      'per_client_best alone',
      range('per_client_best = true', 'remote_asn = 65002'),
      'peer_group',
      'without route_server_client',
    ],
    [
      'addresses of two families',
      range('local_address = "2001:db8::1"', ''),
      'peer_group',
      'local_address and address are of different families',
    ],
    ['no family that works', range('families = ["l2vpn_evpn"]', ''), 'peer_group', 'no family of this neighbor'],
    ['a restart time of 0', range('gr_restart_time = 0', ''), 'peer_group', 'gr_restart_time must be 1 to 4095'],
    [
      'nobody can come',
      range('route_reflector_client = true\nrole = "peer"', ''),
      'peer_group',
      'values for internal and for external neighbors',
    ],
  ])('%s', (_rule, text, path, message) => {
    const found = errors(GLOBAL + text);
    expect(found).toMatchObject([{ path: `dynamic_neighbors[0].${path}` }]);
    expect(found[0]?.message).toContain(message);
  });

  it('what many accepted ASes have in common is said once, with its notices', () => {
    const text = `${GLOBAL}ebgp_requires_policy = false\n${range('max_prefixes_warning = 80', 'remote_asns = [65002, 65003]')}`;
    expect(load(text).notices).toMatchObject([{ kind: 'advice', path: 'dynamic_neighbors[0].peer_group' }]);
  });

  it('a broken [global] or range hides none of the others', () => {
    expect(errors(`[global]\nasn = 0\n${range('role = "peer"', 'remote_asn = "x"')}`).map(({ path }) => path)).toEqual([
      'global.router_id',
      'global.listen_port',
      'global.asn',
      'dynamic_neighbors[0].remote_asn',
    ]);
  });

  it.each([
    ['the confederation itself', 'remote_asn = 64496', 'remote_asn', '64496 is our own confederation'],
    ['it among others', 'remote_asns = [65008, 64496]', 'remote_asns[1]', '64496 is our own confederation'],
    [
      'members and others in one range: each knows us by another AS',
      'remote_asns = [65002, 65008]',
      'remote_asns',
      'AS 65002 is a member of it and AS 65008 is external',
    ],
  ])('in a confederation: %s', (_rule, keys, path, message) => {
    const found = errors(CONFEDERATION + range('', keys));
    expect(found).toMatchObject([{ path: `dynamic_neighbors[0].${path}` }]);
    expect(found[0]?.message).toContain(message);
  });
});

describe('whom a range is for', () => {
  it.each([
    ['any AS', GLOBAL, '', '', ['external', 'internal']],
    ['any AS, with a value for external ones', GLOBAL, 'route_server_client = true', '', ['external']],
    ['any AS, with a value for internal ones', GLOBAL, 'route_reflector_client = true', '', ['internal']],
    ['our AS', GLOBAL, '', 'remote_asn = 65001', ['internal']],
    ['our AS and another', GLOBAL, '', 'remote_asns = [65001, 65002]', ['external', 'internal']],
    ['any AS, of a confederation', CONFEDERATION, '', '', ['external']],
    ['its reflector clients', CONFEDERATION, 'route_reflector_client = true', '', ['internal']],
    ['its member', CONFEDERATION, '', 'remote_asn = 65002', ['confederation']],
  ])('%s', (_rule, global, group, keys, kinds) => {
    const templates = load(global + range(group, keys)).speaker.dynamicNeighbors?.[0]?.templates;
    expect(Object.keys(templates ?? {}).sort()).toEqual(kinds);
  });

  it('says that only internal neighbors are accepted', () => {
    const { notices } = load(GLOBAL + range('route_reflector_client = true', ''));
    expect(notices.map(({ reason }) => reason)).toEqual([
      'only neighbors of our own AS are accepted: route_reflector_client is for internal ones',
    ]);
  });

  it('RFC 8212 holds for the external ones of a range only', () => {
    const text = `${GLOBAL}ebgp_requires_policy = false\n${range('ebgp_requires_policy = true', '')}`;
    const templates = load(text).speaker.dynamicNeighbors?.[0]?.templates;
    expect(templates?.external?.importChain).toMatchObject([{ defaultAction: 'deny', statements: [] }]);
    expect(templates?.internal).not.toHaveProperty('importChain');
  });
});

describe('RFC 8212: a range without policy', () => {
  it.each([
    ['is pointed out', '', '', ['dynamic_neighbors[0]: range without import and export policy']],
    ['not, where one direction has one: the other is', '', 'import_policy_chain = ["p"]', ['without export policy']],
    ['not, for internal neighbors', 'remote_asn = 65001', '', []],
    ['not, where none is required', '', 'ebgp_requires_policy = false', []],
  ])('%s', (_rule, keys, group, expected) => {
    const { notices } = load(`${GLOBAL}${range(group, keys)}[policy.definitions.p]\n`);
    const said = notices.map(({ path, reason }) => `${path}: ${reason}`);
    expect(said).toEqual(expected.map((part) => expect.stringContaining(part)));
  });

  it.each([
    ['a group that asks for one', range('ebgp_requires_policy = true', ''), 'dynamic_neighbors[0]'],
    [
      'a neighbor that asks for one',
      '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\nebgp_requires_policy = true',
      'neighbors[0]',
    ],
  ])('%s where the global word is no', (_rule, text, path) => {
    expect(load(`${GLOBAL}ebgp_requires_policy = false\n${text}`).notices).toMatchObject([{ kind: 'advice', path }]);
  });
});
