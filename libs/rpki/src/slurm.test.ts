import { describe, expect, it } from 'vitest';
import { RpkiData } from './rpki-data.ts';
import type { RtrRecord } from './rtr/session-types.ts';
import { runToEnd } from './sliced.ts';
import { isFiltered, NO_EXCEPTIONS, parseSlurm } from './slurm.ts';
import { createVrp, type Vrp } from './vrp.ts';

/** RFC 8416 §3.5, as printed. */
const EXAMPLE = {
  slurmVersion: 1,
  validationOutputFilters: {
    prefixFilters: [
      { prefix: '192.0.2.0/24', comment: 'All VRPs encompassed by prefix' },
      { asn: 64496, comment: 'All VRPs matching ASN' },
      { prefix: '198.51.100.0/24', asn: 64497, comment: 'All VRPs encompassed by prefix, matching ASN' },
    ],
    bgpsecFilters: [
      { asn: 64496, comment: 'All keys for ASN' },
      { SKI: 'Zm9v', comment: 'Key matching Router SKI' },
      { asn: 64497, SKI: 'YmFy', comment: 'Key for ASN 64497 matching Router SKI' },
    ],
  },
  locallyAddedAssertions: {
    prefixAssertions: [
      { asn: 64496, prefix: '198.51.100.0/24', comment: 'My other important route' },
      { asn: 64496, prefix: '2001:DB8::/32', maxPrefixLength: 48, comment: 'My other important de-aggregated routes' },
    ],
    bgpsecAssertions: [
      { asn: 64496, comment: 'My known key', SKI: '<some base64 SKI>', routerPublicKey: '<some base64 public key>' },
    ],
  },
};

const vrp = (prefix: string, asn: number, maxLength?: number) => createVrp(prefix, asn, maxLength) as Vrp; // valid text
const exceptions = (file: object) => {
  const parsed = parseSlurm(JSON.stringify(file));
  if (!parsed.ok) throw new Error(parsed.error.path);
  return parsed.value;
};

describe('a SLURM file (RFC 8416 §3)', () => {
  it('the example of §3.5', () => {
    const parsed = exceptions(EXAMPLE);
    expect(parsed.prefixAssertions).toEqual([vrp('198.51.100.0/24', 64496), vrp('2001:db8::/32', 64496, 48)]);
    expect(parsed.prefixFilters).toHaveLength(3);
    expect(parsed.bgpsecIgnored).toBe(4);
  });

  it.each<[string, Vrp, boolean]>([
    ['a prefix alone takes the prefix', vrp('192.0.2.0/24', 1), true],
    ['and everything inside it', vrp('192.0.2.128/25', 1), true],
    ['but nothing around it', vrp('192.0.0.0/16', 1), false],
    ['an AS alone takes all of its own', vrp('2001:db8::/32', 64496), true],
    ['both: the AS within the prefix', vrp('198.51.100.0/25', 64497), true],
    ['both: not another AS', vrp('198.51.100.0/25', 64498), false],
    ['both: not another prefix', vrp('198.51.101.0/24', 64497), false],
    ['the other family is another prefix', vrp('c000:200::/24', 1), false],
  ])('filter, §3.3.1: %s', (_rule, one, expected) => {
    expect(isFiltered(exceptions(EXAMPLE), one)).toBe(expected);
  });

  it.each<[string, unknown, object]>([
    ['no JSON', '{', { code: 'json-invalid' }],
    ['another version', { ...EXAMPLE, slurmVersion: 2 }, { code: 'version-unsupported' }],
    [
      'a member that is missing',
      { slurmVersion: 1, validationOutputFilters: {} },
      { code: 'member-missing', path: 'locallyAddedAssertions' },
    ],
    ['a member that nobody knows (§3.1)', { ...EXAMPLE, more: 1 }, { code: 'member-unknown', path: 'more' }],
    ...(
      [
        [{}, 'entry-invalid', 'validationOutputFilters.prefixFilters[0]'],
        [{ asn: '1' }, 'entry-invalid', 'validationOutputFilters.prefixFilters[0].asn'],
        [{ prefix: '10.0.0.1/8' }, 'entry-invalid', 'validationOutputFilters.prefixFilters[0].prefix'],
        [{ asn: 1, maxPrefixLength: 9 }, 'member-unknown', 'validationOutputFilters.prefixFilters[0].maxPrefixLength'],
      ] as const
    ).map(([entry, code, path]): [string, unknown, object] => [
      `filter ${JSON.stringify(entry)}`,
      { ...EXAMPLE, validationOutputFilters: { prefixFilters: [entry], bgpsecFilters: [] } },
      { code, path },
    ]),
    ...(
      [
        [{ asn: 1 }, 'member-missing', 'locallyAddedAssertions.prefixAssertions[0].prefix'],
        [
          { asn: 1, prefix: '10.0.0.0/8', maxPrefixLength: 7 },
          'entry-invalid',
          'locallyAddedAssertions.prefixAssertions[0]',
        ],
      ] as const
    ).map(([entry, code, path]): [string, unknown, object] => [
      `assertion ${JSON.stringify(entry)}`,
      { ...EXAMPLE, locallyAddedAssertions: { prefixAssertions: [entry], bgpsecAssertions: [] } },
      { code, path },
    ]),
  ])('%s is refused as a whole', (_rule, file, error) => {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    expect(parseSlurm(text)).toMatchObject({ ok: false, error });
  });
});

describe('exceptions on top of caches', () => {
  const records: RtrRecord[] = [vrp('192.0.2.0/24', 1), vrp('203.0.113.0/24', 2)].map((one) => ({
    version: 1,
    type: 'prefix',
    announce: true,
    vrp: one,
  }));
  const state = (data: RpkiData) =>
    (['192.0.2.0/24', '203.0.113.0/24', '198.51.100.0/24'] as const).map((prefix) => {
      const { w0, length } = vrp(prefix, 0);
      return [1, 2, 64496].map((as) => data.vrps.validateIpv4(w0, length, as)).join(' ');
    });
  const NOT_FOUND = 'not-found not-found not-found';
  const WITHOUT = ['valid invalid invalid', 'invalid valid invalid', NOT_FOUND];
  const WITH = [NOT_FOUND, 'invalid valid invalid', 'invalid invalid valid'];

  it('come and go with the file, whatever comes first, and outlive the caches', () => {
    const data = new RpkiData([{ name: 'a', preference: 1 }], 'preferred-first');
    runToEnd(data.update('a', true, records));
    expect(state(data)).toEqual(WITHOUT);
    runToEnd(data.setExceptions(exceptions(EXAMPLE)));
    expect(state(data)).toEqual(WITH);
    runToEnd(data.setExceptions(NO_EXCEPTIONS));
    expect(state(data)).toEqual(WITHOUT);
    runToEnd(data.setExceptions(exceptions(EXAMPLE)));
    runToEnd(data.discard('a'));
    expect(state(data)).toEqual([NOT_FOUND, NOT_FOUND, 'invalid invalid valid']);
    runToEnd(data.update('a', true, records));
    expect(state(data)).toEqual(WITH);
  });
});
