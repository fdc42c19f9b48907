import { describe, expect, it } from 'vitest';
import { formatDiagnostics } from './diagnostics.ts';
import { loadConfig } from './load.ts';

const BASE = `
[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179

[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
import_policy_chain = ["sane", "customer"]

[[neighbors]]
address = "10.0.0.3"
remote_asn = 65003

[[policy.definitions.sane.statements]]
name = "too-long"
action = "deny"
prefix = "0.0.0.0/0"
ge = 25

[policy.definitions.customer]
default_action = "deny"

[[policy.definitions.customer.statements]]
name = "own"
action = "permit"
match_as_path = "^65002$"
match_neighbor_asn = [65002]
set_local_pref = 200
set_community_add = ["65001:1"]
`;

function load(tests: string) {
  return loadConfig(BASE + tests, 'tsbgpd.toml');
}
function mistakes(tests: string) {
  const loaded = load(tests);
  return loaded.ok ? [] : loaded.error.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

describe('tests of a definition', () => {
  it('pass, and say which terms they came by', () => {
    const loaded = load(`
[[policy.definitions.customer.tests]]
name = "own routes get our mark"
route = { prefix = "192.0.2.0/24", as_path = "65002", next_hop = "10.0.0.2", origin = "egp" }
expect = "permit"
by = "own"
result = { local_pref = 200, communities = ["65001:1"], origin = "egp", next_hop = "10.0.0.2", as_path = "65002" }

[[policy.definitions.customer.tests]]
name = "nobody else's"
route = { prefix = "192.0.2.0/24", as_path = "65002" }
neighbor = { remote_asn = 65009 }
expect = "deny"
by = "default"
`);
    expect(
      loaded.ok && loaded.value.policyTests.tests.map(({ name, subject, failures }) => [name, subject, failures]),
    ).toEqual([
      ['own routes get our mark', 'policy customer', []],
      ["nobody else's", 'policy customer', []],
    ]);
    expect(loaded.ok && loaded.value.policyTests.coverage).toEqual([
      {
        policy: 'customer',
        terms: [
          { name: 'own', tests: 1 },
          { name: 'default', tests: 1 },
        ],
      },
    ]);
  });

  it('that fail keep the file from coming into force, each at its place', () => {
    const loaded = load(`
[[policy.definitions.sane.tests]]
name = "default routes pass"
route = { prefix = "0.0.0.0/0" }
expect = "deny"

[[policy.definitions.customer.tests]]
name = "mark"
route = { prefix = "192.0.2.0/24", as_path = "65002" }
expect = "permit"
result = { communities = ["65001:2"] }
`);
    expect(loaded.ok ? '' : formatDiagnostics(loaded.error, BASE)).toContain('policy test "mark" fails');
    expect(
      loaded.ok ? [] : loaded.error.map(({ code, path, message, line }) => `${line} ${code} ${path}: ${message}`),
    ).toEqual([
      '33 policy-test-failed policy.definitions.sane.tests[0]: policy test "default routes pass" fails: expected deny, but sane/default says permit',
      '38 policy-test-failed policy.definitions.customer.tests[0]: policy test "mark" fails: communities lack 65001:2',
      '38 policy-test-failed policy.definitions.customer.tests[0]: policy test "mark" fails: communities have 65001:1 besides',
    ]);
  });

  it('with mistakes of their own name the key', () => {
    expect(
      mistakes(`
[[policy.definitions.customer.tests]]
name = "wrong"
route = { prefix = "192.0.2.0/24", as_path = "65002 x", communities = ["NO_EXPROT"] }
expect = "permit"
result = { local_pref = 200, communities = ["1:2:3"] }
`),
    ).toEqual([
      'invalid-value policy.definitions.customer.tests[0].route.as_path: invalid policy test: "65002 x" is not an AS path',
      'invalid-value policy.definitions.customer.tests[0].route.communities[0]: invalid policy test: unknown community "NO_EXPROT"',
      'invalid-value policy.definitions.customer.tests[0].result.communities[0]: invalid policy test: "1:2:3" is not a community',
    ]);
  });
});

describe('tests of what neighbors run', () => {
  it.each([
    ['import_from = "10.0.0.2"', '192.0.2.0/24', 'permit', []],
    ['import_from = "10.0.0.2"', '192.0.2.0/25', 'deny', []],
    ['import_from = "10.0.0.3"', '192.0.2.0/24', 'permit', ['expected permit, but rfc8212/default says deny']],
    ['export_to = "10.0.0.2"', '192.0.2.0/24', 'permit', ['expected permit, but rfc8212/default says deny']],
  ])('%s of %s: %s', (which, prefix, verdict, failures) => {
    const test = `[[policy.tests]]\nname = "t"\n${which}\nroute = { prefix = "${prefix}", as_path = "65002" }\nexpect = "${verdict}"\n`;
    expect(mistakes(test)).toEqual(
      failures.map((one) => `policy-test-failed policy.tests[0]: policy test "t" fails: ${one}`),
    );
  });

  it.each([
    ['', 'conflict policy.tests[0]: a test needs import_from or export_to, one of both'],
    [
      'import_from = "10.0.0.2"\nexport_to = "10.0.0.2"',
      'conflict policy.tests[0]: a test needs import_from or export_to, one of both',
    ],
    ['export_to = "10.0.0.9"', 'undefined-reference policy.tests[0].export_to: there is no neighbor 10.0.0.9'],
  ])('"%s" is no choice of a neighbor', (which, message) => {
    const test = `[[policy.tests]]\nname = "t"\n${which}\nroute = { prefix = "192.0.2.0/24" }\nexpect = "permit"\n`;
    expect(mistakes(test)).toEqual([message]);
  });
});

describe('statements', () => {
  it('that no route can meet are mistakes', () => {
    expect(
      mistakes(`
[[policy.definitions.odd.statements]]
action = "deny"
match_family = ["ipv6_unicast"]
prefix = "10.0.0.0/8"
`),
    ).toEqual([
      'policy-invalid policy.definitions.odd.statements[0]: invalid policy entry: no route can meet this: none of the prefixes is of one of the families',
    ]);
  });

  it('that an earlier one shadows are noticed', () => {
    const loaded = load(`
[[policy.definitions.sane.statements]]
action = "permit"
prefix = "0.0.0.0/0"
ge = 25
match_community = ["65001:5"]
`);
    const advice = loaded.ok ? loaded.value.notices.filter(({ path }) => path.startsWith('policy')) : [];
    expect(advice.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      'policy.definitions.sane.statements[1]: never reached: "too-long" before it decides every route that matches here; move it up, or remove it',
    ]);
  });
});
