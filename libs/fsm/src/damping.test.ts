import { describe, expect, it } from 'vitest';
import { createInboundSession, step } from './session.ts';
import { CONFIG, EVENTS, formatTransition, run, sessionIn } from './testing/samples.ts';
import { idleHoldTime } from './transition.ts';

const refused = (session: Parameters<typeof step>[0]) =>
  step(run(session, 'TcpCrAcked'), { type: 'BgpOpenMsgErr', notification: EVENTS.BgpOpenMsgErr.notification });

describe('idleHoldTime (RFC 4271 §8.1.1 DampPeerOscillations)', () => {
  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 80],
    [6, 160],
    [7, 300],
    [8, 300],
    [2000, 300],
  ])('failure %i waits %i s', (failures, seconds) => {
    expect(idleHoldTime(CONFIG, failures)).toBe(seconds);
  });

  it('without damping it does not grow', () => {
    expect(idleHoldTime({ ...CONFIG, dampPeerOscillations: false }, 9)).toBe(5);
  });
});

describe('failures', () => {
  it('a peer that refuses every OPEN is dialed after 5, 10, 20 … s', () => {
    let session = sessionIn('Connect');
    const waits: string[] = [];
    for (let round = 0; round < 4; round++) {
      const failed = refused(session);
      waits.push(formatTransition(failed).split(', ').at(-1) ?? '');
      session = step(failed.session, EVENTS.IdleHoldTimerExpires).session;
      expect(session.state).toBe('Connect');
    }
    expect(waits).toEqual(['idle-hold 5', 'idle-hold 10', 'idle-hold 20', 'idle-hold 40']);
  });

  it('in Idle with idle hold running an AutomaticStart does nothing, a ManualStart starts and forgives', () => {
    const { session } = refused(sessionIn('Connect'));
    expect(step(session, EVENTS.AutomaticStart)).toEqual({ session, actions: [] });
    expect(step(session, EVENTS.AutomaticStartWithPassive)).toEqual({ session, actions: [] });
    const started = step(session, EVENTS.ManualStart);
    expect(formatTransition(started)).toBe('Connect: stop all, connect-retry 5~, dial');
    expect(started.session.failures).toBe(0);
  });

  it('a stable session forgives them: the third KEEPALIVE after Established, not the first', () => {
    const established = { ...sessionIn('Established'), failures: 4 };
    expect(run(established, 'KeepAliveMsg', 'KeepAliveMsg').failures).toBe(4);
    expect(run(established, 'KeepAliveMsg', 'KeepAliveMsg', 'KeepAliveMsg').failures).toBe(0);
  });

  it('with hold time 0 no KEEPALIVE can show stability: Established forgives', () => {
    const confirmed = { ...sessionIn('OpenConfirm', { holdTime: 0 }), failures: 4 };
    expect(run(confirmed, 'KeepAliveMsg').failures).toBe(0);
  });

  it('a session that flaps right after Established waits longer each time', () => {
    const flap = (failures: number) =>
      formatTransition(step({ ...sessionIn('Established'), failures }, EVENTS.TcpConnectionFails));
    expect(flap(2)).toMatch(/idle-hold 20$/);
  });

  it('losing a collision is no failure and starts nothing', () => {
    const { session } = step(sessionIn('OpenSent'), EVENTS.OpenCollisionDump);
    expect([session.failures, session.timers.size, session.stopped]).toEqual([0, 0, false]);
  });
});

describe('the operator stop', () => {
  it('ends the wait, and only an operator start ends it', () => {
    const { session } = refused(sessionIn('Connect'));
    const stopped = step(session, EVENTS.ManualStop);
    expect(formatTransition(stopped)).toBe('Idle: stop all');
    expect(stopped.session.failures).toBe(0);
    expect(step(stopped.session, EVENTS.IdleHoldTimerExpires).actions).toEqual([]);
    expect(step(stopped.session, EVENTS.AutomaticStart).actions).toEqual([]);
    expect(step(stopped.session, EVENTS.AutomaticStartWithPassive).actions).toEqual([]);
    expect(step(stopped.session, EVENTS.ManualStart).session.state).toBe('Connect');
    expect(step(stopped.session, EVENTS.ManualStartWithPassive).session.state).toBe('Active');
  });
});

describe('passive', () => {
  it.each([
    ['from the configuration', { passive: true }, 'ManualStart'],
    ['from the start event', {}, 'ManualStartWithPassive'],
    ['from the automatic start event', {}, 'AutomaticStartWithPassive'],
  ] as const)('%s: never dials, also not after failures', (_rule, change, start) => {
    const listening = run(sessionIn('Idle', change), start);
    expect([listening.state, listening.timers.size]).toEqual(['Active', 0]);
    const lost = step(run(listening, 'TcpConnectionConfirmed'), EVENTS.TcpConnectionFails);
    expect(formatTransition(lost)).toBe('Active: drop, stop hold');
    const failed = run(listening, 'TcpConnectionConfirmed', 'BgpOpen', 'TcpConnectionFails');
    expect(formatTransition(step(failed, EVENTS.IdleHoldTimerExpires))).toBe('Active:');
  });

  it('an inbound session that got the configuration of the peer dials after a failure', () => {
    const inbound = { ...run(createInboundSession(CONFIG), 'TcpConnectionConfirmed', 'BgpOpen'), config: CONFIG };
    expect(run(inbound, 'TcpConnectionFails', 'IdleHoldTimerExpires').state).toBe('Connect');
  });

  it('an ordinary start later dials again', () => {
    const session = run(sessionIn('Idle'), 'ManualStartWithPassive', 'ManualStop', 'ManualStart');
    expect(session.state).toBe('Connect');
  });
});
