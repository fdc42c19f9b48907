import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { document, writtenDocument } from '../testing/toml-documents.ts';
import { areEqual } from './equal.ts';
import { rewriteToml } from './rewrite.ts';

type Table = { [key: string]: unknown };
// biome-ignore lint/suspicious/noExplicitAny: a draft of any document, changed by hand
type Draft = any;

function rewritten(text: string, change: (draft: Draft) => void): string {
  const draft = structuredClone(parse(text)) as Table;
  change(draft);
  const result = rewriteToml(text, draft);
  if (!result.ok) throw new Error(result.error.message);
  expect(parse(result.value)).toEqual(draft);
  return result.value;
}

const FILE = `# The edge router.
[global]
asn = 65001           # ours
router_id = "10.0.0.1"

# Upstream, contract 4711.
[[neighbors]]
address = "10.0.0.2"
remote_asn = 65002
# they asked for it
hold_time = 30
add_path = { receive = true, send = false }

# Customer.
[[neighbors]]
address = "10.0.0.3"
remote_asn = 65003
families = ["ipv4_unicast", "ipv6_unicast"]

[neighbors.local_as]
asn = 64999

[policy]
import_chain = ["edge"]

# Keep this one short.
[policy.definitions.edge]
default_action = "deny"

[[policy.definitions.edge.statements]]
action = "permit"
prefix = "192.0.2.0/24"

[[policy.definitions.edge.statements]]
# a comment inside
action = "permit"
prefix = "198.51.100.0/24"
`;

describe('rewriteToml', () => {
  it.each<[string, (draft: Draft) => void, [from: string, to: string]]>([
    [
      'a value',
      (d) => {
        d.neighbors[0].hold_time = 90;
      },
      ['hold_time = 30', 'hold_time = 90'],
    ],
    [
      'a value with a comment behind it',
      (d) => {
        d.global.asn = 65009;
      },
      ['asn = 65001           # ours', 'asn = 65009           # ours'],
    ],
    [
      'a value inside an inline table',
      (d) => {
        d.neighbors[0].add_path.send = true;
      },
      ['send = false', 'send = true'],
    ],
    [
      'a key more in an inline table',
      (d) => {
        d.neighbors[0].add_path.send_max = 4;
      },
      ['{ receive = true, send = false }', '{ receive = true, send = false, send_max = 4 }'],
    ],
    [
      'an array',
      (d) => {
        d.neighbors[1].families.pop();
      },
      ['["ipv4_unicast", "ipv6_unicast"]', '["ipv4_unicast"]'],
    ],
    [
      'a new key',
      (d) => {
        d.global.listen_port = 1179;
      },
      ['router_id = "10.0.0.1"\n', 'router_id = "10.0.0.1"\nlisten_port = 1179\n'],
    ],
    [
      'a removed key',
      (d) => {
        delete d.neighbors[0].hold_time;
      },
      ['hold_time = 30\n', ''],
    ],
    [
      'a removed element, with what stands above it',
      (d) => {
        d.neighbors.shift();
      },
      [FILE.slice(FILE.indexOf('# Upstream'), FILE.indexOf('# Customer')), ''],
    ],
    [
      'a removed element with a table of its own',
      (d) => {
        d.neighbors.pop();
      },
      [FILE.slice(FILE.indexOf('# Customer'), FILE.indexOf('[policy]')), ''],
    ],
    [
      'a new element behind the last',
      (d) => {
        d.neighbors.push({ address: '10.0.0.4', remote_asn: 65004 });
      },
      ['asn = 64999\n', 'asn = 64999\n\n[[neighbors]]\naddress = "10.0.0.4"\nremote_asn = 65004\n'],
    ],
    [
      'a new element in between',
      (d) => {
        d.neighbors.splice(1, 0, { address: '10.0.0.4' });
      },
      ['send = false }\n', 'send = false }\n\n[[neighbors]]\naddress = "10.0.0.4"\n'],
    ],
    [
      'a new first element',
      (d) => {
        d.neighbors.unshift({ address: '10.0.0.4' });
      },
      ['# Upstream', '[[neighbors]]\naddress = "10.0.0.4"\n\n# Upstream'],
    ],
    [
      'a new table',
      (d) => {
        d.policy.definitions.own = { default_action: 'permit' };
      },
      [
        'prefix = "198.51.100.0/24"\n',
        'prefix = "198.51.100.0/24"\n\n[policy.definitions.own]\ndefault_action = "permit"\n',
      ],
    ],
    [
      'a new table of the root',
      (d) => {
        d.mrt = { output_dir: '/x' };
      },
      ['prefix = "198.51.100.0/24"\n', 'prefix = "198.51.100.0/24"\n\n[mrt]\noutput_dir = "/x"\n'],
    ],
    [
      'a removed table with everything in it',
      (d) => {
        delete d.policy.definitions;
      },
      [`\n${FILE.slice(FILE.indexOf('# Keep'))}`, '\n'],
    ],
    [
      'one statement of a policy',
      (d) => {
        d.policy.definitions.edge.statements[1].prefix = '203.0.113.0/24';
      },
      ['198.51.100.0/24', '203.0.113.0/24'],
    ],
    [
      'a new statement of a policy',
      (d) => {
        d.policy.definitions.edge.statements.push({ action: 'deny', prefix: '10.0.0.0/8' });
      },
      [
        'prefix = "198.51.100.0/24"\n',
        'prefix = "198.51.100.0/24"\n\n[[policy.definitions.edge.statements]]\naction = "deny"\nprefix = "10.0.0.0/8"\n',
      ],
    ],
    [
      'a nested table of an element',
      (d) => {
        d.neighbors[1].local_as.replace_as = true;
      },
      ['asn = 64999\n', 'asn = 64999\nreplace_as = true\n'],
    ],
  ])('%s', (_what, change, [from, to]) => {
    expect(FILE).toContain(from);
    expect(rewritten(FILE, change)).toBe(FILE.replace(from, to));
  });

  it('a table renamed: the others keep their comments', () => {
    const text = '[a.x]\n# mine\nk = 1 # one\n\n[a.y]\nk = 2\n';
    const result = rewritten(text, (d) => {
      delete d.a.y;
      d.a.z = { k: 3 };
    });
    expect(result).toBe('[a.x]\n# mine\nk = 1 # one\n\n[a.z]\nk = 3\n');
  });

  it('names that every object has', () => {
    expect(
      rewritten('[constructor]\nx = 1\n\n[a]\n', (d) => {
        delete d.constructor;
      }),
    ).toBe('[a]\n');
    expect(
      rewritten('[a]\n', (d) => {
        d.a.toString = 1;
      }),
    ).toBe('[a]\ntoString = 1\n');
  });

  it('comes to its end without the last resort, nearly always', () => {
    let kept = 0;
    let runs = 0;
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.nat({ max: 3 }), (gone, place) => {
        const names = ['a', 'b', 'c', 'd'];
        const text = names.map((name) => `# about ${name}\n[t.${name}]\nk = 1 # ${name}\n`).join('\n');
        const draft = structuredClone(parse(text)) as Draft;
        delete draft.t[names[gone]!];
        draft.t[`new${place}`] = { k: 2 };
        const result = rewriteToml(text, draft);
        runs++;
        if (result.ok && names.every((name, at) => at === gone || result.value.includes(`# about ${name}\n`))) kept++;
      }),
    );
    expect(kept).toBe(runs);
  });

  it('the first key of an empty file, and the first table', () => {
    expect(
      rewritten('', (d) => {
        d.x = 1;
      }),
    ).toBe('x = 1\n');
    expect(
      rewritten('# note\n', (d) => {
        d.t = { x: 1 };
      }),
    ).toBe('# note\n\n[t]\nx = 1\n');
    expect(
      rewritten('[t]\ny = 2\n', (d) => {
        d.x = 1;
      }),
    ).toBe('x = 1\n\n[t]\ny = 2\n');
    expect(
      rewritten('[t]\ny = 2', (d) => {
        d.t.z = 3;
      }),
    ).toBe('[t]\ny = 2\nz = 3\n');
  });

  it('keeps Windows line ends', () => {
    const text = '[a]\r\nx = 1 # one\r\n';
    expect(
      rewritten(text, (d) => {
        d.a.y = 2;
        d.b = { z: 3 };
      }),
    ).toBe('[a]\r\nx = 1 # one\r\ny = 2\r\n\r\n[b]\r\nz = 3\r\n');
  });

  it('a long array gets an element per line', () => {
    const text = 'names = []\n';
    const names = Array.from({ length: 12 }, (_, i) => `neighbor-${i}`);
    expect(
      rewritten(text, (d) => {
        d.names = names;
      }),
    ).toBe(`names = [\n${names.map((name) => `  "${name}",\n`).join('')}]\n`);
  });

  it('an equal document is the same text', () => {
    fc.assert(
      fc.property(writtenDocument, (text) => {
        expect(rewriteToml(text, parse(text))).toEqual({ ok: true, value: text });
      }),
    );
  });

  it('says what it is to say, or says that it cannot', () => {
    let refused = 0;
    let runs = 0;
    fc.assert(
      fc.property(writtenDocument, document, fc.array(fc.nat({ max: 30 }), { maxLength: 3 }), (text, other, picks) => {
        const after = mixed(parse(text) as Table, other as Table, picks);
        const result = rewriteToml(text, after);
        runs++;
        if (!result.ok) refused++;
        else expect(areEqual(parse(result.value), after)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(refused / runs).toBeLessThan(0.05);
  });

  it('what is not concerned keeps its lines, in their order', () => {
    fc.assert(
      fc.property(writtenDocument, fc.nat(), (text, pick) => {
        const after = structuredClone(parse(text)) as Table;
        const names = Object.keys(after);
        const name = names[pick % Math.max(1, names.length)];
        if (name === undefined) return;
        delete after[name];
        const result = rewriteToml(text, after);
        if (!result.ok) return;
        const lines = text.split(/\r?\n/);
        let at = 0;
        for (const line of result.value.split(/\r?\n/)) {
          if (line.trim() === '') continue;
          at = lines.indexOf(line, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The first document with some of its values taken from the second, gone, or replaced. */
function mixed(base: Table, other: Table, picks: readonly number[]): Table {
  const after = structuredClone(base);
  for (const pick of picks) {
    const names = [...new Set([...Object.keys(after), ...Object.keys(other)])];
    const name = names[pick % Math.max(1, names.length)];
    if (name === undefined) continue;
    const inner = after[name];
    if (pick % 3 === 0) delete after[name];
    else if (pick % 3 === 1 && name in other) after[name] = structuredClone(other[name]);
    else if (Array.isArray(inner) && inner.length > 0) after[name] = inner.slice(1);
    else if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) (inner as Table).added = pick;
    else after[name] = 'replaced';
  }
  return after;
}
