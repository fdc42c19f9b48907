import type { PolicySource } from '@bgp/policy';
import { expect, it } from 'vitest';
import { loadConfig, resolveNeighbor, testPolicies } from './load.ts';
import { LoadCache } from './load-cache.ts';

const file = (deny: string, expected: string) => `
[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179

[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
import_policy_chain = ["customer", "other"]

[[policy.definitions.customer.statements]]
action = "deny"
prefix = "${deny}"

[[policy.definitions.customer.tests]]
name = "ours"
route = { prefix = "192.0.2.0/24" }
expect = "${expected}"

[[policy.definitions.other.statements]]
action = "deny"
prefix = "198.51.100.0/24"
`;

function chainAfter(cache: LoadCache, text: string): readonly PolicySource[] {
  const config = loadConfig(text, 'a.toml', { cache });
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join());
  return config.value.speaker.peers[0]?.importChain ?? [];
}

it('gives policies of the same text again, those of another text anew', () => {
  const cache = new LoadCache();
  const [customer, other] = chainAfter(cache, file('192.0.2.0/24', 'deny'));
  expect(chainAfter(cache, file('192.0.2.0/24', 'deny'))).toEqual([customer, other]);
  expect(chainAfter(cache, file('192.0.2.0/24', 'deny'))[0]).toBe(customer);
  const [changed, same] = chainAfter(cache, file('203.0.113.0/24', 'permit'));
  expect(changed?.statements[0]?.match.prefixes).toEqual([{ prefix: '203.0.113.0/24' }]);
  expect(same).toBe(other);
});

it('gives them to a neighbor that is added at run time', () => {
  const cache = new LoadCache();
  const config = loadConfig(file('192.0.2.0/24', 'deny'), 'a.toml', { cache });
  if (!config.ok) throw new Error('the file is right');
  const added = { address: '10.0.0.3', remote_asn: 65003, import_policy_chain: ['customer'] };
  const peer = resolveNeighbor(config.value, added, cache);
  expect(peer.ok && peer.value.importChain?.[0]).toBe(config.value.speaker.peers[0]?.importChain?.[0]);
});

it('tests a policy again when its tests have changed, and says each time what fails', () => {
  const cache = new LoadCache();
  const [right, wrong] = [file('192.0.2.0/24', 'deny'), file('192.0.2.0/24', 'permit')];
  for (const text of [right, right, wrong, wrong, right]) {
    const loaded = loadConfig(text, 'a.toml', { cache });
    expect(loaded.ok).toBe(text === right);
    const report = testPolicies(text, 'a.toml', { cache });
    expect(report.ok && report.value.tests.map(({ failures }) => failures.length)).toEqual([text === right ? 0 : 1]);
    expect(report.ok && report.value.coverage).toEqual([
      {
        policy: 'customer',
        terms: [
          { name: 'statement-1', tests: 1 },
          { name: 'default', tests: 0 },
        ],
      },
    ]);
  }
});

it('says a mistake in a test each time', () => {
  const cache = new LoadCache();
  const text = file('192.0.2.0/24', 'deny').replace(
    'route = { prefix = "192.0.2.0/24" }',
    'route = { prefix = "192.0.2.0/24", as_path = "65002 x" }',
  );
  const found = [1, 2].map(() => loadConfig(text, 'a.toml', { cache }));
  expect(found.map((one) => !one.ok && one.error.length)).toEqual([1, 1]);
});
