import type { PolicyMatch, PolicySource } from '@bgp/policy';
import type { RouteRow } from '@bgp/speaker';
import { afiOf, type Family, formatCommunity, IPV4_UNICAST, IPV6_UNICAST, parseIpPrefix } from '@bgp/wire';
import { destinationOf } from './destination.ts';

const BOTH: readonly Family[] = [IPV4_UNICAST, IPV6_UNICAST];

/**
 * What a neighbor's chain may be. Only what cannot make a network oscillate by itself: filters, marks, longer paths, and MED, which
 * an AS of several speakers always compares (RFC 3345 §4).
 */
export const POLICIES: Readonly<Record<string, readonly PolicySource[]>> = {
  permit: [{ name: 'permit', defaultAction: 'permit', statements: [] }],
  deny: [{ name: 'deny', defaultAction: 'deny', statements: [] }],
  'deny-some-prefixes': [
    {
      name: 'deny-some-prefixes',
      defaultAction: 'permit',
      statements: [
        {
          action: 'deny',
          match: {
            prefixes: [
              { prefix: '10.1.0.0/16', le: 32 },
              { prefix: '2001:db8:1::/48', le: 128 },
            ],
          },
        },
      ],
    },
  ],
  'only-some-prefixes': [
    {
      name: 'only-some-prefixes',
      defaultAction: 'deny',
      statements: [
        {
          action: 'permit',
          match: {
            prefixes: [
              { prefix: '10.0.0.0/8', ge: 16, le: 24 },
              { prefix: '2001:db8::/32', le: 64 },
            ],
          },
        },
      ],
    },
  ],
  'deny-marked': [
    {
      name: 'deny-marked',
      defaultAction: 'permit',
      statements: [{ action: 'deny', match: { communities: ['64999:1'] } }],
    },
  ],
  mark: [
    {
      name: 'mark',
      defaultAction: 'permit',
      statements: [{ action: 'permit', match: { families: BOTH }, set: { communitiesAdd: ['64999:2'] } }],
    },
  ],
  unmark: [
    {
      name: 'unmark',
      defaultAction: 'permit',
      statements: [
        { action: 'next', match: { communities: ['64999:2'] }, set: { communitiesRemove: ['64999:2'] } },
        { action: 'deny', match: { communities: ['64999:3'] } },
      ],
    },
  ],
  med: [
    {
      name: 'med',
      defaultAction: 'permit',
      statements: [
        { action: 'permit', match: { prefixes: [{ prefix: '10.0.0.0/8', le: 32 }] }, set: { med: 50 } },
        { action: 'permit', match: { families: BOTH }, set: { med: 10 } },
      ],
    },
  ],
  'two-in-a-row': [
    {
      name: 'first',
      defaultAction: 'permit',
      statements: [{ action: 'deny', match: { prefixes: [{ prefix: '10.3.0.0/16', le: 32 }] } }],
    },
    {
      name: 'second',
      defaultAction: 'permit',
      statements: [{ action: 'next', match: { communities: ['64999:1'] }, set: { communitiesAdd: ['64999:4'] } }],
    },
  ],
};

export const POLICY_NAMES = Object.keys(POLICIES);

/**
 * The slow reading of a chain, independent of the compiler: whether a route passes. Only the conditions that `POLICIES` uses; and
 * only where no earlier statement's change decides a later condition.
 */
export function passes(chain: readonly PolicySource[], row: RouteRow): boolean {
  return chain.every((policy) => {
    for (const { action, match } of policy.statements) {
      if (action !== 'next' && holds(match, row)) return action === 'permit';
    }
    return policy.defaultAction === 'permit';
  });
}

/** What the chain should have changed and did not: for a route that passes, before and after. */
export function missingChange(chain: readonly PolicySource[], before: RouteRow, after: RouteRow): string | undefined {
  const communities = new Set((before.attributes.communities ?? []).map(formatCommunity));
  let { med } = before.attributes;
  let isMedSet = false;
  for (const { action, match, set } of chain.flatMap(effective(before))) {
    if (action === 'deny' || set === undefined || !holds(match, before)) continue;
    for (const community of set.communitiesRemove ?? []) communities.delete(community);
    for (const community of set.communitiesAdd ?? []) communities.add(community);
    if (set.med !== undefined) isMedSet = true;
    med = set.med ?? med;
  }
  const found = new Set((after.attributes.communities ?? []).map(formatCommunity));
  const wrong = POLICY_COMMUNITIES.filter((community) => communities.has(community) !== found.has(community));
  if (wrong.length > 0) return `is wrong about ${wrong.join(', ')}`;
  return isMedSet && after.attributes.med !== med ? `has MED ${after.attributes.med}, not ${med}` : undefined;
}

/** What `POLICIES` put in or out. */
const POLICY_COMMUNITIES = ['64999:2', '64999:4'];

/** The statements of a policy up to the one that decides. */
function effective(row: RouteRow) {
  return ({ statements }: PolicySource) => {
    const deciding = statements.findIndex(({ action, match }) => action !== 'next' && holds(match, row));
    return deciding < 0 ? statements : statements.slice(0, deciding + 1);
  };
}

function holds({ families, prefixes, communities, ...others }: PolicyMatch, row: RouteRow): boolean {
  if (Object.keys(others).length > 0) throw new Error(`the oracle does not know ${Object.keys(others).join(', ')}`);
  const own = (row.attributes.communities ?? []).map(formatCommunity);
  const seen = destinationOf(row) ?? (afiOf(row.family) === 1 ? '0.0.0.0/0' : '::/0');
  return (
    (families?.includes(row.family) ?? true) &&
    (prefixes?.some(({ prefix, ge, le }) => isInRange(seen, prefix, ge, le)) ?? true) &&
    (communities?.some((community) => own.includes(community)) ?? true)
  );
}

function isInRange(prefix: string, range: string, ge: number | undefined, le: number | undefined): boolean {
  const [own, outer] = [octetsOf(prefix), octetsOf(range)];
  if (own.octets.length !== outer.octets.length || own.length < outer.length) return false;
  const most = le ?? (ge === undefined ? outer.length : outer.octets.length * 8);
  if (own.length < (ge ?? outer.length) || own.length > most) return false;
  const shortened = octetsOf(`${prefix.split('/')[0]}/${outer.length}`);
  return shortened.octets.join() === outer.octets.join();
}

function octetsOf(prefix: string) {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) throw new Error(`not a prefix: ${prefix}`);
  return parsed.value;
}
