import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  encodeRouterAdvertisement,
  encodeRouterSolicitation,
  type ReceivedMessage,
  readDiscoveryMessage,
} from './messages.ts';

/** As FRR 10.3 (zebra, `neighbor eth1 interface`) has sent it in the lab: hop limit 64, lifetime 30 s, source link-layer address. */
const FRR_ADVERTISEMENT = '86009a4a4000001e00000000000000000101a22b2fbf7ff4';
/** As the kernel of a host, Linux 6.18, has sent it in the lab when its interface came up. */
const LINUX_SOLICITATION = '8500fa6b0000000001012ace15f6019d';

const octetsOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const message = (hex: string, more: Partial<ReceivedMessage> = {}): ReceivedMessage => ({
  from: 'fe80::a02b:2fff:febf:7ff4',
  hopLimit: 255,
  octets: octetsOf(hex),
  ...more,
});

describe('messages from outside', () => {
  it.each([
    ['router-advertisement', FRR_ADVERTISEMENT],
    ['router-solicitation', LINUX_SOLICITATION],
  ])('%s', (expected, hex) => {
    expect(readDiscoveryMessage(message(hex))).toEqual({ ok: true, value: expected });
  });
});

describe('messages that say nothing (RFC 4861 §6.1)', () => {
  it.each<[string, ReceivedMessage, string]>([
    ['a hop limit below 255: it was forwarded', message(FRR_ADVERTISEMENT, { hopLimit: 254 }), 'hop-limit'],
    ['a hop limit that the kernel did not tell', message(FRR_ADVERTISEMENT, { hopLimit: -1 }), 'hop-limit'],
    ['from a global address', message(FRR_ADVERTISEMENT, { from: '2001:db8::1' }), 'source-not-link-local'],
    ['an advertisement from nowhere', message(FRR_ADVERTISEMENT, { from: '::' }), 'source-not-link-local'],
    ['code 1', message(`8601${FRR_ADVERTISEMENT.slice(4)}`), 'code-not-zero'],
    ['15 octets', message(FRR_ADVERTISEMENT.slice(0, 30)), 'too-short'],
    ['7 octets of a solicitation', message(LINUX_SOLICITATION.slice(0, 14)), 'too-short'],
    [
      'an option of length 0',
      message(`${FRR_ADVERTISEMENT.slice(0, 34)}00${FRR_ADVERTISEMENT.slice(36)}`),
      'option-length',
    ],
    ['an option that is cut off', message(FRR_ADVERTISEMENT.slice(0, -2)), 'option-length'],
    ['one octet of an option', message(`${FRR_ADVERTISEMENT}01`), 'option-length'],
    ['an echo request', message('8000000000000000'), 'not-a-discovery-message'],
    ['nothing', message(''), 'not-a-discovery-message'],
  ])('%s', (_rule, received, code) => {
    expect(readDiscoveryMessage(received)).toMatchObject({ ok: false, error: { code } });
  });

  it('a solicitation may come from a system that has no address yet (§6.1.1)', () => {
    expect(readDiscoveryMessage(message(LINUX_SOLICITATION, { from: '::' })).ok).toBe(true);
  });
});

describe('our own messages', () => {
  it('an advertisement makes nobody a default router: lifetime 0, no flags, nothing specified (§4.2)', () => {
    expect([...encodeRouterAdvertisement()]).toEqual([134, ...Array<number>(15).fill(0)]);
    expect(readDiscoveryMessage({ ...message(''), octets: encodeRouterAdvertisement() })).toEqual({
      ok: true,
      value: 'router-advertisement',
    });
  });

  it('a solicitation (§4.1)', () => {
    expect([...encodeRouterSolicitation()]).toEqual([133, 0, 0, 0, 0, 0, 0, 0]);
    expect(readDiscoveryMessage({ ...message(''), octets: encodeRouterSolicitation() }).ok).toBe(true);
  });
});

it.prop([
  fc.record({
    from: fc.oneof(fc.ipV6(), fc.string()),
    hopLimit: fc.oneof(fc.constant(255), fc.integer()),
    octets: fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ maxLength: 64 }).map((rest) => Uint8Array.of(134, 0, ...rest)),
    ),
  }),
])('whatever arrives, it is read without a throw, and counts only with hop limit 255 and from the link', (received) => {
  const read = readDiscoveryMessage(received);
  if (!read.ok) return;
  expect(received.hopLimit).toBe(255);
  expect(received.octets[1] ?? 0).toBe(0);
  if (read.value === 'router-advertisement') expect(received.from.toLowerCase()).toMatch(/^fe[89ab]/);
});
