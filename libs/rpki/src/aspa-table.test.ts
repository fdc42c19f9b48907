import { describe, expect, it } from 'vitest';
import { AspaTable, type LocalRole } from './aspa-table.ts';

// M27 of the interop matrix, and a chain 1 → 2 → 3 ← 5 ← 4 for the two ramps.
const table = new AspaTable();
table.apply({
  announce: [
    { customerAs: 65003, providerAses: [65002, 65006] },
    { customerAs: 65004, providerAses: [65099] },
    { customerAs: 1, providerAses: [2] },
    { customerAs: 2, providerAses: [3] },
    { customerAs: 4, providerAses: [5] },
    { customerAs: 5, providerAses: [3] },
  ],
  withdraw: [],
});

describe('AS_PATH verification (draft-28 §5.4, §5.5)', () => {
  it.each<[string, number[], LocalRole, string]>([
    ['one hop', [65002], 'peer', 'valid'],
    ['attested', [65002, 65003], 'provider', 'valid'],
    ['not a provider', [65002, 65004], 'peer', 'invalid'],
    ['no attestation', [65002, 65005], 'peer', 'unknown'],
    ['repeated ASes count once', [65002, 65002, 65003, 65003], 'rs', 'valid'],
    ['an empty path', [], 'peer', 'invalid'],
    ['up and down, from a provider', [4, 5, 3, 2, 1], 'customer', 'valid'],
    ['up and down, from a peer', [4, 5, 3, 2, 1], 'peer', 'invalid'],
    ['a valley', [3, 2, 1, 2, 3], 'customer', 'invalid'],
    ['a gap in the middle', [4, 5, 9, 8, 2, 1], 'customer', 'invalid'],
    ['one hop between the ramps without a record', [5, 3, 9, 2], 'customer', 'unknown'],
    ['ramps that do not meet, unknown between', [4, 5, 3, 9, 8], 'customer', 'unknown'],
  ])('%s', (_rule, asns, role, expected) => {
    expect(table.verify([{ type: 'sequence', asns }], role, asns[0] ?? 0)).toBe(expected);
  });

  it('the neighbor comes first, except for a client of a route server', () => {
    const path = [{ type: 'sequence', asns: [65002] }] as const;
    expect(table.verify(path, 'peer', 7)).toBe('invalid');
    expect(table.verify(path, 'rs-client', 7)).toBe('valid');
  });

  it('an AS_SET is invalid', () => {
    expect(
      table.verify(
        [
          { type: 'sequence', asns: [65002] },
          { type: 'set', asns: [1] },
        ],
        'peer',
        65002,
      ),
    ).toBe('invalid');
  });

  it('names the customers whose set differs', () => {
    const other = new AspaTable();
    const announce = [{ customerAs: 1, providerAses: [2] }];
    expect(other.apply({ announce, withdraw: [7] })).toEqual(new Set([1]));
    expect(other.apply({ announce, withdraw: [] })).toEqual(new Set());
    expect(other.apply({ announce: [], withdraw: [1] })).toEqual(new Set([1]));
  });
});
