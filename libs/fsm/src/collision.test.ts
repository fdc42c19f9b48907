import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveCollision } from './collision.ts';

describe('resolveCollision', () => {
  it.each([
    ['the higher identifier keeps its own (RFC 4271 §6.8)', '10.0.0.2', 1, '10.0.0.1', 2, 'keep-ours'],
    ['the lower one yields', '10.0.0.1', 2, '10.0.0.2', 1, 'keep-theirs'],
    ['compared as numbers, not as text', '10.0.0.9', 1, '10.0.0.10', 1, 'keep-theirs'],
    ['compared without a sign', '200.0.0.1', 1, '100.0.0.1', 1, 'keep-ours'],
    ['equal identifiers: the higher AS (RFC 6286 §2.3)', '10.0.0.1', 65002, '10.0.0.1', 65001, 'keep-ours'],
    ['equal identifiers: the lower AS yields', '10.0.0.1', 65001, '10.0.0.1', 4_200_000_000, 'keep-theirs'],
  ] as const)('%s', (_rule, localId, localAs, remoteId, remoteAs, expected) => {
    expect(resolveCollision(localId, localAs, remoteId, remoteAs)).toBe(expected);
  });

  it('both sides keep the same connection', () => {
    const speaker = fc.record({ id: fc.ipV4(), as: fc.integer({ min: 1, max: 0xffff_ffff }) });
    const pair = fc.oneof(
      fc.tuple(speaker, speaker),
      fc.tuple(speaker, speaker).map(([a, b]) => [a, { ...b, id: a.id }] as const),
    );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        fc.pre(a.id !== b.id || a.as !== b.as);
        const [fromA, fromB] = [resolveCollision(a.id, a.as, b.id, b.as), resolveCollision(b.id, b.as, a.id, a.as)];
        expect(fromA).not.toBe(fromB); // "ours" of the one is "theirs" of the other
      }),
    );
  });
});
