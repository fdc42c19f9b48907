import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Document } from './document.ts';
import { type BenchRouter, MemoryDisk, startRouter } from './testing/bench-router.ts';

const BASE = `# Router of the test.
[global]
asn = 65001
router_id = "10.0.0.1"
listen_port = 179
ebgp_requires_policy = false

# The first one.
[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
hold_time = 90
`;
const SECOND = '\n[[neighbors]]\naddress = "10.0.0.3"\nremote_asn = 65003\n';

function router(text = BASE): BenchRouter {
  const disk = new MemoryDisk();
  disk.files.set('config', text);
  return startRouter(disk);
}

const names = ({ speaker }: BenchRouter) => speaker.peers().map(({ config }) => config.name);
const holdTime = ({ speaker }: BenchRouter) => speaker.peer('10.0.0.2')?.config.holdTime;
const onDisk = ({ disk }: BenchRouter) => disk.files.get('config');
const holdTimeOf = (seconds: number) => BASE.replace('hold_time = 90', `hold_time = ${seconds}`);

const addNeighbor =
  (address: string, asn: number) =>
  (document: Document): Document => ({
    ...document,
    neighbors: [...(document.neighbors as object[]), { address, remote_asn: asn }],
  });

describe('a change', () => {
  it('takes effect, is in the file, and leaves comments where they are', () => {
    const node = router();
    expect(node.lifecycle.change(addNeighbor('10.0.0.3', 65003))).toMatchObject({
      ok: true,
      value: { revision: 2, speaker: { peers: [{ peer: '10.0.0.3', effect: 'added' }] } },
    });
    expect(names(node)).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(onDisk(node)).toBe(BASE + SECOND);
    expect(startRouter(node.disk).speaker.peers()).toHaveLength(2);
  });

  it('says what is different, field by field, and never a secret', () => {
    const node = router(`${BASE}md5_password = "old"\n`);
    const result = node.lifecycle.apply(`${holdTimeOf(30)}md5_password = "new"\n`);
    expect(result).toMatchObject({
      ok: true,
      value: {
        documents: [
          { path: 'neighbors["10.0.0.2"].hold_time', before: '90', after: '30' },
          { path: 'neighbors["10.0.0.2"].md5_password', before: '"<redacted>"', after: '"<redacted>"' },
        ],
        speaker: { peers: [{ peer: '10.0.0.2', effect: 'session-reset', keys: ['holdTime', 'md5Password'] }] },
      },
    });
  });

  it.each<[string, string, string]>([
    ['no TOML', `${BASE}\n[[`, 'invalid'],
    ['one mistake in the middle', `${holdTimeOf(30)}hold_tiem = 1\n${SECOND}`, 'invalid'],
    ['a policy that does not exist', `${BASE}import_policy_chain = ["nobody"]\n`, 'invalid'],
    ['another AS', BASE.replace('asn = 65001', 'asn = 65009'), 'restart-needed'],
    ['another router id', BASE.replace('router_id = "10.0.0.1"', 'router_id = "10.0.0.9"'), 'restart-needed'],
  ])('with %s changes nothing at all', (_what, text, code) => {
    const node = router();
    expect(node.lifecycle.apply(text)).toMatchObject({ ok: false, error: { code } });
    expect([holdTime(node), names(node), onDisk(node)]).toEqual([90, ['10.0.0.2'], BASE]);
    expect(node.lifecycle.revision.revision).toBe(1);
    expect(node.events).toMatchObject([{ type: 'config-refused', error: { code } }]);
  });

  it('that goes wrong names lines only of a text that its author has', () => {
    const node = router();
    const edit = addNeighbor('10.0.0.300', 65003);
    const inFile = node.lifecycle.apply(`${BASE}\n[[neighbors]]\naddress = "10.0.0.300"\nremote_asn = 65003\n`);
    expect(inFile).toMatchObject({ error: { diagnostics: [{ path: 'neighbors[1].address', line: 15 }] } });
    const overApi = { error: { diagnostics: [{ path: 'neighbors[1].address', line: 0, column: 0 }] } };
    expect(node.lifecycle.change(edit)).toMatchObject(overApi);
    return expect(node.lifecycle.planChange(edit, 10)).resolves.toMatchObject(overApi);
  });

  it('of a section that the process is built from waits for the next start, and is named', () => {
    const node = router();
    const text = `${BASE.replace('listen_port = 179', 'listen_port = 1790')}${SECOND}`;
    expect(node.lifecycle.apply(text)).toMatchObject({ ok: true, value: { needRestart: ['listen'] } });
    expect(names(node)).toHaveLength(2);
    expect(node.lifecycle.config.listen.port).toBe(179);
    expect(node.lifecycle.apply(`${text}\n# again\n`)).toMatchObject({ value: { needRestart: ['listen'] } });
  });

  it('of a listener that comes or goes waits as well', () => {
    const text = `${BASE}\n[global.telemetry.looking_glass]\naddr = "127.0.0.1:29184"\n`;
    const [without, withGlass] = [router(), router(text)];
    expect(without.lifecycle.apply(text)).toMatchObject({ ok: true, value: { needRestart: ['lookingGlass'] } });
    expect(without.lifecycle.config.lookingGlass).toBeUndefined();
    expect(withGlass.lifecycle.apply(BASE)).toMatchObject({ ok: true, value: { needRestart: ['lookingGlass'] } });
    expect(withGlass.lifecycle.config.lookingGlass).toMatchObject({ port: 29184 });
  });

  it('with the first route reflector client needs no restart: the cluster id was there all along', () => {
    const node = router(BASE.replace('remote_asn = 65002', 'remote_asn = 65001'));
    const text = `${BASE.replace('remote_asn = 65002', 'remote_asn = 65001')}route_reflector_client = true\n`;
    expect(node.lifecycle.apply(text)).toMatchObject({ ok: true });
  });

  it('on a full disk changes nothing', () => {
    const node = router();
    node.disk.isFull = true;
    expect(node.lifecycle.apply(holdTimeOf(30))).toMatchObject({ error: { code: 'not-written' } });
    expect([holdTime(node), onDisk(node)]).toEqual([90, BASE]);
    node.disk.isFull = false;
    expect(node.lifecycle.apply(holdTimeOf(30))).toMatchObject({ ok: true });
  });

  it('does not overwrite what somebody wrote into the file and has not reloaded', () => {
    const node = router();
    node.disk.files.set('config', holdTimeOf(45));
    expect(node.lifecycle.change(addNeighbor('10.0.0.3', 65003))).toMatchObject({ error: { code: 'file-changed' } });
    expect(onDisk(node)).toBe(holdTimeOf(45));
    expect(node.lifecycle.reload()).toMatchObject({ ok: true });
    expect(node.lifecycle.change(addNeighbor('10.0.0.3', 65003))).toMatchObject({ ok: true });
    expect([holdTime(node), onDisk(node)]).toEqual([45, holdTimeOf(45) + SECOND]);
  });

  it('made for a revision that is no longer in force is refused: of two at once, the second has to look again', () => {
    const node = router();
    const basedOn = node.lifecycle.revision.revision;
    expect(node.lifecycle.apply(holdTimeOf(30), 'api', { basedOn })).toMatchObject({ ok: true });
    expect(node.lifecycle.apply(holdTimeOf(45), 'api', { basedOn })).toMatchObject({ error: { code: 'stale' } });
    expect([holdTime(node), onDisk(node)]).toEqual([30, holdTimeOf(30)]);
  });

  it('is not kept where persist_changes is off', () => {
    const text = BASE.replace('asn = 65001', 'asn = 65001\npersist_changes = false');
    const node = router(text);
    node.disk.isFull = true;
    expect(node.lifecycle.change(addNeighbor('10.0.0.3', 65003))).toMatchObject({ ok: true });
    expect(names(node)).toHaveLength(2);
    expect(onDisk(node)).toBe(text);
    expect(node.events.map(({ type }) => type)).toEqual(['config-not-kept', 'config-applied']); // the history
  });
});

describe('a reload', () => {
  it('with a mistake in the file leaves everything as it is', () => {
    const node = router();
    node.disk.files.set('config', `${holdTimeOf(30)}${SECOND}oops = 1\n`);
    expect(node.lifecycle.reload()).toMatchObject({ error: { code: 'invalid' } });
    expect([holdTime(node), names(node)]).toEqual([90, ['10.0.0.2']]);
    node.disk.files.delete('config');
    expect(node.lifecycle.reload()).toMatchObject({ error: { code: 'not-read' } });
  });

  it('of a prefix list in a file beside it, with the same text', () => {
    const disk = new MemoryDisk();
    disk.files.set('list.json', '{"NN": [{"prefix": "192.0.2.0/24", "exact": true}]}');
    const text = `${BASE}import_policy_chain = ["p"]

[policy.prefix_lists.l]
file = "list.json"

[[policy.definitions.p.statements]]
action = "deny"
prefix_list = ["l"]
`;
    disk.files.set('config', text);
    const node = startRouter(disk);
    disk.files.set('list.json', '{"NN": [{"prefix": "198.51.100.0/24", "exact": true}]}');
    expect(node.lifecycle.reload()).toMatchObject({
      ok: true,
      value: { revision: 2, speaker: { peers: [{ peer: '10.0.0.2', effect: 'live', keys: ['importChain'] }] } },
    });
    expect(node.lifecycle.reload()).toMatchObject({ ok: true, value: { revision: 2, speaker: { peers: [] } } });
  });

  it('of ranges: what an earlier reload brought, a later one takes', () => {
    const range = (prefix: string) =>
      `\n[peer_groups.g]\n\n[[dynamic_neighbors]]\nprefix = "${prefix}"\npeer_group = "g"\n`;
    const node = router(BASE + range('10.1.0.0/16'));
    for (const prefix of ['10.2.0.0/16', '10.3.0.0/16']) {
      node.disk.files.set('config', BASE + range(prefix));
      expect(node.lifecycle.reload()).toMatchObject({ ok: true });
      expect(node.speaker.dynamicRanges().map((one) => one.prefix)).toEqual([prefix]);
    }
  });
});

describe('a change that has to be confirmed', () => {
  it('comes back by itself', () => {
    const node = router();
    const applied = node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
    expect(applied).toMatchObject({ ok: true, value: { revision: 2, pending: { revision: 2, fallback: 1 } } });
    expect([holdTime(node), onDisk(node)]).toEqual([30, holdTimeOf(30)]);
    node.network.runFor(59_000);
    expect(holdTime(node)).toBe(30);
    node.network.runFor(2_000);
    expect([holdTime(node), onDisk(node), node.lifecycle.pending]).toEqual([90, BASE, undefined]);
    expect(node.events.at(-1)).toMatchObject({ type: 'config-applied', origin: 'not-confirmed' });
    expect([...node.disk.files.keys()].filter((name) => name.includes('journal'))).toEqual([]);
  });

  it('stays when it is confirmed', () => {
    const node = router();
    node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
    expect(node.lifecycle.apply(holdTimeOf(45))).toMatchObject({ error: { code: 'confirmation-pending' } });
    expect(node.lifecycle.reload()).toMatchObject({ error: { code: 'confirmation-pending' } });
    expect(node.lifecycle.confirm()).toMatchObject({ ok: true, value: { revision: 2 } });
    node.network.runFor(120_000);
    expect([holdTime(node), onDisk(node)]).toEqual([30, holdTimeOf(30)]);
    expect(node.lifecycle.confirm()).toMatchObject({ error: { code: 'nothing-to-confirm' } });
  });

  it('is taken back on demand', () => {
    const node = router();
    node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
    expect(node.lifecycle.rollback()).toMatchObject({ ok: true });
    expect([holdTime(node), onDisk(node)]).toEqual([90, BASE]);
  });

  it('does not outlive the process, whether that ends in order or not', () => {
    for (const ends of [true, false]) {
      const node = router();
      node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
      if (ends) node.lifecycle.close();
      const next = startRouter(node.disk);
      expect([holdTime(next), onDisk(next)]).toEqual([90, BASE]);
    }
  });

  it('is taken back also when the disk is full by then; the next start has the old text', () => {
    const node = router();
    node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
    node.disk.isFull = true;
    node.network.runFor(61_000);
    expect([holdTime(node), onDisk(node)]).toEqual([90, holdTimeOf(30)]);
    expect(node.events.map(({ type }) => type)).toContain('config-not-kept');
    node.disk.isFull = false;
    expect(holdTime(startRouter(node.disk.copy()))).toBe(90);
    expect(node.lifecycle.apply(holdTimeOf(60))).toMatchObject({ ok: true });
    expect([holdTime(node), onDisk(node)]).toEqual([60, holdTimeOf(60)]);
    expect(holdTime(startRouter(node.disk))).toBe(60);
  });

  it('a file that somebody has changed meanwhile is left alone at the next start', () => {
    const node = router();
    node.lifecycle.apply(holdTimeOf(30), 'api', { confirmWithinMs: 60_000 });
    node.disk.files.set('config', holdTimeOf(45));
    expect(holdTime(startRouter(node.disk))).toBe(45);
  });
});

describe('history', () => {
  it('goes back, over restarts too, and forward again', () => {
    const node = router();
    node.lifecycle.apply(holdTimeOf(30), 'api', { note: 'shorter' });
    node.lifecycle.apply(holdTimeOf(45));
    expect(node.lifecycle.rollback(1)).toMatchObject({ ok: true, value: { revision: 4 } });
    expect(holdTime(node)).toBe(90);
    const next = startRouter(node.disk);
    expect(next.lifecycle.revisions()).toMatchObject([
      { revision: 1, origin: 'start' },
      { revision: 2, origin: 'api', note: 'shorter' },
      { revision: 3, origin: 'api' },
      { revision: 4, origin: 'rollback', note: 'revision 1' },
    ]);
    expect(next.lifecycle.revision.revision).toBe(4);
    expect(next.lifecycle.rollback(2)).toMatchObject({ ok: true });
    expect(holdTime(next)).toBe(30);
    expect(next.lifecycle.rollback(77)).toMatchObject({ error: { code: 'unknown-revision' } });
  });

  it('keeps twenty', () => {
    const node = router();
    for (let seconds = 30; seconds < 60; seconds++) node.lifecycle.apply(holdTimeOf(seconds));
    expect(node.lifecycle.revisions()).toHaveLength(20);
    expect([...node.disk.files.keys()].filter((name) => /config-\d/.test(name))).toHaveLength(20);
  });

  it('that cannot be read is no reason not to start', () => {
    const node = router();
    node.disk.files.set('state/config-history.json', '{');
    expect(startRouter(node.disk).events).toMatchObject([{ type: 'config-not-kept' }]);
  });
});

describe('secrets', () => {
  const SECRET = `${BASE}md5_password = """s3cret
of two lines""" # not this
`;

  it('are not shown, and come back', () => {
    const node = router(SECRET);
    const shown = node.lifecycle.shownText();
    expect(shown).toEqual({
      ok: true,
      value: `${BASE}md5_password = "<redacted>" # not this
`,
    });
    const edited = `${BASE.replace('hold_time = 90', 'hold_time = 30')}md5_password = "<redacted>"
`;
    const text = node.lifecycle.withSecrets(edited);
    expect(text.ok && node.lifecycle.apply(text.value)).toMatchObject({ ok: true });
    expect(node.speaker.peer('10.0.0.2')?.config).toMatchObject({ holdTime: 30, md5Password: 's3cret\nof two lines' });
  });

  it('that there are none of cannot be meant', () => {
    expect(
      router().lifecycle.withSecrets(`${BASE}md5_password = "<redacted>"
`),
    ).toMatchObject({
      error: { code: 'invalid', message: expect.stringContaining('neighbors[0].md5_password') },
    });
  });
});

describe('a plan', () => {
  it('is what happens then', async () => {
    const node = router();
    const text = `${holdTimeOf(30)}${SECOND}`;
    const planning = node.lifecycle.plan(text, 100);
    node.network.runFor(1_000);
    const plan = await planning;
    expect([holdTime(node), onDisk(node)]).toEqual([90, BASE]);
    if (!plan.ok) throw new Error(plan.error.message);
    const { preview, basedOn, ...change } = plan.value;
    expect(preview.routes).toEqual([]);
    expect(node.lifecycle.apply(text, 'api', { basedOn })).toMatchObject({ ok: true, value: change });
  });
});

/** Whatever happens in whatever order, and wherever the disk is full: file, speaker and history say the same. */
describe('in any order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('apply' as const), seconds: fc.integer({ min: 30, max: 40 }), confirm: fc.boolean() }),
    fc.record({ do: fc.constantFrom('confirm', 'rollback', 'restart', 'broken', 'wait') }),
    fc.record({ do: fc.constant('full' as const), writes: fc.nat({ max: 4 }) }),
  );
  test.prop([fc.array(step, { maxLength: 25 })], { numRuns: 150 })(
    'what is in force is what the next start has',
    (steps) => {
      let node = router();
      for (const one of steps) {
        if (one.do === 'apply') {
          node.lifecycle.apply(holdTimeOf(one.seconds), 'api', one.confirm ? { confirmWithinMs: 60_000 } : {});
        } else if (one.do === 'confirm') node.lifecycle.confirm();
        else if (one.do === 'rollback') node.lifecycle.rollback();
        else if (one.do === 'broken') node.lifecycle.apply('[');
        else if (one.do === 'wait') node.network.runFor(40_000);
        else if (one.do === 'full') node.disk.writesLeft = 'writes' in one ? one.writes : 0;
        else {
          node.disk.writesLeft = undefined;
          const fallback = node.lifecycle.pending === undefined ? holdTime(node) : undefined;
          node = startRouter(node.disk);
          if (fallback !== undefined) expect(holdTime(node)).toBe(fallback);
        }
        expect(node.lifecycle.text).toContain(`hold_time = ${holdTime(node)}`);
        if (node.disk.writesLeft === undefined) expect(onDisk(node)).toBe(node.lifecycle.text);
      }
    },
  );
});
