import { diffDocuments, loadConfig } from '@bgp/config';
import type { AppliedChange } from '@bgp/lifecycle';
import { compareConfigs } from '@bgp/speaker';
import { describe, expect, it } from 'vitest';
import { configEvents } from './config-events.ts';

const BASE = '[global]\nasn = 65001\nrouter_id = "10.0.0.1"\nlisten_port = 179\n';
const P = '[policy.definitions.p]\ndefault_action = "permit"\n';
const P_DENY = '[policy.definitions.p]\ndefault_action = "deny"\n';
const Q = '[policy.definitions."q.1"]\ndefault_action = "permit"\n';
const TESTED = `${P}[[policy.definitions.p.tests]]\nname = "t"\nroute = { prefix = "192.0.2.0/24" }\nexpect = "permit"\n`;
const peer = (more = '') => `[[neighbors]]\naddress = "10.0.0.2"\nremote_asn = 65002\n${more}`;
const USES = 'import_policy_chain = ["p"]\n';

function applied(from: string, to: string) {
  const [before, after] = [from, to].map((text) => {
    const loaded = loadConfig(BASE + text, 'config.toml');
    if (!loaded.ok) throw new Error(loaded.error[0]?.message);
    return loaded.value;
  });
  if (before === undefined || after === undefined) throw new Error('two texts are needed');
  const { needRestart: _restart, ...speaker } = compareConfigs(before.speaker, after.speaker);
  const change: AppliedChange = {
    documents: diffDocuments(before.document, after.document),
    speaker,
    needRestart: [],
    notices: [],
    newNotices: [],
    revision: 2,
  };
  return configEvents(
    { type: 'config-applied', atMs: 1, origin: 'api', applied: change },
    before.document,
    after.document,
  );
}

describe('what a configuration changes, as events', () => {
  it.each([
    ['the first policy', '', P, ['set policy p: 0']],
    ['the second', P, P + Q, ['set policy q.1: 0']],
    ['the last one that goes', P, '', ['delete policy p: 0']],
    ['one of several that goes', P + Q, P, ['delete policy q.1: 0']],
    ['a policy in use', P + peer(USES), P_DENY + peer(USES), ['set policy p: 1']],
    ['a chain of a neighbor', P + peer(), P + peer(USES), ['set neighbor-chain 10.0.0.2 of 10.0.0.2: 1']],
    [
      'a global chain',
      P + peer(),
      `${P}[policy]\nimport_chain = ["p"]\n${peer()}`,
      ['set global-chain import_chain: 1'],
    ],
    [
      'a chain of a group',
      `${P}[peer_groups.g]\n${peer('peer_group = "g"\n')}`,
      `${P}[peer_groups.g]\n${USES}${peer('peer_group = "g"\n')}`,
      ['set group-chain g: 1'],
    ],
    [
      'a neighbor that moves into a group',
      `${P}[peer_groups.g]\n${USES}${peer()}`,
      `${P}[peer_groups.g]\n${USES}${peer('peer_group = "g"\n')}`,
      ['set neighbor-chain 10.0.0.2 of 10.0.0.2: 1'],
    ],
    [
      'a set of neighbors',
      '[policy.neighbor_sets.s]\nremote_asns = [1]\n',
      '[policy.neighbor_sets.s]\nremote_asns = [2]\n',
      ['set neighbor-set s: 0'],
    ],
    [
      'a list of prefixes',
      '[policy.prefix_lists.l]\nprefixes = ["10.0.0.0/8"]\n',
      '[policy.prefix_lists.l]\nprefixes = ["11.0.0.0/8"]\n',
      ['set prefix-list l: 0'],
    ],
    ['tests beside a policy', P, TESTED, []],
    ['a description', peer(), peer('description = "x"\n'), []],
  ])('%s', (_, before, after, expected) => {
    const [whole, ...policies] = applied(before, after);
    expect(whole).toMatchObject({ type: 'config-applied', origin: 'api', revision: 2 });
    expect(
      policies.map((event) =>
        event.type === 'policy-changed'
          ? `${event.operation} ${event.targetType} ${event.target}${event.peer === undefined ? '' : ` of ${event.peer}`}: ${event.affectedPeers}`
          : event.type,
      ),
    ).toEqual(expected);
  });

  it('neighbors by what becomes of them; nothing when the file says the same', () => {
    expect(applied(peer(), peer('hold_time = 30\n'))).toMatchObject([{ reset: ['10.0.0.2'], added: [], live: [] }]);
    expect(applied('', peer())).toMatchObject([{ added: ['10.0.0.2'] }]);
    expect(applied(peer(), peer())).toEqual([]);
  });

  it('a refusal with every mistake', () => {
    const refused = loadConfig(`${BASE}x = 1`, 'config.toml');
    if (refused.ok) throw new Error('it was not refused');
    const empty = { global: { asn: 1, router_id: '192.0.2.1', listen_port: 179 } };
    const error = { code: 'invalid', message: 'a mistake', diagnostics: refused.error } as const;
    const [event] = configEvents({ type: 'config-refused', atMs: 1, origin: 'file', error }, empty, empty);
    expect(event).toMatchObject({
      type: 'config-refused',
      code: 'invalid',
      detail: expect.stringContaining('unknown'),
    });
  });
});
