import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSession, step } from './session.ts';
import { CONFIG, EVENT_TYPES, EVENTS } from './testing/samples.ts';
import { SessionModel } from './testing/session-model.ts';
import type { FsmEvent, FsmTimer, Session } from './types.ts';

const TIMER_EVENTS: Readonly<Partial<Record<FsmEvent['type'], FsmTimer>>> = {
  ConnectRetryTimerExpires: 'connect-retry',
  HoldTimerExpires: 'hold',
  KeepaliveTimerExpires: 'keepalive',
  DelayOpenTimerExpires: 'delay-open',
  IdleHoldTimerExpires: 'idle-hold',
};

const config = fc.record({
  passive: fc.boolean(),
  delayOpenTime: fc.constantFrom(0, 7),
  dampPeerOscillations: fc.boolean(),
  sendNotificationWithoutOpen: fc.boolean(),
  holdTime: fc.constantFrom(0, 90),
});

/** Uniform events hardly ever leave Idle, so a run of events is one event or a piece of a session that comes up. */
const RISE: readonly FsmEvent['type'][] = ['TcpCrAcked', 'BgpOpen', 'KeepAliveMsg'];
const eventRun: fc.Arbitrary<readonly FsmEvent['type'][]> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...EVENT_TYPES).map((type) => [type]) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom<FsmEvent['type']>(
          'ManualStart',
          'IdleHoldTimerExpires',
          'AutomaticStart',
          'TcpConnectionFails',
        ),
        fc.integer({ min: 0, max: RISE.length }),
      )
      .map(([start, height]) => [start, ...RISE.slice(0, height)]),
  },
);
const sequence = fc.array(eventRun, { maxLength: 30, size: 'max' }).map((runs) => runs.flat());

it('no hot loop: every dial was paid for by a timer that really ran out or by a start of the operator', () => {
  let dialed = 0;
  fc.assert(
    fc.property(config, sequence, (change, types) => {
      let session = createSession({ ...CONFIG, ...change });
      let [dials, paid] = [0, 0];
      let failed = false;
      for (const type of types) {
        const timer = TIMER_EVENTS[type];
        if (timer === undefined ? type === 'ManualStart' : session.timers.has(timer)) paid++;
        // A start by the program pays too, but not after a failure that still has to be waited out.
        if (type === 'AutomaticStart' && !failed) paid++;
        const transition = step(session, EVENTS[type]);
        dials += transition.actions.filter((action) => action.type === 'connect-tcp').length;
        expect(dials).toBeLessThanOrEqual(paid);
        const fell = session.state !== 'Idle' && transition.session.state === 'Idle';
        if (fell) failed = type !== 'ManualStop' && type !== 'OpenCollisionDump';
        else if (transition.session.state !== 'Idle') failed = false;
        session = transition.session;
      }
      dialed += dials;
    }),
    { numRuns: 2000 },
  );
  expect(dialed).toBeGreaterThan(500);
});

it('whoever fails waits: a session in Idle that was neither stopped nor yielded has its IdleHoldTimer, and never dials while it fails', () => {
  fc.assert(
    fc.property(config, sequence, (change, types) => {
      let session = createSession({ ...CONFIG, ...change });
      for (const type of types) {
        const before = session;
        const { session: next, actions } = step(before, EVENTS[type]);
        if (before.state !== 'Idle' && next.state === 'Idle') {
          expect(actions.some((action) => action.type === 'connect-tcp')).toBe(false);
          expect(next.timers.has('idle-hold')).toBe(type !== 'ManualStop' && type !== 'OpenCollisionDump');
        }
        session = next;
      }
    }),
    { numRuns: 1000 },
  );
});

it('the timers that the actions start and stop are the timers that the session says run', () => {
  fc.assert(
    fc.property(config, sequence, (change, types) => {
      let session = createSession({ ...CONFIG, ...change });
      const running = new Set<FsmTimer>();
      for (const type of types) {
        const timer = TIMER_EVENTS[type];
        if (timer !== undefined) running.delete(timer); // a timer that fires has run out; a stale one was not running
        const transition = step(session, EVENTS[type]);
        for (const action of transition.actions) {
          if (action.type === 'start-timer') running.add(action.timer);
          else if (action.type === 'stop-timer') running.delete(action.timer);
          else if (action.type === 'stop-all-timers') running.clear();
        }
        session = transition.session;
        expect(new Set(session.timers)).toEqual(running);
      }
    }),
    { numRuns: 1000 },
  );
});

it('session-up and session-down alternate, and match Established', () => {
  let ups = 0;
  fc.assert(
    fc.property(config, sequence, (change, types) => {
      let session = createSession({ ...CONFIG, ...change });
      let isUp = false;
      for (const type of types) {
        const transition = step(session, EVENTS[type]);
        for (const { type: action } of transition.actions) {
          if (action !== 'session-up' && action !== 'session-down') continue;
          expect(action).toBe(isUp ? 'session-down' : 'session-up');
          isUp = !isUp;
          if (isUp) ups++;
        }
        session = transition.session;
        expect(isUp).toBe(session.state === 'Established');
      }
    }),
    { numRuns: 1000 },
  );
  expect(ups).toBeGreaterThan(100);
});

/** A run of events against model and session. */
class Command implements fc.Command<SessionModel, { session: Session }> {
  readonly #types: readonly FsmEvent['type'][];

  constructor(types: readonly FsmEvent['type'][]) {
    this.#types = types;
  }

  check(): boolean {
    return true; // total: every event may come at any time
  }

  run(model: SessionModel, real: { session: Session }): void {
    for (const type of this.#types) {
      const { session, actions } = step(real.session, EVENTS[type]);
      real.session = session;
      const sends = (kind: string) => actions.some((action) => action.type === 'send' && action.message.type === kind);
      expect({
        state: session.state,
        open: sends('OPEN'),
        notification: sends('NOTIFICATION'),
        dial: actions.some((action) => action.type === 'connect-tcp'),
      }).toEqual(model.apply(type));
    }
  }

  toString(): string {
    return this.#types.join(', ');
  }
}

it('behaves like the model', () => {
  fc.assert(
    fc.property(
      config,
      fc.commands([eventRun.map((types) => new Command(types))], { maxCommands: 30, size: 'max' }),
      (change, commands) => {
        fc.modelRun(
          () => ({ model: new SessionModel(change), real: { session: createSession({ ...CONFIG, ...change }) } }),
          commands,
        );
      },
    ),
    { numRuns: 1500 },
  );
});
