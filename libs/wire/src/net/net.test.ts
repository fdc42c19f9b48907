import { asPath, ipv4Prefix, ipv6Prefix, u32 } from '@bgp/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFamily, parseFamily } from '../family.ts';
import {
  decodeRouteTarget,
  extendedCommunityFromBigint,
  extendedCommunityToBigint,
  formatAsPath,
  formatCommunity,
  formatExtendedCommunity,
  formatIpAddress,
  formatIpPrefix,
  formatLargeCommunity,
  parseAsn,
  parseAsPath,
  parseCommunity,
  parseExtendedCommunity,
  parseIpAddress,
  parseIpPrefix,
  parseLargeCommunity,
} from './index.ts';

describe('IP addresses', () => {
  it.each([
    // rule                                            text                          canonical
    ['leading zeros go (5952 §4.1)', '2001:0db8::0001', '2001:db8::1'],
    ['all zeros', '0:0:0:0:0:0:0:0', '::'],
    ['a single zero group stays (5952 §4.2.2)', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['the longest run (5952 §4.2.3)', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['the first of equal runs (5952 §4.2.3)', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['lower case (5952 §4.3)', '2001:DB8::AAAA', '2001:db8::aaaa'],
    ['a run at the end', '2001:db8:0:0:0:0:0:0', '2001:db8::'],
    ['a run in front', '0:0:0:0:0:0:0:1', '::1'],
    ['IPv4-mapped (5952 §5)', '::ffff:c000:201', '::ffff:192.0.2.1'],
    ['dotted quad at the end (4291 §2.2)', '64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['IPv4', '192.0.2.1', '192.0.2.1'],
  ])('%s', (_rule, text, canonical) => {
    const parsed = parseIpAddress(text);
    expect(parsed.ok && formatIpAddress(parsed.value)).toBe(canonical);
  });

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4.',
    '.1.2.3',
    '1..2.3',
    '01.2.3.4',
    '1.2.3.00',
    '1.2.3.256',
    '1.2.3.1000',
    '1.2.3.4e',
    ' 1.2.3.4',
    '1.2.3.4 ',
    'fe80::1%eth0',
    ':1:2:3:4:5:6:7',
  ])('refuses %j', (text) => {
    expect(parseIpAddress(text)).toEqual({ ok: false, error: { code: 'address-invalid', text } });
  });

  it('round trip', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((a) => Uint8Array.from(a)),
    );
    fc.assert(
      fc.property(octets, (address) => {
        expect(parseIpAddress(formatIpAddress(address))).toEqual({ ok: true, value: address });
      }),
    );
  });
});

describe('IP prefixes', () => {
  it('round trip, also of host bits that were set', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4Prefix(), ipv6Prefix()), (text) => {
        const parsed = parseIpPrefix(text);
        expect(parsed.ok && formatIpPrefix(parsed.value.octets, parsed.value.length)).toBe(text);
      }),
    );
    const parsed = parseIpPrefix('10.1.2.3/9');
    expect(parsed.ok && formatIpPrefix(parsed.value.octets, parsed.value.length)).toBe('10.0.0.0/9');
  });

  it.each([
    ['10.0.0.0', 'prefix-invalid'],
    ['10.0.0/8', 'prefix-invalid'],
    ['10.0.0.0/33', 'prefix-length-invalid'],
    ['::/129', 'prefix-length-invalid'],
    ['10.0.0.0/', 'prefix-length-invalid'],
    ['10.0.0.0/08', 'prefix-length-invalid'],
    ['10.0.0.0/-1', 'prefix-length-invalid'],
    ['10.0.0.0/1e1', 'prefix-length-invalid'],
    ['10.0.0.0/8.0', 'prefix-length-invalid'],
    ['10.0.0.0/4294967304', 'prefix-length-invalid'],
    ['10.0.0.0/8/8', 'prefix-length-invalid'],
    ['/8', 'prefix-invalid'],
  ])('refuses %s', (text, code) => {
    expect(parseIpPrefix(text)).toEqual({ ok: false, error: { code, text } });
  });
});

describe('communities', () => {
  it.each([
    ['NO_EXPORT', 0xffff_ff01],
    ['NO_ADVERTISE', 0xffff_ff02],
    ['NO_EXPORT_SUBCONFED', 0xffff_ff03],
    ['GRACEFUL_SHUTDOWN', 0xffff_0000],
    ['BLACKHOLE', 0xffff_029a],
    ['LLGR_STALE', 0xffff_0006],
    ['NO_LLGR', 0xffff_0007],
    ['65000:1', 0xfde8_0001],
  ])('%s', (text, value) => {
    expect(parseCommunity(text)).toEqual({ ok: true, value });
    expect(formatCommunity(value)).toBe(text);
  });

  it.each(['', '1', '1:2:3', '65536:1', '1:65536', '-1:1', 'no_export', '1: 2'])('refuses %j', (text) => {
    expect(parseCommunity(text)).toEqual({ ok: false, error: { code: 'community-invalid', text } });
  });

  it('round trips', () => {
    fc.assert(
      fc.property(u32(), u32(), u32(), (a, b, c) => {
        expect(parseCommunity(formatCommunity(a))).toEqual({ ok: true, value: a });
        const large = { globalAdministrator: a, localData1: b, localData2: c };
        expect(parseLargeCommunity(formatLargeCommunity(large))).toEqual({ ok: true, value: large });
        const raw = (BigInt(a) << 32n) | BigInt(b);
        expect(extendedCommunityToBigint(extendedCommunityFromBigint(raw))).toBe(raw);
      }),
    );
  });

  it.each(['1:2', '1:2:3:4', '4294967296:1:1', 'a:b:c'])('refuses large %j', (text) => {
    expect(parseLargeCommunity(text).ok).toBe(false);
  });

  it('large ones with the prefix of policies', () => {
    expect(parseLargeCommunity('LC:1:2:3')).toEqual({
      ok: true,
      value: { globalAdministrator: 1, localData1: 2, localData2: 3 },
    });
  });
});

describe('extended communities', () => {
  it.each([
    // The two sums are the check values of the reference's documents.
    ['RT:65002:100', 842131417596004n],
    ['RT:65001:42', 842127122628650n],
    ['RO:1:4294967295', 0x0003_0001_ffff_ffffn],
    ['RT:4200000000:7', 0x0202_fa56_ea00_0007n],
    ['RT:192.0.2.1:7', 0x0102_c000_0201_0007n],
    ['0x030c000000000008', 0x030c_0000_0000_0008n],
  ])('%s', (text, raw) => {
    const parsed = parseExtendedCommunity(text);
    expect(parsed.ok && extendedCommunityToBigint(parsed.value)).toBe(raw);
    expect(formatExtendedCommunity(extendedCommunityFromBigint(raw))).toBe(text);
  });

  it.each([
    'RT:1',
    'RT:65536:65536',
    'RT:1.2.3:1',
    'RT:1.2.3.4:65536',
    'RT:1:4294967296',
    'RT:4294967296:1',
    'XX:1:1',
    '0x12',
  ])('refuses %s', (text) => {
    expect(parseExtendedCommunity(text).ok).toBe(false);
  });

  it('a route target means the same in two-octet and four-octet form (RFC 5668 §3)', () => {
    const two = decodeRouteTarget(Uint8Array.of(0, 2, 0xfd, 0xe9, 0, 0, 0, 9));
    const four = decodeRouteTarget(Uint8Array.of(2, 2, 0, 0, 0xfd, 0xe9, 0, 9));
    expect(two).toEqual(four);
    expect(two).toEqual({ kind: 'RT', administrator: 65001, isAddress: false, assigned: 9 });
  });
});

describe('AS numbers, paths and families', () => {
  it.each([
    ['0', 0],
    ['4294967295', 4294967295],
    ['1.10', 65546],
    ['65535.65535', 4294967295],
  ])('AS %s (5396 §2)', (text, value) => {
    expect(parseAsn(text)).toEqual({ ok: true, value });
  });

  it.each(['', '-1', '4294967296', '1.65536', '65536.0', 'AS1', '1.2.3'])('refuses AS %j', (text) => {
    expect(parseAsn(text).ok).toBe(false);
  });

  it('paths: round trip', () => {
    fc.assert(
      fc.property(asPath({ confederation: true }), (path) => {
        expect(parseAsPath(formatAsPath(path))).toEqual({ ok: true, value: path });
      }),
    );
    expect(
      formatAsPath([
        { type: 'sequence', asns: [1, 2] },
        { type: 'set', asns: [3, 4] },
        { type: 'confed-sequence', asns: [5] },
        { type: 'confed-set', asns: [6] },
      ]),
    ).toBe('1 2 {3,4} (5) [6]');
  });

  it.each(['{1', '1}', '{}', '{1)', '({1})', 'x', '1 4294967296'])('refuses path %j', (text) => {
    expect(parseAsPath(text).ok).toBe(false);
  });

  it.each([
    ['ipv4_unicast', 0x101],
    ['ipv6_unicast', 0x201],
    ['l2vpn_evpn', 25 * 256 + 70],
    ['7/9', 7 * 256 + 9],
  ])('family %s', (text, family) => {
    expect(parseFamily(text)).toBe(family);
    expect(formatFamily(family)).toBe(text);
  });

  it.each(['', 'ipv5', '1/256', '65536/1'])('refuses family %j', (text) => {
    expect(parseFamily(text)).toBeUndefined();
  });
});
