import type { PolicySource } from '@bgp/policy';
import { err, ok } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

const GLOBAL = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';
const NEIGHBOR = '[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\nimport_policy_chain = ["p"]\n';
const files: Readonly<Record<string, string>> = {
  'customer.json':
    '{"NN": [{"prefix": "192.0.2.0/24", "exact": true}, {"prefix": "10.0.0.0/8", "exact": false, "greater-equal": 9, "less-equal": 24}]}',
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
    [
      'match_med_ge = 0\nset_community_remove = ["65000:*", "LC:1:2-3:*"]',
      { set: { communitiesRemove: ['65000:*', 'LC:1:2-3:*'] } },
    ],
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

  const mistakesOf = (text: string, json = '') => {
    const read = (path: string) => (path === 'list.json' ? ok(json) : readFile(path));
    const loaded = loadConfig(`${GLOBAL}${text}`, 'test.toml', { readFile: read });
    return loaded.ok ? [] : loaded.error.map(({ path, message }) => ({ path, message }));
  };
  const LIST = '[policy.prefix_lists.c]\nfile = "list.json"\n';
  const USER = '[[policy.definitions.p.statements]]\naction = "permit"\nprefix_list = ["c"]\n';

  it.each([
    ['[]', 'it is not an object of lists'],
    ['{"NN": {}}', '"NN" is not a list'],
    ['{"NN": []}', 'there is no prefix in it'],
    ['{"NN": ["10.0.0.0/8"]}', 'entry 1 of "NN" is no object'],
    ['{"NN": [{"prefix": "x"}]}', 'entry 1 of "NN": "x" is not a prefix'],
    ['{"NN": [{"prefix": "10.0.0.1/24"}]}', 'entry 1 of "NN": "10.0.0.1/24" has bits set past its length'],
    [
      '{"NN": [{"prefix": "10.0.0.0/8"}, {"prefix": "10.0.0.0/8", "less-equal": 40}]}',
      'entry 2 of "NN": le 40 is outside 8–32, the lengths inside 10.0.0.0/8',
    ],
    ['{"NN": [{"prefix": "10.0.0.0/8", "less_equal": 24}]}', 'entry 1 of "NN": unknown field "less_equal"'],
    ['{"NN": [{"prefix": "10.0.0.0/8", "less-equal": "24"}]}', 'entry 1 of "NN": "less-equal" is not a number'],
    ['{"NN": [{"prefix": "10.0.0.0/8", "exact": "yes"}]}', 'entry 1 of "NN": "exact" is not true or false'],
    ['{"NN": [{"prefix": "10.0.0.0/8", "exact": true, "less-equal": 24}]}', 'entry 1 of "NN": exact, and with bounds'],
    ['{"NN": [{"prefix": "10.0.0.0/8", "exact": false}]}', 'entry 1 of "NN": not exact, and without bounds'],
  ])('a file with %s: %s', (json, message) => {
    const expected = [{ path: 'policy.prefix_lists.c.file', message: `list.json: ${message}` }];
    // One mistake, where it is, whether or not a statement uses the list.
    expect(mistakesOf(LIST, json)).toEqual(expected);
    expect(mistakesOf(LIST + USER, json)).toEqual(expected);
  });

  it('a file that is not there', () => {
    expect(mistakesOf(LIST.replace('list.json', 'missing.json'))).toEqual([
      { path: 'policy.prefix_lists.c.file', message: 'missing.json cannot be read: no such file' },
    ]);
  });

  it('entries of the configuration itself are checked where they stand', () => {
    const text = '[policy.prefix_lists.c]\nprefixes = ["10.0.0.0/8 ge 25 le 24", "10.0.0.0/8", "10.0.0.1/8"]\n';
    const expected = [
      { path: 'policy.prefix_lists.c.prefixes[0]', message: 'ge must be <= le, but 25 > 24' },
      { path: 'policy.prefix_lists.c.prefixes[2]', message: '"10.0.0.1/8" has bits set past its length' },
    ];
    expect(mistakesOf(text)).toEqual(expected);
    expect(mistakesOf(text + USER)).toEqual(expected);
  });

  it('a thousand wrong entries are said in a few lines', () => {
    const wrong = Array.from({ length: 1000 }, (_, at) => ({ prefix: `10.0.0.${at + 1}/24` }));
    const said = mistakesOf(LIST, JSON.stringify({ NN: wrong }));
    expect(said).toHaveLength(11);
    expect(said.at(-1)?.message).toBe('list.json: and 990 more entries are wrong');
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
