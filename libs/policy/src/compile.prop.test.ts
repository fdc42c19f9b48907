import { applyEdit, decodeAttributes, formatIpPrefix, type PathAttributes, parseIpPrefix } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePolicyCommunity } from './community.ts';
import { compileChain } from './compile.ts';
import { checkContradictions } from './contradictions.ts';
import { compileDelta, policyDelta } from './delta.ts';
import { DiagnosticList } from './diagnostics.ts';
import { findShadowed } from './shadowed.ts';
import { route } from './testing/routes.ts';
import type { PolicyActions, PolicyContext, PolicyMatch, PolicySource, PolicyStatement, PrefixRange } from './types.ts';

/*
 * The oracle: policies read as the specification says them, over decoded objects and text, one statement after another.
 * It shares nothing with the compiler but the parsers of addresses and communities.
 */

interface PlainRoute {
  readonly prefix: string;
  readonly attributes: PathAttributes;
}

type Outcome =
  | { readonly accepted: false; readonly by: string }
  | { readonly accepted: true; readonly by: string; readonly attributes: PathAttributes };

function interpret(chain: readonly PolicySource[], subject: PlainRoute, ctx: PolicyContext): Outcome {
  let attributes = subject.attributes;
  const last: { -readonly [K in 'prepend' | 'prependFirstAs' | 'replaceAs' | 'medAdd']?: PolicyActions[K] } = {};
  let by = '';
  for (const source of chain) {
    let decision: PolicyStatement['action'] = source.defaultAction;
    by = `${source.name}/default`;
    for (const [index, statement] of source.statements.entries()) {
      if (!holds(statement.match, subject, ctx)) continue; // the original, not `attributes`
      attributes = applyActions(attributes, statement.set ?? {});
      const { set = {} } = statement;
      if (set.prepend !== undefined) last.prepend = set.prepend;
      if (set.prependFirstAs !== undefined) last.prependFirstAs = set.prependFirstAs;
      if (set.replaceAs !== undefined) last.replaceAs = set.replaceAs;
      if (set.med !== undefined) delete last.medAdd;
      if (set.medAdd !== undefined) last.medAdd = set.medAdd;
      if (statement.action === 'next') continue;
      decision = statement.action;
      by = `${source.name}/statement-${index + 1}`;
      break;
    }
    if (decision === 'deny') return { accepted: false, by };
  }
  const asns = (attributes.asPath ?? []).flatMap((segment) => segment.asns);
  const { prepend, prependFirstAs = 0, replaceAs, medAdd } = last;
  const replaced = asns.map((as) => (as === replaceAs?.as ? replaceAs.by : as));
  const repeated = asns.slice(0, 1).flatMap((as) => new Array<number>(prependFirstAs).fill(as));
  const path = [...Array.from({ length: prepend?.count ?? 0 }, () => prepend!.as), ...repeated, ...replaced];
  if (medAdd !== undefined) attributes = { ...attributes, med: Math.max(0, (attributes.med ?? 0) + medAdd) };
  return {
    accepted: true,
    by,
    attributes: { ...attributes, asPath: path.length === 0 ? [] : [{ type: 'sequence', asns: path }] },
  };
}

function holds(match: PolicyMatch, { prefix, attributes }: PlainRoute, ctx: PolicyContext): boolean {
  const asns = (attributes.asPath ?? []).flatMap((segment) => segment.asns);
  const within = (value: number, range: { ge?: number; le?: number }) =>
    value >= (range.ge ?? 0) && value <= (range.le ?? Number.POSITIVE_INFINITY);
  return (
    (match.prefixes === undefined || match.prefixes.some((range) => covers(range, prefix))) &&
    (match.communities === undefined ||
      match.communities.some((text) => attributes.communities?.includes(standard(text)))) &&
    (match.med === undefined || within(attributes.med ?? 0, match.med)) &&
    (match.localPref === undefined || within(attributes.localPref ?? 100, match.localPref)) &&
    (match.asPathLength === undefined || within(asns.length, match.asPathLength)) &&
    (match.originAs === undefined || match.originAs.includes(asns.at(-1) ?? 0)) &&
    (match.neighborAs === undefined || match.neighborAs.includes(ctx.neighborAs)) &&
    (match.routeType === undefined || match.routeType === ctx.routeType) &&
    (match.asPath === undefined || new RegExp(match.asPath.replaceAll('_', '(?:^|$| )')).test(asns.join(' '))) &&
    (match.originValidity === undefined || match.originValidity === 'not-found') &&
    (match.not === undefined || !holds(match.not, { prefix, attributes }, ctx)) &&
    (match.all === undefined || match.all.every((one) => holds(one, { prefix, attributes }, ctx))) &&
    (match.any === undefined || match.any.some((one) => holds(one, { prefix, attributes }, ctx)))
  );
}

function bitsOf(prefix: string): string {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) throw new Error(prefix);
  return [...parsed.value.octets]
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, parsed.value.length);
}

function covers(range: PrefixRange, prefix: string): boolean {
  if (range.prefix.includes(':') !== prefix.includes(':')) return false;
  const [outer, inner] = [bitsOf(range.prefix), bitsOf(prefix)];
  const ge = range.ge ?? outer.length;
  const le = range.le ?? (range.ge === undefined ? outer.length : 128);
  return inner.startsWith(outer) && inner.length >= ge && inner.length <= le;
}

function standard(text: string): number {
  const parsed = parsePolicyCommunity(text);
  if (!parsed.ok || parsed.value.kind !== 'standard') throw new Error(text);
  return parsed.value.value;
}

/** Patterns of `actions` have a star in the place of one number. */
function isMeant(text: string, value: number): boolean {
  if (!text.includes('*')) return standard(text) === value;
  const [high, low] = text.split(':');
  return (high === '*' || Number(high) === value >>> 16) && (low === '*' || Number(low) === (value & 0xffff));
}

function applyActions(attributes: PathAttributes, set: PolicyActions): PathAttributes {
  const removed = set.communitiesRemove ?? [];
  const added = (set.communitiesAdd ?? []).map(standard);
  const before = set.communitiesSet?.map(standard) ?? attributes.communities ?? [];
  const communities = [
    ...new Set([...before.filter((value) => !removed.some((text) => isMeant(text, value))), ...added]),
  ];
  const { communities: _old, ...rest } = attributes;
  return {
    ...rest,
    ...(communities.length > 0 && { communities }),
    ...(set.localPref !== undefined && { localPref: set.localPref }),
    ...(set.med !== undefined && { med: set.med }),
    ...(set.origin !== undefined && { origin: set.origin }),
  };
}

// Few values each, so that routes and conditions meet.

const prefix = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 6 }))
  .map(([isIpv6, high, low, step]) => {
    const octets = new Uint8Array(isIpv6 ? 16 : 4);
    octets[0] = high * 64;
    octets[isIpv6 ? 4 : 1] = low * 64;
    const length = isIpv6 ? [0, 1, 2, 32, 34, 40, 128][step]! : [0, 1, 2, 8, 10, 16, 32][step]!;
    const parsed = parseIpPrefix(`${formatIpPrefix(octets, octets.length * 8).split('/')[0]}/${length}`);
    if (!parsed.ok) throw new Error('prefix');
    return formatIpPrefix(parsed.value.octets, length);
  });

const listRange: fc.Arbitrary<PrefixRange> = fc
  .tuple(prefix, fc.option(fc.nat(16), { nil: undefined }), fc.option(fc.nat(16), { nil: undefined }))
  .map(([text, up, further]) => {
    const length = Number(text.split('/')[1]);
    const maximum = text.includes(':') ? 128 : 32;
    const ge = up === undefined ? undefined : Math.min(maximum, length + up);
    const le = further === undefined ? undefined : Math.min(maximum, (ge ?? length) + further);
    return { prefix: text, ...(ge !== undefined && { ge }), ...(le !== undefined && { le }) };
  });

const prefixRange = fc.oneof(
  { weight: 6, arbitrary: listRange },
  { weight: 1, arbitrary: fc.constantFrom<PrefixRange>({ prefix: '0.0.0.0/0', le: 32 }, { prefix: '::/0', ge: 0 }) },
);

const community = fc.constantFrom('1:1', '1:2', 'NO_EXPORT', '65000:7');
const asn = fc.integer({ min: 1, max: 4 });
const range = fc.oneof(
  fc.record({ ge: fc.nat(4) }),
  fc.record({ le: fc.nat(4) }),
  fc.tuple(fc.nat(4), fc.nat(4)).map(([ge, more]) => ({ ge, le: ge + more })),
);

const plainMatch: fc.Arbitrary<PolicyMatch> = fc
  .record(
    {
      prefixes: fc.array(prefixRange, { minLength: 1, maxLength: 4 }),
      communities: fc.array(community, { minLength: 1, maxLength: 2 }),
      asPathLength: range,
      med: range,
      localPref: range.map(({ ...bounds }) =>
        Object.fromEntries(Object.entries(bounds).map(([key, value]) => [key, value + 98])),
      ),
      originAs: fc.array(asn, { minLength: 1, maxLength: 2 }),
      neighborAs: fc.array(asn, { minLength: 1, maxLength: 2 }),
      routeType: fc.constantFrom('local' as const, 'internal' as const, 'external' as const),
      asPath: fc.constantFrom('_1_', '^2', '3$', '^$', '^1( 2)*', '_(1|4)_'),
      originValidity: fc.constantFrom('valid' as const, 'not-found' as const),
    },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0);

const { match } = fc.letrec<{ match: PolicyMatch }>((tie) => ({
  match: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'match' },
    plainMatch,
    fc.record({ not: tie('match') }),
    fc.record({ any: fc.array(tie('match'), { minLength: 1, maxLength: 2 }) }),
    fc.tuple(plainMatch, fc.array(tie('match'), { minLength: 1, maxLength: 2 })).map(([one, all]) => ({ ...one, all })),
  ),
}));

/** Half of all statements look at prefixes alone: they are what the compiler treats in runs. */
const anyMatch: fc.Arbitrary<PolicyMatch> = fc.oneof(
  match,
  fc.array(prefixRange, { minLength: 1, maxLength: 3 }).map((prefixes) => ({ prefixes })),
);

const actions: fc.Arbitrary<PolicyActions> = fc
  .record(
    {
      localPref: fc.nat(300),
      med: fc.nat(9),
      origin: fc.nat(2),
      medAdd: fc.integer({ min: -3, max: 3 }),
      prependFirstAs: fc.integer({ min: 1, max: 2 }),
      replaceAs: fc.record({ as: asn, by: asn }),
      prepend: fc.record({ as: asn, count: fc.integer({ min: 1, max: 3 }) }),
      communitiesAdd: fc.uniqueArray(community, { maxLength: 2 }),
      communitiesRemove: fc.uniqueArray(fc.oneof(community, fc.constantFrom('1:*', '*:7')), { maxLength: 2 }),
      communitiesSet: fc.uniqueArray(community, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .filter(
    ({ communitiesAdd = [], communitiesRemove = [] }) =>
      !communitiesAdd.some((text) => communitiesRemove.includes(text)),
  );

function isContradictory(one: PolicyMatch): boolean {
  const found = new DiagnosticList();
  checkContradictions(one, [], found);
  return found.all.length > 0;
}

const anyStatement: fc.Arbitrary<PolicyStatement> = fc.oneof(
  fc.record({ action: fc.constantFrom('permit' as const, 'next' as const), match: anyMatch, set: actions }),
  fc.record({ action: fc.constantFrom('permit' as const, 'deny' as const), match: anyMatch }),
);

/** The compiler refuses the others. */
const statement = anyStatement.filter((one) => !isContradictory(one.match));

const chain = fc
  .array(
    fc.record({
      defaultAction: fc.constantFrom('permit' as const, 'permit' as const, 'deny' as const),
      statements: fc.array(statement, { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((sources) => sources.map((source, index): PolicySource => ({ name: `p${index}`, ...source })));

const plainRoute: fc.Arbitrary<PlainRoute> = fc.record({
  prefix,
  attributes: fc.record(
    {
      origin: fc.nat(2),
      asPath: fc
        .array(asn, { maxLength: 4 })
        .map((asns) => (asns.length === 0 ? [] : [{ type: 'sequence' as const, asns }])),
      med: fc.nat(4),
      localPref: fc.integer({ min: 98, max: 104 }),
      communities: fc.uniqueArray(community.map(standard), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['origin', 'asPath'] },
  ),
});

const context: fc.Arbitrary<PolicyContext> = fc.record({
  neighbor: fc.constant('192.0.2.1'),
  neighborAs: asn,
  routeType: fc.constantFrom('local' as const, 'internal' as const, 'external' as const),
});

function normal(attributes: PathAttributes): unknown {
  const { communities, asPath, ...rest } = attributes;
  return { ...rest, asPath: asPath ?? [], communities: [...(communities ?? [])].sort((a, b) => a - b) };
}

it('compiled and interpreted agree: verdict, term and resulting attributes', () => {
  fc.assert(
    fc.property(chain, fc.array(plainRoute, { minLength: 1, maxLength: 6 }), context, (sources, routes, ctx) => {
      const compiled = compileChain(sources);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
      for (const plain of routes) {
        const view = route(plain.prefix, plain.attributes);
        const verdict = compiled.value.evaluate(view, ctx);
        const expected = interpret(sources, plain, ctx);
        expect(compiled.value.terms[verdict.by]).toBe(expected.by);
        expect(verdict.action === 'accept').toBe(expected.accepted);
        if (verdict.action !== 'accept' || !expected.accepted) continue;
        const { octets, start, end } = view.attributes;
        const canonical = octets.subarray(start, end);
        const edited = verdict.edit === undefined ? canonical : applyEdit(canonical, verdict.edit);
        expect(normal(decodeAttributes(edited))).toEqual(normal(expected.attributes));
      }
    }),
    { numRuns: 1_000 },
  );
});

function isSameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':');
}

it('equal outcomes are the same object, and what is not read does not matter', () => {
  fc.assert(
    fc.property(chain, plainRoute, plainRoute, context, context, (sources, one, other, ctx, otherCtx) => {
      const compiled = compileChain(sources);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
      const { reads } = compiled.value;
      const verdict = compiled.value.evaluate(route(one.prefix, one.attributes), ctx);
      expect(compiled.value.evaluate(route(one.prefix, one.attributes), ctx)).toBe(verdict);
      const unread = {
        prefix:
          reads.has('prefix') || (reads.has('family') && !isSameFamily(one.prefix, other.prefix))
            ? one.prefix
            : other.prefix,
        attributes: reads.has('attributes') ? one.attributes : other.attributes,
      };
      const unreadCtx = {
        neighbor: '192.0.2.2',
        neighborAs: reads.has('peer') ? ctx.neighborAs : otherCtx.neighborAs,
        routeType: reads.has('route-type') ? ctx.routeType : otherCtx.routeType,
      };
      expect(compiled.value.evaluate(route(unread.prefix, unread.attributes), unreadCtx)).toBe(verdict);
    }),
    { numRuns: 500 },
  );
});

it('a trace ends where the decision was made, and says of every other statement why not', () => {
  fc.assert(
    fc.property(chain, plainRoute, context, (sources, plain, ctx) => {
      const compiled = compileChain(sources);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
      const view = route(plain.prefix, plain.attributes);
      const { verdict, entries } = compiled.value.trace(view, ctx);
      expect(verdict).toBe(compiled.value.evaluate(view, ctx));
      const last = entries.at(-1);
      expect(`${last?.policy}/${last?.term}`).toBe(compiled.value.terms[verdict.by]);
      expect(last?.outcome).toBe(verdict.action === 'accept' ? 'permit' : 'deny');
      for (const { outcome, failed } of entries) {
        expect(failed !== undefined).toBe(outcome === 'no-match');
        if (failed !== undefined) expect([failed.wanted, failed.has]).not.toContain('');
      }
      const tried = new Set(entries.map(({ policy, term }) => `${policy}/${term}`));
      expect(tried.size).toBe(entries.length);
    }),
    { numRuns: 500 },
  );
});

it('what is refused as contradictory matches no route', () => {
  let refused = 0;
  fc.assert(
    fc.property(anyMatch, fc.array(plainRoute, { minLength: 1, maxLength: 12 }), context, (one, routes, ctx) => {
      // A part of `any` that can never match spoils no more than itself; the whole is then refused for that part.
      if (one.any !== undefined || !isContradictory(one)) return;
      refused++;
      for (const plain of routes) expect(holds(one, plain, ctx)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(refused).toBeGreaterThan(20);
});

it('what is called shadowed decides no route', () => {
  let shadowed = 0;
  fc.assert(
    fc.property(chain, fc.array(plainRoute, { minLength: 1, maxLength: 8 }), context, ([source], routes, ctx) => {
      // Repeating a statement makes what there is to find.
      const { statements } = source!;
      const repeated: PolicySource = { ...source!, statements: [...statements, ...statements.slice(0, 2)] };
      const indices = findShadowed(repeated).map(({ path }) => path[1]);
      shadowed += indices.length;
      for (const plain of routes) {
        const { by } = interpret([repeated], plain, ctx);
        expect(indices.map((index) => `${repeated.name}/statement-${Number(index) + 1}`)).not.toContain(by);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(shadowed).toBeGreaterThan(100);
});

it('outside of a delta nothing is different', () => {
  const edits = fc.record({
    at: fc.nat(2),
    where: fc.nat(6),
    what: fc.constantFrom('remove', 'insert', 'prefix'),
    statement,
    range: prefixRange,
  });
  let narrow = 0;
  fc.assert(
    fc.property(
      chain,
      fc.array(edits, { maxLength: 2 }),
      fc.array(plainRoute, { minLength: 1, maxLength: 8 }),
      context,
      (before, changes, routes, ctx) => {
        const after = structuredClone(before);
        for (const { at, where, what, statement: one, range: more } of changes) {
          const statements = (after[at % after.length]!.statements ?? []) as PolicyStatement[];
          const place = where % (statements.length + 1);
          if (what === 'remove') statements.splice(place, 1);
          else if (what === 'insert') statements.splice(place, 0, one);
          else if (statements[place]?.match.prefixes !== undefined) {
            const old = statements[place]!;
            statements[place] = { ...old, match: { ...old.match, prefixes: [...old.match.prefixes!.slice(1), more] } };
          }
        }
        const [old, now] = [compileChain(before), compileChain(after)];
        if (!old.ok || !now.ok) return;
        const delta = policyDelta(before, after);
        if (delta.kind === 'prefixes') narrow++;
        const touches = compileDelta(delta);
        for (const plain of routes) {
          const view = route(plain.prefix, plain.attributes);
          if (touches === undefined || touches(view)) continue;
          const { by: _a, ...verdict } = old.value.evaluate(view, ctx);
          const { by: _b, ...then } = now.value.evaluate(view, ctx);
          expect(then).toEqual(verdict);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(narrow).toBeGreaterThan(100);
});

it('another pattern is another policy', () => {
  const range = { prefix: '10.0.0.0/8', le: 24 };
  const removing = (text: string): PolicySource => ({
    name: 'p',
    defaultAction: 'permit',
    statements: [{ action: 'permit', match: { prefixes: [range] }, set: { communitiesRemove: [text] } }],
  });
  expect(policyDelta([removing('1:*')], [removing('1:1-2')])).toEqual({
    kind: 'prefixes',
    ranges: [range, range], // of the statement that goes and of the one that comes
  });
  expect(policyDelta([removing('1:*')], [removing('1:*')])).toEqual({ kind: 'none' });
});

it('of two long prefix lists the delta is what one has and the other has not', () => {
  const list = Array.from({ length: 100_000 }, (_, at) => ({
    prefix: `${(at >>> 16) + 1}.${(at >>> 8) & 255}.${at & 255}.0/24`,
    le: 25,
  }));
  const source = (prefixes: readonly PrefixRange[]): PolicySource => ({
    name: 'p',
    defaultAction: 'deny',
    statements: [{ action: 'permit', match: { prefixes } }],
  });
  expect(policyDelta([source(list)], [source([...list.slice(0, 500), ...list.slice(501)])])).toEqual({
    kind: 'prefixes',
    ranges: [list[500]],
  });
  expect(policyDelta([source(list)], [source([...list])])).toEqual({ kind: 'none' });
});
