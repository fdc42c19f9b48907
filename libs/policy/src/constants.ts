import type { Policy, Verdict } from './types.ts';

const count = (hits: Float64Array | undefined): void => {
  if (hits !== undefined) hits[0]!++;
};
const ACCEPT: Verdict = { action: 'accept', by: 0 };
const REJECT: Verdict = { action: 'reject', by: 0 };

/** Passes every route unchanged. */
export const ACCEPT_ALL: Policy = {
  name: 'accept-all',
  terms: ['accept-all/default'],
  reads: new Set(),
  evaluate: (_route, _ctx, hits) => {
    count(hits);
    return ACCEPT;
  },
  trace: () => ({ verdict: ACCEPT, entries: [{ policy: 'accept-all', term: 'default', outcome: 'permit' }] }),
};

/** RFC 8212 §3: what an external neighbor gets in a direction for which no policy is configured. */
export const REJECT_ALL: Policy = {
  name: 'no-policy',
  terms: ['no-policy/rfc8212'],
  reads: new Set(),
  evaluate: (_route, _ctx, hits) => {
    count(hits);
    return REJECT;
  },
  trace: () => ({ verdict: REJECT, entries: [{ policy: 'no-policy', term: 'rfc8212', outcome: 'deny' }] }),
};
