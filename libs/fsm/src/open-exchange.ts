import type { Open } from '@bgp/wire';
import { localOpen } from './negotiate/local-open.ts';
import { negotiate } from './negotiate/negotiate.ts';
import { failWith, LARGE_HOLD_TIME, Step } from './transition.ts';
import type { Session, Transition } from './types.ts';

/** The connection is there: wait for the peer's OPEN first (RFC 4271 §8.1.1 DelayOpen), or send ours. */
export function connectionReady(session: Session): Transition {
  const { delayOpenTime } = session.config;
  const step = new Step(session).stop('connect-retry');
  // A DelayOpenTimer belongs to state Connect or Active as it is; the connection does not change the state.
  if (delayOpenTime > 0) return step.start('delay-open', delayOpenTime).end();
  return sendOpen(session, step);
}

export function sendOpen(session: Session, step: Step = new Step(session)): Transition {
  return step
    .stop('connect-retry')
    .stop('delay-open')
    .act({ type: 'send', message: localOpen(session.config) })
    .start('hold', LARGE_HOLD_TIME)
    .end('OpenSent');
}

/**
 * The peer's OPEN: settle the session or refuse it. `alreadySent` says whether ours has left; with DelayOpen it has not
 * (RFC 4271 §8.2.2, Event 20) and goes out with the KEEPALIVE.
 */
export function receiveOpen(session: Session, open: Open, alreadySent: boolean): Transition {
  const result = negotiate(session.config, open);
  if (!result.ok) return failWith(session, result.error);
  const { holdTime, keepaliveTime } = result.value;
  const step = new Step(session).set({ remoteOpen: open, negotiated: result.value });
  step.stop('connect-retry').stop('delay-open');
  if (!alreadySent) step.act({ type: 'send', message: localOpen(session.config) });
  step.act({ type: 'send', message: { type: 'KEEPALIVE' } });
  // RFC 4271 §4.2, §4.4: a Hold Time of 0 means neither HoldTimer nor KEEPALIVEs.
  if (holdTime === 0) return step.stop('hold').end('OpenConfirm');
  return step.start('hold', holdTime).start('keepalive', keepaliveTime, true).end('OpenConfirm');
}
