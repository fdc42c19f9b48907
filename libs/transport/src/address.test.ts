import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatEndpoint } from './address.ts';
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
