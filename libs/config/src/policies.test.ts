import type { PolicySource } from '@bgp/policy';
import { err, ok } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const GLOBAL = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';
const NEIGHBOR = '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\nimport_policy_chain = ["p"]\n';
const files: Readonly<Record<string, string>> = {
  'customer.json':
    '{"NN": [{"prefix": "192.0.2.0/24", "exact": true}, {"prefix": "10.0.0.0/8", "exact": false, "greater-equal": 9, "less-equal": 24}]}',
  'broken.json': '{"NN": [{"prefix": "x"}]}',
};
const readFile = (path: string) => (files[path] === undefined ? err('no such file') : ok(files[path]));

function chainOf(definitions: string): readonly PolicySource[] {
  const loaded = loadConfig(GLOBAL + NEIGHBOR + definitions, 'test.toml', { readFile });
  if (!loaded.ok) throw new Error(loaded.error.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return loaded.value.speaker.peers[0]?.importChain ?? [];
}

/** The statement that the keys of a `[[policy.definitions.p.statements]]` table make. */
function statementOf(keys: string) {
  return chainOf(`[[policy.definitions.p.statements]]\naction = "permit"\n${keys}`)[0]?.statements[0];
}

describe('the keys of a statement', () => {
  it.each<[string, object]>([
    ['match_as_path = "_65002_"', { match: { asPath: '_65002_' } }],
    ['match_origin_asn = [1, 2]', { match: { originAs: [1, 2] } }],
    ['match_neighbor_asn = [3]', { match: { neighborAs: [3] } }],
    ['match_rpki_validation = "not_found"', { match: { originValidity: 'not-found' } }],
    ['match_aspa_validation = "invalid"', { match: { aspaState: 'invalid' } }],
    ['match_community = ["65000:*", "LC:1:2-3:*"]', { match: { communities: ['65000:*', 'LC:1:2-3:*'] } }],
    [
      'match_not = { prefix = "10.0.0.0/8", le = 32 }',
      { match: { not: { prefixes: [{ prefix: '10.0.0.0/8', le: 32 }] } } },
    ],
    [
      'match_any = [{ match_med_ge = 5 }, { match_not = { match_community = ["1:1"] } }]',
      { match: { any: [{ med: { ge: 5 } }, { not: { communities: ['1:1'] } }] } },
    ],
    ['match_all = [{ match_route_type = "local" }]', { match: { all: [{ routeType: 'local' }] } }],
    ['match_med_ge = 0\nset_med_add = -5', { set: { medAdd: -5 } }],
    ['match_med_ge = 0\nset_origin = "incomplete"', { set: { origin: 2 } }],
    ['match_med_ge = 0\nset_next_hop = "unchanged"', { set: { nextHop: 'unchanged' } }],
    ['match_med_ge = 0\nset_community = []', { set: { communitiesSet: [] } }],
    ['match_med_ge = 0\nset_as_path_prepend_first = 3', { set: { prependFirstAs: 3 } }],
    ['match_med_ge = 0\nset_as_path_replace = { asn = 1, by = 2 }', { set: { replaceAs: { as: 1, by: 2 } } }],
  ])('%s', (keys, expected) => {
    expect(statementOf(keys)).toMatchObject(expected);
  });

  it('next goes on', () => {
    expect(
      chainOf('[[policy.definitions.p.statements]]\naction = "next"\nmatch_med_ge = 0\nset_med = 1\n')[0],
    ).toMatchObject({
      statements: [{ action: 'next' }],
    });
  });
});

describe('prefix lists', () => {
  it('come from the file and from files beside it', () => {
    const source = chainOf(
      '[policy.prefix_lists.c]\nprefixes = ["172.16.0.0/12 ge 16 le 24"]\nfile = "customer.json"\n' +
        '[[policy.definitions.p.statements]]\naction = "permit"\nprefix_list = ["c"]\n',
    );
    expect(source[0]?.statements[0]?.match).toEqual({
      prefixes: [
        { prefix: '172.16.0.0/12', ge: 16, le: 24 },
        { prefix: '192.0.2.0/24' },
        { prefix: '10.0.0.0/8', ge: 9, le: 24 },
      ],
    });
  });

  it('with a prefix beside them, both hold', () => {
    const source = chainOf(
      '[policy.prefix_lists.c]\nprefixes = ["10.0.0.0/8 le 32"]\n' +
        '[[policy.definitions.p.statements]]\naction = "permit"\nprefix_list = ["c"]\nprefix = "10.1.0.0/16"\n',
    );
    expect(source[0]?.statements[0]?.match).toEqual({
      prefixes: [{ prefix: '10.0.0.0/8', le: 32 }],
      all: [{ prefixes: [{ prefix: '10.1.0.0/16' }] }],
    });
  });

  it.each([
    ['missing.json', 'cannot be read: no such file'],
    ['broken.json', 'entry 0 of "NN" is not a prefix with its bounds'],
  ])('%s: %s', (file, message) => {
    const loaded = loadConfig(`${GLOBAL}[policy.prefix_lists.c]\nfile = "${file}"\n`, 'test.toml', { readFile });
    expect(loaded).toMatchObject({
      ok: false,
      error: [{ path: 'policy.prefix_lists.c.file', message: expect.stringContaining(message) }],
    });
  });
});

it('says that validation has no data without a source of it', () => {
  const text = `${GLOBAL}[[policy.definitions.p.statements]]\naction = "deny"\nmatch_rpki_validation = "invalid"\n`;
  const loaded = loadConfig(text, 'test.toml');
  expect(loaded.ok && loaded.value.notices).toMatchObject([
    { kind: 'advice', path: 'policy.definitions.p.statements[0].match_rpki_validation' },
  ]);
  const fed = loadConfig(`${text}[[rpki.files]]\npath = "vrps.json"\n`, 'test.toml');
  expect(fed.ok && fed.value.notices).toEqual([]);
});
