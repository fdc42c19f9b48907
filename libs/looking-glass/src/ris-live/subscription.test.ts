import { describe, expect, it } from 'vitest';
import { AT_MS, eventOf, simpleUpdate } from '../testing/ris-events.ts';
import { RisMessage } from './message.ts';
import { matches, parseSubscriptions } from './subscription.ts';
import type { RisEvent } from './types.ts';

const PATH = [{ type: 'sequence', asns: [64500, 64501] }] as const;
const ANNOUNCE = simpleUpdate(['198.51.100.0/24', '10.1.0.0/16'], PATH);
const WITHDRAW = simpleUpdate(['198.51.100.0/24']);
const NOTIFICATION = eventOf({ type: 'NOTIFICATION', code: 6, subcode: 2, data: new Uint8Array(0) });
const DOWN: RisEvent = { event: 'state', atMs: AT_MS, peer: '192.0.2.1', peerAs: 64500, state: 'down' };

function isWanted(data: unknown, event: RisEvent): boolean {
  const parsed = parseSubscriptions(data);
  if (!parsed.ok) throw new Error(parsed.error);
  const message = RisMessage.of(event, 'rrc99', '');
  if (message === undefined) throw new Error('no message');
  return parsed.value.some((subscription) => matches(subscription, message));
}

describe('filters', () => {
  it.each<[string, unknown, RisEvent, boolean]>([
    ['nothing: everything', {}, ANNOUNCE, true],
    ['no data: everything', undefined, DOWN, true],
    ['null counts as absent', { host: null, prefix: null, path: null }, ANNOUNCE, true],
    ['host', { host: 'rrc99' }, ANNOUNCE, true],
    ['another host', { host: 'rrc00' }, ANNOUNCE, false],
    ['type', { type: 'UPDATE' }, ANNOUNCE, true],
    ['another type', { type: 'UPDATE' }, NOTIFICATION, false],
    ['state', { type: 'RIS_PEER_STATE' }, DOWN, true],
    ['require', { require: 'announcements' }, ANNOUNCE, true],
    ['require what is not there', { require: 'withdrawals' }, ANNOUNCE, false],
    ['require withdrawals', { require: 'withdrawals' }, WITHDRAW, true],
    ['require a name that every object has', { require: 'toString' }, ANNOUNCE, false],
    ['peer', { peer: '192.0.2.1' }, ANNOUNCE, true],
    ['another peer', { peer: '192.0.2.2' }, ANNOUNCE, false],
    ['path', { path: '64501$' }, ANNOUNCE, true],
    ['path as a number', { path: 64500 }, ANNOUNCE, true],
    ['another path', { path: '64500$' }, ANNOUNCE, false],
    ['inverted path', { path: '!64500$' }, ANNOUNCE, true],
    ['a path, and a message without one', { path: 64500 }, WITHDRAW, false],
    ['an inverted path, and a message without one', { path: '!64500' }, WITHDRAW, false],
    ['prefix', { prefix: '198.51.100.0/24' }, ANNOUNCE, true],
    ['prefix of a withdrawal', { prefix: '198.51.100.0/24' }, WITHDRAW, true],
    ['prefix that covers: more specifics are in by default', { prefix: '10.0.0.0/8' }, ANNOUNCE, true],
    ['prefix that covers, without more specifics', { prefix: '10.0.0.0/8', moreSpecific: false }, ANNOUNCE, false],
    ['prefix inside: less specifics are out by default', { prefix: '10.1.1.0/24' }, ANNOUNCE, false],
    ['prefix inside, with less specifics', { prefix: '10.1.1.0/24', lessSpecific: true }, ANNOUNCE, true],
    ['exactly, with neither', { prefix: '10.1.0.0/16', moreSpecific: false }, ANNOUNCE, true],
    ['prefix beside', { prefix: '10.2.0.0/16', lessSpecific: true }, ANNOUNCE, false],
    ['one of several prefixes', { prefix: ['10.2.0.0/16', '198.51.100.0/24'] }, ANNOUNCE, true],
    ['everything of IPv4', { prefix: '0.0.0.0/0' }, ANNOUNCE, true],
    ['everything of IPv6', { prefix: '::/0' }, ANNOUNCE, false],
    ['IPv6 as BGPalerter writes it', { prefix: '2001:7FB:FE00::/48' }, ANNOUNCE, false],
    ['a prefix, and a message without any', { prefix: '0.0.0.0/0' }, DOWN, false],
    [
      'all have to hold',
      { prefix: '198.51.100.0/24', path: '64501$', peer: '192.0.2.1', require: 'path' },
      ANNOUNCE,
      true,
    ],
    ['one does not', { prefix: '198.51.100.0/24', path: '64500$' }, ANNOUNCE, false],
  ])('%s', (_rule, data, event, expected) => {
    expect(isWanted(data, event)).toBe(expected);
  });

  it.each<[string, unknown]>([
    ['no object', 'x'],
    ['a list', []],
    ['a filter that does not exist', { prefx: '10.0.0.0/8' }],
    ['a type that does not exist', { type: 'update' }],
    ['no text', { host: 7 }],
    ['no address', { peer: '*' }],
    ['no boolean', { moreSpecific: 'yes' }],
    ['no pattern', { path: '.*' }],
    ['no path at all', { path: {} }],
    ['no prefix', { prefix: '10.0.0.0' }],
    ['no prefix in a list', { prefix: ['10.0.0.0/8', 7] }],
    ['an empty list', { prefix: [] }],
    ['too long a prefix', { prefix: '10.0.0.0/33' }],
  ])('%s is refused with a sentence', (_rule, data) => {
    expect(parseSubscriptions(data)).toEqual({ ok: false, error: expect.stringMatching(/^[A-Z].*\.$/i) });
  });
});
