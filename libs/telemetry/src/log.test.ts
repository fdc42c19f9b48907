import type { SpeakerEvent } from '@bgp/speaker';
import { IPV4_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText } from './escape-text.ts';
import { logRecordFor } from './log.ts';

const at = { atMs: 0, peer: '10.0.0.2' };
const up = { ...at, remoteAs: 65002, routerId: '10.0.0.2', holdTime: 90, families: [IPV4_UNICAST] };

describe('logRecordFor', () => {
  it.each<[SpeakerEvent, string, string]>([
    [{ type: 'speaker-started', atMs: 0 }, 'info', 'speaker started'],
    [{ type: 'speaker-stopping', atMs: 0, reason: 'SIGTERM' }, 'info', 'speaker stopping'],
    [{ type: 'speaker-stopped', atMs: 0 }, 'info', 'speaker stopped'],
    [{ type: 'peer-added', ...at }, 'info', 'peer added'],
    [{ type: 'peer-removed', ...at }, 'info', 'peer removed'],
    [{ type: 'peer-enabled', ...at }, 'info', 'peer enabled'],
    [{ type: 'peer-disabled', ...at }, 'info', 'peer disabled'],
    [{ type: 'state-changed', ...at, from: 'Idle', to: 'Connect' }, 'debug', 'session state changed'],
    [{ type: 'state-changed', ...at, from: 'OpenConfirm', to: 'Established' }, 'info', 'session state changed'],
    [{ type: 'state-changed', ...at, from: 'Established', to: 'Idle' }, 'info', 'session state changed'],
    [{ type: 'session-up', ...up }, 'info', 'peer session established'],
    [{ type: 'session-down', ...at, reason: 'tcp-closed', detail: 'x' }, 'warn', 'peer session down'],
    [{ type: 'session-down', ...at, reason: 'admin', detail: 'x' }, 'info', 'peer session down'],
    [
      { type: 'notification', ...at, direction: 'sent', code: 6, subcode: 2, data: new Uint8Array() },
      'warn',
      'notification sent',
    ],
    [
      { type: 'notification', ...at, direction: 'received', code: 6, subcode: 2, data: new Uint8Array() },
      'warn',
      'notification received',
    ],
    [{ type: 'update-error', ...at, code: 'c', action: 'treat-as-withdraw', detail: '' }, 'warn', 'malformed update'],
    [{ type: 'end-of-rib', ...at, family: IPV4_UNICAST, direction: 'sent' }, 'debug', 'end-of-rib sent'],
    [
      { type: 'policy-missing', ...at, directions: ['import'] },
      'warn',
      'external peer without policy exchanges no routes',
    ],
    [{ type: 'max-prefixes-exceeded', ...at, limit: 1, received: 2 }, 'warn', 'max-prefix limit exceeded'],
    [
      { type: 'slow-peer', ...at, queuedOctets: 1, state: 'detached' },
      'warn',
      'peer reads too slowly, resynchronising later',
    ],
    [{ type: 'slow-peer', ...at, queuedOctets: 1, state: 'caught-up' }, 'info', 'slow peer caught up'],
    [
      { type: 'connection-refused', atMs: 0, from: '192.0.2.9', reason: 'disabled' },
      'warn',
      'incoming connection refused',
    ],
    [{ type: 'neighbor-found', ...at, address: 'fe80::1' }, 'info', 'neighbor found on its interface'],
    [{ type: 'neighbor-lost', ...at, detail: 'x' }, 'warn', 'neighbor lost'],
    [{ type: 'discovery-trouble', ...at, detail: 'x' }, 'warn', 'neighbor not found'],
    [{ type: 'connect-failed', ...at, code: 'refused', detail: 'x' }, 'info', 'connection attempt failed'],
  ])('%j: %s, %s', (event, level, message) => {
    const record = logRecordFor(event);
    expect(record).toMatchObject({ level, message });
    const subject = 'peer' in event ? event.peer : 'from' in event ? event.from : undefined;
    expect(record.fields.peer ?? record.fields.from).toBe(subject);
  });

  it('session-up says what was agreed', () => {
    expect(logRecordFor({ type: 'session-up', ...up }).fields).toEqual({
      peer: '10.0.0.2',
      remote_as: 65002,
      router_id: '10.0.0.2',
      hold_time: 90,
      families: ['ipv4_unicast'],
    });
  });

  it('an unknown neighbor: the command that would accept it', () => {
    const { fields } = logRecordFor({ type: 'connection-refused', atMs: 0, from: '192.0.2.9', reason: 'unknown-peer' });
    expect(fields.hint).toBe('to accept it: tsbgpctl neighbor add 192.0.2.9 --remote-asn ASN');
  });

  it.each<[string, SpeakerEvent]>([
    [
      'shutdown communication',
      {
        type: 'notification',
        ...at,
        direction: 'received',
        code: 6,
        subcode: 2,
        data: new Uint8Array(),
        text: 'bye\n\u001b[2J\u202e',
      },
    ],
    ['detail', { type: 'session-down', ...at, reason: 'tcp-closed', detail: 'bye\n\u001b[2J\u202e' }],
    ['reason', { type: 'peer-disabled', ...at, reason: 'bye\n\u001b[2J\u202e' }],
    [
      'update error',
      { type: 'update-error', ...at, code: 'c', action: 'treat-as-withdraw', detail: 'bye\n\u001b[2J\u202e' },
    ],
    ['connect error', { type: 'connect-failed', ...at, code: 'c', detail: 'bye\n\u001b[2J\u202e' }],
  ])('peer-supplied text is escaped: %s', (_what, event) => {
    const text = Object.values(logRecordFor(event).fields).join(' ');
    expect(text).toContain('bye\\u{a}\\u{1b}[2J\\u{202e}');
  });

  it('notification data is shown in hex and cut', () => {
    const data = new Uint8Array(40).fill(0xab);
    const { fields } = logRecordFor({ type: 'notification', ...at, direction: 'received', code: 3, subcode: 1, data });
    expect(fields).toMatchObject({ code: 3, subcode: 1, name: 'UPDATE Message Error/Malformed Attribute List' });
    expect(fields.data).toBe(`${'ab'.repeat(32)}… (40 octets)`);
  });
});

describe('escapeText', () => {
  it.each([
    ['plain text stays', 'maintenance at 10:00, ä 日本', 'maintenance at 10:00, ä 日本'],
    ['a backslash is doubled, so that escapes are unambiguous', 'a\\u{a}', 'a\\\\u{a}'],
    ['lone surrogates', 'a\ud800b', 'a\\u{d800}b'],
    ['line separators', 'a\u2028b', 'a\\u{2028}b'],
  ])('%s', (_rule, text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  it('is cut at 256 characters', () => {
    expect(escapeText('x'.repeat(300))).toBe(`${'x'.repeat(256)}…`);
  });

  it('leaves nothing invisible, and different texts stay different (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 40 }),
        (a, b) => {
          expect(escapeText(a)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(escapeText(a) === escapeText(b)).toBe(a === b);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
