import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatEndpoint, socketAddress, withZone } from './address.ts';
import { closeReasonFor } from './close-reason.ts';

describe('canonicalAddress', () => {
  it.each([
    ['IPv4 stays', '192.0.2.1', '192.0.2.1'],
    ['IPv6 stays', '2001:db8::1', '2001:db8::1'],
    ['IPv4-mapped becomes IPv4', '::ffff:192.0.2.1', '192.0.2.1'],
    ['IPv4-mapped, upper case', '::FFFF:192.0.2.1', '192.0.2.1'],
    ['the zone goes', 'fe80::1%eth0', 'fe80::1'],
    ['lower case', 'FE80::A', 'fe80::a'],
  ])('%s', (_rule, text, expected) => {
    expect(canonicalAddress(text)).toBe(expected);
  });
});

describe('socketAddress', () => {
  it.each([
    ['an interface for link-local addresses', 'fe80::1%eth0', { address: 'fe80::1', port: 179, interface: 'eth0' }],
    ['the far end of fe80::/10', 'febf::1%swp1.100', { address: 'febf::1', port: 179, interface: 'swp1.100' }],
    ['none for others', '2001:db8::1', { address: '2001:db8::1', port: 179 }],
    ['none for IPv4', '::ffff:192.0.2.1', { address: '192.0.2.1', port: 179 }],
  ])('%s', (_rule, text, expected) => {
    expect(socketAddress(text, 179)).toEqual(expected);
  });
});

it.each([
  ['fe80::1', 'eth0', 'fe80::1%eth0'],
  ['fe80::1', undefined, 'fe80::1'],
  ['2001:db8::1', 'eth0', '2001:db8::1'],
  ['192.0.2.1', 'eth0', '192.0.2.1'],
])('withZone: %s on %s is %s', (address, link, expected) => {
  expect(withZone(address, link)).toBe(expected);
});

it('endpoints put IPv6 in brackets', () => {
  expect([formatEndpoint('::1', 179), formatEndpoint('127.0.0.1', 179)]).toEqual(['[::1]:179', '127.0.0.1:179']);
});

describe('closeReasonFor', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['EADDRNOTAVAIL', 'other'],
    ['EWHATEVER', 'other'],
  ])('%s is %s', (code, expected) => {
    const reason = closeReasonFor(Object.assign(new Error('system text'), { code }));
    expect(reason.code).toBe(expected);
    expect(reason.detail).toContain(code === 'EWHATEVER' ? 'system text' : code);
  });
});
