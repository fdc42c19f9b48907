import { NeighborStateSchema, SessionState } from '@bgp/api-proto';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { COLORS, PLAIN } from '../render/palette.ts';
import { picture } from './picture.ts';
import {
  INITIAL,
  type Poll,
  type TopHeader,
  type TopState,
  visibleRows,
  withEvent,
  withKey,
  withPoll,
  withTrouble,
} from './state.ts';

const HEADER: TopHeader = {
  asn: 65001,
  routerId: '10.0.0.1',
  uptimeSeconds: 3_725,
  established: 2,
  configured: 3,
  routes: 1_500,
  memoryOctets: 104_857_600,
  version: '0.1.0',
};

function neighbor(address: string, remoteAsn: number, updates: number, description = '') {
  return create(NeighborStateSchema, {
    config: { address, remoteAsn, description, enabled: true },
    state: updates === 0 ? SessionState.IDLE : SessionState.ESTABLISHED,
    uptimeSeconds: updates === 0 ? 0n : 60n,
    prefixesReceived: BigInt(updates * 2),
    updatesReceived: BigInt(updates),
  });
}
const poll = (atMs: number, times: number): Poll => ({
  header: HEADER,
  atMs,
  neighbors: [
    neighbor('10.0.0.10', 65010, 100 * times, 'transit\u001b[2J'),
    neighbor('10.0.0.9', 65009, 10 * times),
    neighbor('10.0.0.2', 65002, 0, 'customer'),
  ],
});
const first = withPoll(INITIAL, poll(1_000, 1), undefined);
const second = withPoll(first, poll(3_000, 2), poll(1_000, 1));

function press(state: TopState, ...keys: readonly string[]): TopState {
  return keys.reduce((at, key) => {
    const next = withKey(
      at,
      key.length === 1 ? { name: '', isControl: false, text: key } : { name: key, isControl: false, text: '' },
    );
    if (next === 'quit') throw new Error('quit');
    return next;
  }, state);
}
const names = (state: TopState) => visibleRows(state).map(({ name }) => name);

describe('the state', () => {
  it('knows rates from two polls; a counter that fell is no rate', () => {
    expect(first.rows.map(({ updateRate }) => updateRate)).toEqual([0, 0, 0]);
    expect(second.rows.map(({ updateRate }) => updateRate)).toEqual([50, 5, 0]);
    expect(withPoll(second, poll(5_000, 1), poll(3_000, 2)).rows[0]?.updateRate).toBe(0);
  });

  it.each([
    [[], ['10.0.0.2', '10.0.0.9', '10.0.0.10']],
    [['S'], ['10.0.0.10', '10.0.0.9', '10.0.0.2']],
    [['s'], ['10.0.0.2', '10.0.0.9', '10.0.0.10']],
    [
      ['s', 's'],
      ['10.0.0.9', '10.0.0.10', '10.0.0.2'],
    ],
    [
      ['s', 's', 's', 's'],
      ['10.0.0.10', '10.0.0.9', '10.0.0.2'],
    ],
    [
      ['s', 's', 's', 's', 's', 's'],
      ['10.0.0.10', '10.0.0.9', '10.0.0.2'],
    ],
    [
      ['s', 's', 's', 's', 's', 's', 's', 's'],
      ['10.0.0.2', '10.0.0.9', '10.0.0.10'],
    ],
    [['/', '6', '5', '0', '1'], ['10.0.0.10']],
    [['/', 'C', 'u', 's', 't', 'return'], ['10.0.0.2']],
    [
      ['/', 'x', 'escape'],
      ['10.0.0.2', '10.0.0.9', '10.0.0.10'],
    ],
    [
      ['/', 'x', 'backspace', 'return', 'escape'],
      ['10.0.0.2', '10.0.0.9', '10.0.0.10'],
    ],
  ])('keys %j: %j', (keys, order) => {
    expect(names(press(second, ...keys))).toEqual(order);
  });

  it('keeps the mark on its neighbor, within the rows', () => {
    expect(press(second, 'k').selected).toBe('10.0.0.2');
    const marked = press(second, 'down', 'j', 'j', 'j');
    expect(marked.selected).toBe('10.0.0.10');
    expect(press(marked, 'S').selected).toBe('10.0.0.10');
    expect(press(marked, '/', 'c', 'u').selected).toBe('10.0.0.2');
  });

  it('quits with q and Ctrl-C, while typing only with Ctrl-C', () => {
    expect(withKey(second, { name: 'q', isControl: false, text: 'q' })).toBe('quit');
    expect(withKey(press(second, '/'), { name: 'q', isControl: false, text: 'q' })).toMatchObject({ filter: 'q' });
    expect(withKey(press(second, '/'), { name: 'c', isControl: true, text: '' })).toBe('quit');
  });
});

describe('the picture', () => {
  it('shows sessions, rates and events', () => {
    const state = withEvent(press(second, 's', 's', 's', 's', 's', 's', 'j'), 'added 192.0.2.0/24');
    expect(picture(state, { columns: 100, rows: 12 }, PLAIN).join('\n')).toMatchInlineSnapshot(`
      "AS 65001  10.0.0.1  up 01:02:05  2/3 established  1500 routes  100 MiB  tsbgpd 0.1.0

        Neighbor      AS  State          Uptime   Rx Pfx   Tx Pfx  Upd/sv   Flaps
        10.0.0.10  65010  Established  00:01:00      400        0    50.0       0  transit?[2J
        10.0.0.9   65009  Established  00:01:00       40        0     5.0       0  
      > 10.0.0.2   65002  Idle                -        0        0     0.0       0  customer
      ────────────────────────────────────────────────────────────────────────────────────────────────────
      added 192.0.2.0/24



      q quit  h help  s sort  / filter  Enter detail  e events"
    `);
  });

  it.each([
    [80, 24],
    [40, 10],
    [20, 3],
    [5, 2],
    [1, 1],
  ])('fits into %d × %d, in color too, in every view', (columns, rows) => {
    for (const keys of [[], ['h'], ['return'], ['/', 'x']]) {
      const lines = picture(withTrouble(press(second, ...keys), 'gone'), { columns, rows }, COLORS);
      expect(lines).toHaveLength(rows);
      for (const line of lines)
        expect(
          line
            .split('\u001b')
            .map((part, at) => (at === 0 ? part : part.replace(/^\[[0-9;]*m/, '')))
            .join('').length,
        ).toBeLessThanOrEqual(columns);
    }
  });

  it('says that it is old when the daemon is gone, and keeps what it has', () => {
    const text = picture(withTrouble(second, 'no answer'), { columns: 80, rows: 10 }, PLAIN).join('\n');
    expect(text).toContain('no answer; the picture is old');
    expect(text).toContain('10.0.0.9');
    expect(picture(withTrouble(INITIAL, 'no answer'), { columns: 80, rows: 4 }, PLAIN)[0]).toBe('no answer');
  });

  it('scrolls with the mark', () => {
    const text = picture(press(second, 'e', 'j', 'j'), { columns: 80, rows: 5 }, PLAIN).join('\n');
    expect(text).toContain('> 10.0.0.10');
    expect(text).not.toContain('10.0.0.2');
  });

  it('lets no description steer the terminal', () => {
    expect(picture(second, { columns: 200, rows: 10 }, PLAIN).join('\n')).toContain('transit?[2J');
  });
});
