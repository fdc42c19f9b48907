import { fc, it } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { CacheSet } from '../cache-set.ts';
import { createVrp, type Vrp } from '../vrp.ts';
import { encodeRtrPdu } from './pdu.ts';
import { createRtrSession, limitTimers, stepRtr } from './session.ts';
import type { RtrAction, RtrEvent, RtrSession } from './session-types.ts';
import type { RtrPdu, RtrVersion } from './types.ts';

const VRP = createVrp('192.0.2.0/24', 64500) as Vrp; // valid text
const pdu = (value: RtrPdu): RtrEvent => ({ type: 'received', pdu: value });
const response = (sessionId: number, version: RtrVersion = 2) => pdu({ version, type: 'cache-response', sessionId });
const prefix = (announce = true) => pdu({ version: 2, type: 'prefix', announce, vrp: VRP });
const end = (sessionId: number, serial: number) => pdu({ version: 2, type: 'end-of-data', sessionId, serial });
const start: RtrEvent[] = [{ type: 'start' }, { type: 'connected' }];
const taken: RtrEvent = { type: 'update-taken' };
const loaded = [...start, response(7), prefix(), end(7, 1), taken];

function run(events: readonly RtrEvent[]): { session: RtrSession; actions: readonly RtrAction[] } {
  let session = createRtrSession();
  let actions: readonly RtrAction[] = [];
  for (const event of events) ({ session, actions } = stepRtr(session, event));
  return { session, actions };
}
const sent = (events: readonly RtrEvent[]) => run(events).actions.flatMap((a) => (a.type === 'send' ? [a.pdu] : []));

describe('RTR session (RFC 8210)', () => {
  it('§8.1: a Reset Query first, in version 2', () => {
    expect(sent(start)).toEqual([{ version: 2, type: 'reset-query' }]);
  });
  it('§8.1: the response counts at its End of Data', () => {
    expect(run(loaded.slice(0, -2)).actions).toEqual([]);
    expect(run(loaded.slice(0, -1)).actions).toContainEqual(expect.objectContaining({ type: 'update', reset: true }));
  });
  it('§8.2: a notify asks for the difference', () => {
    const notify = pdu({ version: 2, type: 'serial-notify', sessionId: 7, serial: 2 });
    expect(sent([...loaded, notify])).toEqual([{ version: 2, type: 'serial-query', sessionId: 7, serial: 1 }]);
  });
  it('after a loss the data stays, and the session goes on where it was', () => {
    const lost: RtrEvent[] = [...loaded, { type: 'disconnected' }];
    expect(run(lost).actions).not.toContainEqual({ type: 'discard' });
    const again: RtrEvent[] = [...lost, { type: 'timer-expired', timer: 'retry' }, { type: 'connected' }];
    expect(sent(again)).toEqual([{ version: 2, type: 'serial-query', sessionId: 7, serial: 1 }]);
    // §5.1: another session flushes what the old one said.
    expect(run([...again, response(8)]).actions).toContainEqual({ type: 'discard' });
  });
  it('§8.3: a Cache Reset asks for all, and keeps the data meanwhile', () => {
    const events: RtrEvent[] = [
      ...loaded,
      { type: 'timer-expired', timer: 'refresh' },
      pdu({ version: 2, type: 'cache-reset' }),
    ];
    expect(sent(events)).toEqual([{ version: 2, type: 'reset-query' }]);
    expect(run(events).actions).not.toContainEqual({ type: 'discard' });
  });
  it('§6: expired data is discarded, also when the session is at odds with its cache', () => {
    const expire: RtrEvent = { type: 'timer-expired', timer: 'expire' };
    expect(run([...loaded, expire]).actions).toEqual([{ type: 'discard' }]);
    const refused: RtrEvent = { type: 'update-refused', errorCode: 7, detail: 'twice' };
    expect(run([...loaded, refused, expire]).actions).toEqual([{ type: 'discard' }]);
  });
  it('§6: an answer that is refused gives the data held before it no more time', () => {
    const startsExpire = (events: readonly RtrEvent[]) =>
      run(events).actions.some((action) => action.type === 'start-timer' && action.timer === 'expire');
    const answered = [...loaded, { type: 'timer-expired', timer: 'refresh' } as const, response(7), end(7, 2)];
    expect(startsExpire(answered)).toBe(false);
    expect(startsExpire([...answered, taken])).toBe(true);
    const refused: RtrEvent = { type: 'update-refused', errorCode: 7, detail: 'twice' };
    expect(startsExpire([...answered, refused])).toBe(false);
    // The time is up while the answer is looked at: what becomes of it decides.
    const expire: RtrEvent = { type: 'timer-expired', timer: 'expire' };
    expect(run([...answered, expire]).actions).toEqual([]);
    expect(run([...answered, expire, refused]).actions).toContainEqual({ type: 'discard' });
    expect(run([...answered, expire, taken]).actions).not.toContainEqual({ type: 'discard' });
  });
  it('§5.11: a report carries the PDU that was wrong', () => {
    const octetsOf = (value: RtrPdu) => {
      const encoded = encodeRtrPdu(value);
      return encoded.ok ? encoded.value : undefined;
    };
    const early: RtrPdu = { version: 2, type: 'prefix', announce: true, vrp: VRP };
    expect(sent([...start, pdu(early)])).toMatchObject([{ errorCode: 0, pdu: octetsOf(early) }]);
    const lower: RtrPdu = { version: 1, type: 'cache-response', sessionId: 7 };
    expect(sent([...start, response(7), pdu(lower)])).toMatchObject([{ errorCode: 8, pdu: octetsOf(lower) }]);
    const record = { version: 2, type: 'prefix', announce: false, vrp: VRP } as const;
    const refused: RtrEvent = { type: 'update-refused', errorCode: 6, detail: 'not here', record };
    expect(sent([...loaded, refused])).toMatchObject([{ errorCode: 6, pdu: octetsOf(record) }]);
  });
  it('§7: a version that nobody knows is an unexpected one once there is another', () => {
    const octets = Uint8Array.of(9, 3, 0, 7, 0, 0, 0, 8);
    const error = { code: 'version-unsupported', errorCode: 4, detail: 'version 9' } as const;
    const strange: RtrEvent = { type: 'malformed', error, octets };
    expect(sent([...start, strange])).toMatchObject([{ errorCode: 4, pdu: octets }]);
    expect(sent([...loaded, strange])).toMatchObject([{ errorCode: 8, pdu: octets }]);
  });
  it('a cache that was upgraded is asked in the highest version when it is back', () => {
    const unsupported = pdu({ version: 1, type: 'error-report', errorCode: 4, pdu: new Uint8Array(0), text: '' });
    const old: RtrEvent[] = [...start, unsupported, { type: 'connected' }, response(7, 1)];
    const held: RtrEvent[] = [...old, pdu({ version: 1, type: 'end-of-data', sessionId: 7, serial: 1 }), taken];
    const back: RtrEvent[] = [
      { type: 'disconnected' },
      { type: 'timer-expired', timer: 'retry' },
      { type: 'connected' },
    ];
    expect(sent([...held, ...back])).toEqual([{ version: 2, type: 'reset-query' }]);
    // It was not: what is held of it is still a base for the difference.
    expect(sent([...held, ...back, unsupported, { type: 'connected' }])).toEqual([
      { version: 1, type: 'serial-query', sessionId: 7, serial: 1 },
    ]);
  });
  it('§7: falls back when the cache says so, hangs up, or answers lower', () => {
    const unsupported = pdu({ version: 1, type: 'error-report', errorCode: 4, pdu: new Uint8Array(0), text: '' });
    expect(sent([...start, unsupported, { type: 'connected' }])).toEqual([{ version: 1, type: 'reset-query' }]);
    expect(sent([...start, { type: 'disconnected' }, { type: 'connected' }])).toEqual([
      { version: 1, type: 'reset-query' },
    ]);
    expect(run([...start, response(7, 0)]).session).toMatchObject({ version: 0, state: 'receiving' });
  });
  it('§7: an error in a lower version lowers it by one, whatever its code', () => {
    const refused = pdu({ version: 0, type: 'error-report', errorCode: 3, pdu: new Uint8Array(0), text: '' });
    expect(sent([...start, refused, { type: 'connected' }])).toEqual([{ version: 1, type: 'reset-query' }]);
    const twice = [...start, refused, { type: 'connected' } as const, refused, { type: 'connected' } as const];
    expect(sent(twice)).toEqual([{ version: 0, type: 'reset-query' }]);
  });
  it('a cache that spoke the version and hangs up keeps it', () => {
    const retry: RtrEvent = { type: 'timer-expired', timer: 'retry' };
    const events: RtrEvent[] = [
      ...loaded,
      { type: 'disconnected' },
      retry,
      { type: 'connected' },
      { type: 'disconnected' },
    ];
    expect(run(events).session).toMatchObject({ state: 'waiting', version: 2 });
  });
  it('§7: another version in the middle ends the session with code 8', () => {
    expect(sent([...start, response(7), response(7, 1)])).toMatchObject([{ type: 'error-report', errorCode: 8 }]);
  });
  it('§6: intervals have bounds', () => {
    expect(limitTimers({ refresh: 0, retry: 9000, expire: 1 })).toEqual({ refresh: 1, retry: 7200, expire: 7201 });
  });
});

const version = fc.constantFrom<RtrVersion>(0, 1, 2);
const anyEvent = fc.oneof(
  fc.constantFrom<RtrEvent>(...start, { type: 'stop' }, { type: 'disconnected' }, prefix(), prefix(false), ...loaded),
  fc.constantFrom('refresh', 'retry', 'expire').map((timer) => ({ type: 'timer-expired', timer }) as RtrEvent),
  fc
    .tuple(version, fc.nat(2), fc.nat(2))
    .chain(([v, sessionId, serial]) =>
      fc.constantFrom<RtrEvent>(
        response(sessionId, v),
        pdu({ version: v, type: 'serial-notify', sessionId, serial }),
        pdu({ version: v, type: 'end-of-data', sessionId, serial }),
        pdu({ version: v, type: 'cache-reset' }),
        pdu({ version: v, type: 'error-report', errorCode: serial * 2, pdu: new Uint8Array(0), text: '' }),
      ),
    ),
);

it.prop([fc.array(anyEvent, { maxLength: 40 })], { numRuns: 2000 })(
  'after any events a sound cache brings it to its data',
  (events) => {
    const set = new CacheSet([{ name: 'a', preference: 1 }]);
    const held = new Set<string>();
    let session = createRtrSession();
    const feed = (event: RtrEvent): void => {
      const input = JSON.stringify(session);
      const next = stepRtr(session, event);
      expect(JSON.stringify(session)).toBe(input);
      session = next.session;
      for (const action of next.actions) {
        if (action.type === 'discard') note(set.discard('a'));
        if (action.type !== 'update') continue;
        const done = set.update('a', action.reset, action.records);
        if (done.ok) {
          note(done.value);
          feed(taken);
        } else feed({ type: 'update-refused', errorCode: done.error.errorCode, detail: done.error.code });
      }
    };
    const note = ({ vrps }: ReturnType<CacheSet['discard']>): void => {
      for (const vrp of vrps.announce) held.add(JSON.stringify(vrp));
      for (const vrp of vrps.withdraw) held.delete(JSON.stringify(vrp));
    };
    for (const event of events) feed(event);
    for (const event of [{ type: 'stop' } as const, ...loaded]) feed(event);
    expect(session.state).toBe('synchronized');
    expect([...held]).toEqual([JSON.stringify(VRP)]);
  },
);
