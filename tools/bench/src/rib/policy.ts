import { compileChain, type Policy, type PolicyContext, type PolicySource, type RouteView } from '@bgp/policy';
import { announcedAttributes, fullTable, type GeneratedTable, SeededRandom } from '@bgp/testkit';
import { AttributeView, encodeAttributes, formatIpv4Prefix } from '@bgp/wire';
import { figuresOf, type Report } from '../figure.ts';
import { measure, throughput } from '../measure.ts';

const ROUTES = 100_000;
const MILLION = 1_000_000;
const LIST = 100_000;
const CONTEXT: PolicyContext = { neighbor: '192.0.2.1', neighborAs: 64_501, routeType: 'external' };

/** Evaluations per second: a prefix list of 100,000 entries, written both ways, and a chain that edits attributes. */
export function policy(report: Report): void {
  const figure = figuresOf('rib', 'policy', report);
  const table = fullTable({ seed: 1, count: ROUTES });
  const prefixes = sample(fullTable({ seed: 2, count: LIST }));
  const sources: Readonly<Record<string, readonly PolicySource[]>> = {
    'one statement with 100,000 prefixes': [
      { name: 'list', defaultAction: 'deny', statements: [{ action: 'permit', match: { prefixes } }] },
    ],
    '100,000 statements with one prefix': [
      {
        name: 'lists',
        defaultAction: 'deny',
        statements: prefixes.map((prefix) => ({ action: 'permit', match: { prefixes: [prefix] } })),
      },
    ],
    'a chain of three that matches communities and edits': [1, 2, 3].map((number): PolicySource => {
      const match = { communities: [`${number}:1`, 'NO_EXPORT', `LC:${number}:1:1`], asPathLength: { le: 50 } };
      const everything = { families: [table.family] };
      return {
        name: `chain-${number}`,
        defaultAction: 'permit',
        statements: [
          { action: 'deny', match },
          {
            action: 'permit',
            match: everything,
            set: { localPref: 100 + number, communitiesAdd: [`65000:${number}`] },
          },
        ],
      };
    }),
  };
  for (const [name, chain] of Object.entries(sources)) {
    let compiled: Policy | undefined;
    const { cpuSeconds } = measure(() => {
      const result = compileChain(chain);
      if (!result.ok) throw new Error(JSON.stringify(result.error[0]));
      compiled = result.value;
    });
    const ready = compiled!; // measure runs its work
    figure(`${name}: compile`, cpuSeconds, 'CPU s');
    figure(
      `${name}: evaluate`,
      throughput(ROUTES, () => evaluateAll(table, ready)),
      'routes/s',
    );
  }
  twentyTerms(report);
}

/** A million routes through twenty statements: the bars of the policy engine. */
function twentyTerms(report: Report): void {
  const figure = figuresOf('rib', 'policy', report);
  const table = fullTable({ seed: 1, count: MILLION });
  const communities = Array.from({ length: 20 }, (_, at) => ({
    action: 'permit' as const,
    match: { communities: [`64999:${at}`, `LC:64999:${at}:*`], asPath: `_6499${at % 10}_.*_64${at}$` },
    set: { localPref: 100 + at },
  }));
  const attributesOnly = compiledOf([{ name: 'attributes', defaultAction: 'permit', statements: communities }]);
  const blocks = blocksOf(table);
  const route = emptyRoute(table);
  // As the RIB does: the verdict of a set of attributes counts for all its routes.
  const once = measure(() => {
    const verdicts = new Map<number, boolean>();
    let accepted = 0;
    for (let index = 0; index < table.count; index++) {
      const set = table.setOf[index]!;
      let verdict = verdicts.get(set);
      if (verdict === undefined) {
        route.attributes.reset(blocks[set]!);
        verdict = attributesOnly.evaluate(route, CONTEXT).action === 'accept';
        verdicts.set(set, verdict);
      }
      if (verdict) accepted++;
    }
    if (accepted !== table.count) throw new Error('the default action permits');
  });
  figure('20 terms on attributes, 1 M routes, once per set', once.cpuSeconds, 'CPU s', 0.5);
  const onPrefixes = compiledOf([
    {
      name: 'prefixes',
      defaultAction: 'permit',
      statements: Array.from({ length: 20 }, (_, at) => ({
        action: 'permit' as const,
        match: { prefixes: [{ prefix: `${at + 1}.0.0.0/8`, ge: 30 }], med: { ge: 1_000_000 } },
        set: { localPref: 100 + at },
      })),
    },
  ]);
  const each = measure(() => evaluateAll(table, onPrefixes));
  figure('20 terms that read the prefix, 1 M routes', each.cpuSeconds, 'CPU s', 2);
}

function compiledOf(chain: readonly PolicySource[]): Policy {
  const compiled = compileChain(chain);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error[0]));
  return compiled.value;
}

function emptyRoute({ family }: GeneratedTable): { -readonly [K in keyof RouteView]: RouteView[K] } {
  return { family, w0: 0, w1: 0, w2: 0, w3: 0, length: 0, attributes: new AttributeView() };
}

function evaluateAll(table: GeneratedTable, compiled: Policy): number {
  const route = emptyRoute(table);
  const blocks = blocksOf(table);
  let accepted = 0;
  for (let index = 0; index < table.count; index++) {
    route.w0 = table.words[index]!;
    route.length = table.lengths[index]!;
    route.attributes.reset(blocks[table.setOf[index]!]!);
    if (compiled.evaluate(route, CONTEXT).action === 'accept') accepted++;
  }
  return accepted;
}

const blocksByTable = new WeakMap<GeneratedTable, readonly Uint8Array[]>();

function blocksOf(table: GeneratedTable): readonly Uint8Array[] {
  const known = blocksByTable.get(table);
  if (known !== undefined) return known;
  const blocks = table.sets.map((set) => {
    const encoded = encodeAttributes(announcedAttributes(set, { peerAs: 64_501, nextHop: '192.0.2.1' }));
    if (!encoded.ok) throw new Error(encoded.error.code);
    return encoded.value;
  });
  blocksByTable.set(table, blocks);
  return blocks;
}

/** The table's prefixes as a prefix list; every third lets longer ones in. */
function sample(table: GeneratedTable): { readonly prefix: string; readonly le?: number }[] {
  const random = new SeededRandom(3);
  return Array.from({ length: table.count }, (_, index) => {
    const prefix = formatIpv4Prefix(table.words[index]!, table.lengths[index]!);
    return random.next() < 1 / 3 ? { prefix, le: 32 } : { prefix };
  });
}
