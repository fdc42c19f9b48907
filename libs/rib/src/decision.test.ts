import { describe, expect, it } from 'vitest';
import { DECISION_STEPS, eliminate, selectBest } from './decision.ts';
import { decisionInput } from './decision-fixture.ts';
import type { OraclePath } from './decision-oracle.ts';
import { DECISION_STEP_IDS } from './decision-step-id.ts';

const REFERENCE: OraclePath = {
  isLongLivedStale: false,
  originRank: 1,
  pathRank: 1,
  localPref: 100,
  asPathLength: 2,
  origin: 1,
  med: 5,
  neighborAs: 64500,
  isExternal: true,
  interiorCost: 10,
  originatorId: undefined,
  bgpIdentifier: 50,
  clusterListLength: 1,
  peerAddress: 50,
  pathId: 5,
};

describe('one changed field decides, by its own step', () => {
  it.each<[string, Partial<OraclePath>, Partial<OraclePath>, string]>([
    // rule                                                      better                  worse                    step
    ['long-lived stale last (RFC 9494 §4.4)', { localPref: 0 }, { isLongLivedStale: true }, 'stale_preference'],
    ['valid origin first (RFC 6811 §2)', { originRank: 0, pathRank: 2 }, { localPref: 200 }, 'rpki_preference'],
    ['invalid origin last', { localPref: 0 }, { originRank: 2, pathRank: 0 }, 'rpki_preference'],
    ['verified path first (ASPA)', { pathRank: 0 }, { localPref: 200 }, 'aspa_preference'],
    ['invalid path last', { localPref: 0 }, { pathRank: 2 }, 'aspa_preference'],
    ['higher LOCAL_PREF (§9.1.1)', { localPref: 101 }, { asPathLength: 1 }, 'higher_local_pref'],
    ['shorter AS_PATH (a)', { asPathLength: 1 }, { origin: 0 }, 'shorter_as_path'],
    ['lower ORIGIN (b)', { origin: 0 }, { med: 0 }, 'lower_origin'],
    ['lower MED of one neighboring AS (c)', { med: 4, isExternal: false }, {}, 'lower_med'],
    ['MED of different ASes does not count (c)', { med: 9 }, { neighborAs: 1, isExternal: false }, 'ebgp_over_ibgp'],
    ['external before internal (d)', {}, { isExternal: false, interiorCost: 0 }, 'ebgp_over_ibgp'],
    ['lower interior cost (e)', { interiorCost: 9 }, { bgpIdentifier: 1 }, 'lower_interior_cost'],
    ['lower BGP Identifier (f)', { bgpIdentifier: 49 }, { clusterListLength: 0 }, 'lower_originator_id'],
    ['ORIGINATOR_ID in its place (RFC 4456 §9)', { originatorId: 1 }, { bgpIdentifier: 2 }, 'lower_originator_id'],
    ['ORIGINATOR_ID also where it harms', { bgpIdentifier: 60 }, { originatorId: 61 }, 'lower_originator_id'],
    ['shorter CLUSTER_LIST (RFC 4456 §9)', { clusterListLength: 0 }, { peerAddress: 1 }, 'shorter_cluster_list'],
    ['lower peer address (g)', { peerAddress: 49 }, { pathId: 1 }, 'lower_peer_address'],
    ['lower path identifier', { pathId: 4 }, {}, 'lower_path_id'],
  ])('%s', (_rule, better, worse, step) => {
    const input = decisionInput(
      [
        { ...REFERENCE, ...worse },
        { ...REFERENCE, ...better },
      ],
      false,
    );
    expect(selectBest(input, Uint32Array.of(1, 2), 2)).toBe(2);
    const { best, removedBy } = eliminate(input, [1, 2]);
    expect(best).toBe(2);
    expect([...removedBy]).toEqual([[1, step]]);
  });

  it.each([
    ['neither', 0, 'higher_local_pref', 2],
    ['the path alone', 0b0011, 'aspa_preference', 1],
    ['the origin alone', 0b1100, 'rpki_preference', 2],
  ])('of the validity counts: %s', (_rule, mask, step, best) => {
    const paths = [
      { ...REFERENCE, originRank: 2, pathRank: 0 },
      { ...REFERENCE, localPref: 101 },
    ];
    const input = decisionInput(paths, false, mask);
    expect(selectBest(input, Uint32Array.of(1, 2), 2)).toBe(best);
    expect([...eliminate(input, [1, 2]).removedBy.values()]).toEqual([step]);
  });

  it('MED across ASes counts when it is always compared', () => {
    const paths = [
      { ...REFERENCE, neighborAs: 1 },
      { ...REFERENCE, med: 4, isExternal: false },
    ];
    expect(eliminate(decisionInput(paths, true), [1, 2]).best).toBe(2);
    expect(eliminate(decisionInput(paths, false), [1, 2]).best).toBe(1);
  });

  it('three paths where pairwise comparison goes in a circle (RFC 4271 §9.1.2.2 (c))', () => {
    // 1 beats 2 by MED; 2 beats 3 and 3 beats 1 by identifier. From the set, 2 falls first, then 3 wins over 1.
    const paths = [
      { ...REFERENCE, med: 1, bgpIdentifier: 9 },
      { ...REFERENCE, med: 2, bgpIdentifier: 1 },
      { ...REFERENCE, neighborAs: 1, bgpIdentifier: 5 },
    ];
    for (const order of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]) {
      expect(selectBest(decisionInput(paths, false), Uint32Array.from(order), 3)).toBe(3);
    }
  });

  it('every identifier has its step, in order, and each step names its source', () => {
    expect(DECISION_STEPS.map(({ id }) => id)).toEqual(DECISION_STEP_IDS);
    for (const { source } of DECISION_STEPS) expect(source).toMatch(/RFC \d+|ours/);
  });
});
