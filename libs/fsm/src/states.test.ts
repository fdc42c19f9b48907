import { describe, expect, it } from 'vitest';
import { createInboundSession, step } from './session.ts';
import { CONFIG, EVENT_TYPES, EVENTS, formatTransition, run, sessionIn } from './testing/samples.ts';
import type { FsmConfig, FsmEvent, FsmState, FsmTimer, Session } from './types.ts';

/** `same`: neither state nor actions. Every other cell is `state: actions`. */
type Column = Readonly<Record<FsmEvent['type'], string>>;

const LOST = 'Idle: stop all, drop, idle-hold 5';
const closing = (codes: string, down = '') => `Idle: send ${codes}, stop all, drop${down}, idle-hold 5`;

/** RFC 4271 §8.2.2, cell by cell; a timer's event in a state where the timer does not run is stale and changes nothing. */
const TABLE: Readonly<Record<FsmState, Column>> = {
  Idle: {
    ManualStart: 'Connect: connect-retry 5~, dial',
    ManualStop: 'same',
    AutomaticStart: 'Connect: connect-retry 5~, dial',
    ManualStartWithPassive: 'Active:',
    AutomaticStartWithPassive: 'Active:',
    AutomaticStop: 'same',
    ConnectRetryTimerExpires: 'same',
    HoldTimerExpires: 'same',
    KeepaliveTimerExpires: 'same',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'Idle: drop',
    TcpCrAcked: 'Idle: drop',
    TcpConnectionConfirmed: 'Idle: drop',
    TcpConnectionFails: 'same',
    BgpOpen: 'same',
    BgpHeaderErr: 'same',
    BgpOpenMsgErr: 'same',
    OpenCollisionDump: 'same',
    NotifMsgVerErr: 'same',
    NotifMsg: 'same',
    KeepAliveMsg: 'same',
    UpdateMsg: 'same',
    UpdateMsgErr: 'same',
    RouteRefreshMsg: 'same',
  },
  Connect: {
    ManualStart: 'same',
    ManualStop: 'Idle: stop all, drop',
    AutomaticStart: 'same',
    ManualStartWithPassive: 'same',
    AutomaticStartWithPassive: 'same',
    AutomaticStop: LOST,
    ConnectRetryTimerExpires: 'Connect: drop, connect-retry 5~, dial',
    HoldTimerExpires: 'same',
    KeepaliveTimerExpires: 'same',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'same',
    TcpCrAcked: 'OpenSent: stop connect-retry, send OPEN, hold 240',
    TcpConnectionConfirmed: 'OpenSent: stop connect-retry, send OPEN, hold 240',
    TcpConnectionFails: 'Active: connect-retry 5~',
    BgpOpen: LOST,
    BgpHeaderErr: LOST,
    BgpOpenMsgErr: LOST,
    OpenCollisionDump: 'Idle: stop all, drop',
    NotifMsgVerErr: LOST,
    NotifMsg: LOST,
    KeepAliveMsg: LOST,
    UpdateMsg: LOST,
    UpdateMsgErr: LOST,
    RouteRefreshMsg: LOST,
  },
  Active: {
    ManualStart: 'same',
    ManualStop: 'Idle: stop all, drop',
    AutomaticStart: 'same',
    ManualStartWithPassive: 'same',
    AutomaticStartWithPassive: 'same',
    AutomaticStop: LOST,
    ConnectRetryTimerExpires: 'Connect: connect-retry 5~, dial',
    HoldTimerExpires: 'same',
    KeepaliveTimerExpires: 'same',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'same',
    TcpCrAcked: 'OpenSent: stop connect-retry, send OPEN, hold 240',
    TcpConnectionConfirmed: 'OpenSent: stop connect-retry, send OPEN, hold 240',
    TcpConnectionFails: LOST,
    BgpOpen: LOST,
    BgpHeaderErr: LOST,
    BgpOpenMsgErr: LOST,
    OpenCollisionDump: 'Idle: stop all, drop',
    NotifMsgVerErr: LOST,
    NotifMsg: LOST,
    KeepAliveMsg: LOST,
    UpdateMsg: LOST,
    UpdateMsgErr: LOST,
    RouteRefreshMsg: LOST,
  },
  OpenSent: {
    ManualStart: 'same',
    ManualStop: 'Idle: send 6/2, stop all, drop',
    AutomaticStart: 'same',
    ManualStartWithPassive: 'same',
    AutomaticStartWithPassive: 'same',
    AutomaticStop: closing('6/1'),
    ConnectRetryTimerExpires: 'same',
    HoldTimerExpires: 'Idle: send 4/0, drop, idle-hold 5', // the only timer that ran has fired
    KeepaliveTimerExpires: 'same',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'same',
    TcpCrAcked: 'same',
    TcpConnectionConfirmed: 'same',
    TcpConnectionFails: 'Active: drop, stop hold, connect-retry 5~',
    BgpOpen: 'OpenConfirm: send KEEPALIVE, hold 30, keepalive 10~',
    BgpHeaderErr: closing('1/1'),
    BgpOpenMsgErr: closing('2/4'),
    OpenCollisionDump: 'Idle: send 6/7, stop all, drop',
    NotifMsgVerErr: LOST,
    NotifMsg: LOST,
    KeepAliveMsg: closing('5/1'),
    UpdateMsg: closing('5/1'),
    UpdateMsgErr: closing('5/1'),
    RouteRefreshMsg: closing('5/1'),
  },
  OpenConfirm: {
    ManualStart: 'same',
    ManualStop: 'Idle: send 6/2, stop all, drop',
    AutomaticStart: 'same',
    ManualStartWithPassive: 'same',
    AutomaticStartWithPassive: 'same',
    AutomaticStop: closing('6/1'),
    ConnectRetryTimerExpires: 'same',
    HoldTimerExpires: closing('4/0'),
    KeepaliveTimerExpires: 'OpenConfirm: send KEEPALIVE, keepalive 10~',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'same',
    TcpCrAcked: 'same',
    TcpConnectionConfirmed: 'same',
    TcpConnectionFails: LOST,
    BgpOpen: closing('5/2'),
    BgpHeaderErr: closing('1/1'),
    BgpOpenMsgErr: closing('2/4'),
    OpenCollisionDump: 'Idle: send 6/7, stop all, drop',
    NotifMsgVerErr: LOST,
    NotifMsg: LOST,
    KeepAliveMsg: 'Established: hold 30, up',
    UpdateMsg: closing('5/2'),
    UpdateMsgErr: closing('5/2'),
    RouteRefreshMsg: closing('5/2'),
  },
  Established: {
    ManualStart: 'same',
    ManualStop: 'Idle: send 6/2, stop all, drop, down stopped',
    AutomaticStart: 'same',
    ManualStartWithPassive: 'same',
    AutomaticStartWithPassive: 'same',
    AutomaticStop: closing('6/1', ', down notification-sent'),
    ConnectRetryTimerExpires: 'same',
    HoldTimerExpires: closing('4/0', ', down hold-timer-expired'),
    KeepaliveTimerExpires: 'Established: send KEEPALIVE, keepalive 10~',
    DelayOpenTimerExpires: 'same',
    IdleHoldTimerExpires: 'same',
    TcpConnectionValid: 'same',
    TcpCrAcked: 'same',
    TcpConnectionConfirmed: 'same',
    TcpConnectionFails: 'Idle: stop all, drop, down tcp-failed, idle-hold 5',
    BgpOpen: closing('5/3', ', down notification-sent'),
    BgpHeaderErr: closing('1/1', ', down notification-sent'),
    BgpOpenMsgErr: closing('2/4', ', down notification-sent'),
    OpenCollisionDump: 'Idle: send 6/7, stop all, drop, down collision',
    NotifMsgVerErr: 'Idle: stop all, drop, down notification-received, idle-hold 5',
    NotifMsg: 'Idle: stop all, drop, down notification-received, idle-hold 5',
    KeepAliveMsg: 'Established: hold 30',
    UpdateMsg: 'Established: hold 30',
    UpdateMsgErr: closing('3/1', ', down notification-sent'),
    RouteRefreshMsg: 'Established: hold 30',
  },
};

const cells = (Object.keys(TABLE) as FsmState[]).flatMap((state) =>
  EVENT_TYPES.map((type) => [state, type, TABLE[state][type]] as const),
);

describe('every event in every state (RFC 4271 §8.2.2)', () => {
  it.each(cells)('%s, %s → %s', (state, type, expected) => {
    const session = sessionIn(state);
    const before = structuredClone(session);
    const transition = step(session, EVENTS[type]);
    expect(formatTransition(transition)).toBe(expected === 'same' ? `${state}:` : expected);
    expect(session).toEqual(before); // the argument is not changed
    if (expected === 'same' && type !== 'ManualStop') expect(transition.session).toBe(session);
  });
});

const ALL_TIMERS: ReadonlySet<FsmTimer> = new Set(['connect-retry', 'hold', 'keepalive', 'delay-open', 'idle-hold']);

describe('a timer that no path leaves running in this state (RFC 4271 §8.2.2 "any other event")', () => {
  it.each<[FsmState, FsmEvent['type'], string]>([
    ['Connect', 'HoldTimerExpires', LOST],
    ['Connect', 'KeepaliveTimerExpires', LOST],
    ['Connect', 'IdleHoldTimerExpires', LOST],
    ['Active', 'HoldTimerExpires', LOST],
    ['Active', 'KeepaliveTimerExpires', LOST],
    ['Active', 'IdleHoldTimerExpires', LOST],
    ['OpenSent', 'ConnectRetryTimerExpires', closing('5/0')],
    ['OpenSent', 'KeepaliveTimerExpires', closing('5/0')],
    ['OpenSent', 'DelayOpenTimerExpires', closing('5/0')],
    ['OpenSent', 'IdleHoldTimerExpires', closing('5/0')],
    ['OpenConfirm', 'ConnectRetryTimerExpires', closing('5/0')],
    ['OpenConfirm', 'DelayOpenTimerExpires', closing('5/0')],
    ['OpenConfirm', 'IdleHoldTimerExpires', closing('5/0')],
    ['Established', 'ConnectRetryTimerExpires', closing('5/0', ', down notification-sent')],
    ['Established', 'DelayOpenTimerExpires', closing('5/0', ', down notification-sent')],
    ['Established', 'IdleHoldTimerExpires', closing('5/0', ', down notification-sent')],
    ['Idle', 'ConnectRetryTimerExpires', 'Idle:'],
    ['Idle', 'HoldTimerExpires', 'Idle:'],
    ['Idle', 'KeepaliveTimerExpires', 'Idle:'],
    ['Idle', 'DelayOpenTimerExpires', 'Idle:'],
  ])('%s, %s → %s', (state, type, expected) => {
    expect(formatTransition(step({ ...sessionIn(state), timers: ALL_TIMERS }, EVENTS[type]))).toBe(expected);
  });
});

describe('DelayOpen (RFC 4271 §8.1.1, Events 12 and 20)', () => {
  const waiting = (state: 'Connect' | 'Active', change: Partial<FsmConfig> = {}) =>
    run(sessionIn(state, { delayOpenTime: 7, ...change }), 'TcpConnectionConfirmed');

  it.each(['Connect', 'Active'] as const)('%s: the connection starts the timer, nothing is sent', (state) => {
    const before = sessionIn(state, { delayOpenTime: 7 });
    const expected = `${state}: stop connect-retry, delay-open 7`;
    expect(formatTransition(step(before, EVENTS.TcpCrAcked))).toBe(expected);
    expect(formatTransition(step(before, EVENTS.TcpConnectionConfirmed))).toBe(expected);
  });

  it.each<['Connect' | 'Active', FsmEvent['type'], string]>([
    ['Connect', 'DelayOpenTimerExpires', 'OpenSent: send OPEN, hold 240'],
    ['Connect', 'BgpOpen', 'OpenConfirm: stop delay-open, send OPEN, send KEEPALIVE, hold 30, keepalive 10~'],
    ['Connect', 'TcpConnectionFails', 'Active: stop delay-open, connect-retry 5~'],
    ['Connect', 'ManualStop', 'Idle: stop all, drop'],
    ['Connect', 'NotifMsgVerErr', LOST],
    ['Active', 'DelayOpenTimerExpires', 'OpenSent: send OPEN, hold 240'],
    ['Active', 'BgpOpen', 'OpenConfirm: stop delay-open, send OPEN, send KEEPALIVE, hold 30, keepalive 10~'],
    ['Active', 'TcpConnectionFails', LOST],
    ['Active', 'ManualStop', 'Idle: stop all, drop'],
    ['Connect', 'OpenCollisionDump', 'Idle: stop all, drop'], // no OPEN of ours has left
    ['Active', 'OpenCollisionDump', 'Idle: stop all, drop'],
  ])('%s, %s → %s', (state, type, expected) => {
    expect(formatTransition(step(waiting(state), EVENTS[type]))).toBe(expected);
  });

  it.each<['Connect' | 'Active', FsmEvent['type'], string]>([
    ['Connect', 'BgpHeaderErr', closing('1/1')],
    ['Connect', 'BgpOpenMsgErr', closing('2/4')],
    ['Connect', 'ManualStop', 'Idle: stop all, drop'], // the RFC sends nothing here, unlike in Active
    ['Active', 'BgpHeaderErr', closing('1/1')],
    ['Active', 'BgpOpenMsgErr', closing('2/4')],
    ['Active', 'ManualStop', 'Idle: send 6/2, stop all, drop'],
  ])('with SendNOTIFICATIONwithoutOPEN: %s, %s → %s', (state, type, expected) => {
    const session = waiting(state, { sendNotificationWithoutOpen: true });
    expect(formatTransition(step(session, EVENTS[type]))).toBe(expected);
  });

  it('without a waiting connection Active sends no Cease even then', () => {
    const session = sessionIn('Active', { delayOpenTime: 7, sendNotificationWithoutOpen: true });
    expect(formatTransition(step(session, EVENTS.ManualStop))).toBe('Idle: stop all, drop');
  });
});

describe('the ConnectRetryCounter (RFC 4271 §8.2.2)', () => {
  const after = (state: FsmState, type: FsmEvent['type'], change: Partial<FsmConfig> = {}) =>
    step({ ...sessionIn(state, change), connectRetryCounter: 3 }, EVENTS[type]).session.connectRetryCounter;

  it.each<[string, FsmState, FsmEvent['type'], number]>([
    ['a start sets it to zero', 'Idle', 'ManualStart', 0],
    ['an operator stop sets it to zero: Connect', 'Connect', 'ManualStop', 0],
    ['an operator stop sets it to zero: Established', 'Established', 'ManualStop', 0],
    ['a refused OPEN counts', 'OpenSent', 'BgpOpenMsgErr', 4],
    ['a lost connection counts', 'Established', 'TcpConnectionFails', 4],
    ['an expired HoldTimer counts', 'OpenConfirm', 'HoldTimerExpires', 4],
    ['version error without DelayOpen counts in Connect', 'Connect', 'NotifMsgVerErr', 4],
    ['version error does not count in OpenSent', 'OpenSent', 'NotifMsgVerErr', 3],
    ['version error does not count in OpenConfirm', 'OpenConfirm', 'NotifMsgVerErr', 3],
    ['version error counts in Established, with Event 25', 'Established', 'NotifMsgVerErr', 4],
  ])('%s', (_rule, state, type, expected) => {
    expect(after(state, type)).toBe(expected);
  });

  it('version error while the DelayOpenTimer runs does not count, yet the idle hold time grows', () => {
    const session = run(sessionIn('Active', { delayOpenTime: 7 }), 'TcpConnectionConfirmed');
    const next = step({ ...session, connectRetryCounter: 3 }, EVENTS.NotifMsgVerErr).session;
    expect([next.connectRetryCounter, next.failures]).toEqual([3, 1]);
  });
});

describe('leaving a connection forgets what was learned over it', () => {
  it.each<FsmEvent['type']>(['ManualStop', 'TcpConnectionFails', 'OpenCollisionDump', 'NotifMsg'])('%s', (type) => {
    const next: Session = step(sessionIn('Established'), EVENTS[type]).session;
    expect(next).not.toHaveProperty('negotiated');
    expect(next).not.toHaveProperty('remoteOpen');
  });
});

describe('hold time 0 (RFC 4271 §4.2, §4.4)', () => {
  it('stops the HoldTimer, starts no KeepaliveTimer, and UPDATEs start none', () => {
    const sent = sessionIn('OpenSent', { holdTime: 0 });
    const confirmed = step(sent, EVENTS.BgpOpen);
    expect(formatTransition(confirmed)).toBe('OpenConfirm: send KEEPALIVE, stop hold');
    const up = step(confirmed.session, EVENTS.KeepAliveMsg);
    expect(formatTransition(up)).toBe('Established: up');
    expect(formatTransition(step(up.session, EVENTS.UpdateMsg))).toBe('Established:');
    expect(up.session.timers.size).toBe(0);
  });
});

describe('an OPEN that negotiation refuses', () => {
  it('is answered with its NOTIFICATION', () => {
    const open = { ...EVENTS.BgpOpen.open, myAs: 64999, capabilities: [] };
    expect(formatTransition(step(sessionIn('OpenSent'), { type: 'BgpOpen', open }))).toBe(closing('2/2'));
  });
});

describe('Cease (RFC 4486 §4, RFC 9003 §2, RFC 8538 §3.1)', () => {
  const stop = (cease: Extract<FsmEvent, { type: 'AutomaticStop' }>['cease']) =>
    formatTransition(step(sessionIn('OpenSent'), { type: 'ManualStop', cease })).split(', stop')[0];

  it.each([
    ['the subcode is the reason', { subcode: 3 }, 'Idle: send 6/3'],
    ['shutdown carries text', { subcode: 2, text: 'hi' }, 'Idle: send 6/2 [2 104 105]'],
    ['reset carries text', { subcode: 4, text: 'hi' }, 'Idle: send 6/4 [2 104 105]'],
    ['no other subcode does', { subcode: 3, text: 'hi' }, 'Idle: send 6/3'],
    [
      'hard reset wraps code, subcode and data',
      { subcode: 2, text: 'hi', hardReset: true },
      'Idle: send 6/9 [6 2 2 104 105]',
    ],
    ['hard reset without text', { subcode: 3, hardReset: true }, 'Idle: send 6/9 [6 3]'],
  ])('%s', (_rule, cease, expected) => {
    expect(stop(cease)).toBe(expected);
  });
});

describe('a session for an inbound connection', () => {
  it('waits in Active, takes the connection, and never dials again', () => {
    const inbound = createInboundSession(CONFIG);
    expect([inbound.state, inbound.timers.size]).toEqual(['Active', 0]);
    const sent = step(inbound, EVENTS.TcpConnectionConfirmed);
    expect(formatTransition(sent)).toBe('OpenSent: send OPEN, hold 240');
    expect(formatTransition(step(sent.session, EVENTS.TcpConnectionFails))).toBe('Active: drop, stop hold');
  });
});
