import { describe, expect, it } from 'vitest';
import { CacheSet } from './cache-set.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { createVrp, type Vrp } from './vrp.ts';
import { parseVrpJson } from './vrp-json.ts';

const record = (asn: number, announce = true): RtrRecord => ({
  version: 2,
  type: 'prefix',
  announce,
  vrp: createVrp('192.0.2.0/24', asn) as Vrp, // valid text
});
const CACHES = [
  { name: 'first', preference: 1 },
  { name: 'second', preference: 2 },
];
const asns = (vrps: readonly Vrp[]) => vrps.map((vrp) => vrp.asn);
const shown = (set: ReturnType<CacheSet['discard']>) => [asns(set.vrps.announce), asns(set.vrps.withdraw)];

describe('several caches', () => {
  it('union: a record goes when the last cache drops it', () => {
    const set = new CacheSet(CACHES);
    set.update('first', true, [record(1)]);
    const second = set.update('second', true, [record(1), record(2)]);
    expect(second.ok && shown(second.value)).toEqual([[2], []]);
    expect(shown(set.discard('first'))).toEqual([[], []]);
    expect(shown(set.discard('second'))).toEqual([[], [1, 2]]);
  });
  it('preferred first: the other one counts only without the first (RFC 8210 §10)', () => {
    const set = new CacheSet(CACHES, 'preferred-first');
    set.update('second', true, [record(1), record(2)]);
    const first = set.update('first', true, [record(1), record(3)]);
    expect(first.ok && shown(first.value)).toEqual([[3], [2]]);
    expect(shown(set.discard('first'))).toEqual([[2], [3]]);
  });
  it('a faulty response changes nothing', () => {
    const set = new CacheSet(CACHES);
    set.update('first', true, [record(1)]);
    const twice = set.update('first', false, [record(2), record(1)]);
    expect(twice).toMatchObject({ ok: false, error: { code: 'duplicate-announcement', index: 1 } });
    expect(set.update('first', false, [record(2, false)])).toMatchObject({ ok: false, error: { errorCode: 6 } });
    expect(shown(set.discard('first'))).toEqual([[], [1]]);
  });
  it('providers of a customer are those of all caches', () => {
    const aspa = (...providerAses: number[]): RtrRecord => ({
      version: 2,
      type: 'aspa',
      announce: true,
      customerAs: 1,
      providerAses,
    });
    const set = new CacheSet(CACHES);
    set.update('first', true, [aspa(2)]);
    const both = set.update('second', true, [aspa(3)]);
    expect(both.ok && both.value.aspas.announce).toEqual([{ customerAs: 1, providerAses: [2, 3] }]);
    expect(set.discard('first').aspas.announce).toEqual([{ customerAs: 1, providerAses: [3] }]);
    expect(set.discard('second').aspas.withdraw).toEqual([1]);
  });
});

describe('VRPs from JSON', () => {
  it.each([
    [
      'rpki-client',
      '{"roas":[{"asn":64500,"prefix":"10.0.0.0/8","maxLength":9,"ta":"ripe","expires":1}],"aspas":[{"customer_asid":1,"providers":[3,2]}]}',
    ],
    [
      'Routinator',
      '{"roas":[{"asn":"AS64500","prefix":"10.0.0.0/8","maxLength":9,"ta":"ripe"}],"aspas":[{"customer":"AS1","providers":["AS2","AS3"]}]}',
    ],
  ])('%s', (_format, text) => {
    const aspas = [{ customerAs: 1, providerAses: [2, 3] }];
    expect(parseVrpJson(text)).toEqual({ ok: true, value: { vrps: [createVrp('10.0.0.0/8', 64500, 9)], aspas } });
  });
  it.each([
    ['{', { code: 'json-invalid' }],
    ['[]', { code: 'roas-missing' }],
    ['{"roas":[{"asn":1,"prefix":"10.0.0.1/8"}]}', { code: 'host-bits-set', index: 0 }],
    ['{"roas":[{"asn":1,"prefix":"10.0.0.0/8","maxLength":7}]}', { code: 'max-length-invalid', index: 0 }],
    ['{"roas":[{"asn":"x","prefix":"10.0.0.0/8"}]}', { code: 'asn-invalid', index: 0 }],
  ])('%s is refused', (text, error) => {
    expect(parseVrpJson(text)).toMatchObject({ ok: false, error });
  });
});
