import { createInboundSession } from '@bgp/fsm';
import { VirtualClock } from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT, type Message } from '@bgp/wire';
import { expect, it } from 'vitest';
import { defaultPeerConfig } from './peer-defaults.ts';
import { sessionConfig } from './session-config.ts';
import { SessionDriver, type SessionMessages, type SessionOwner } from './session-driver.ts';
import { openMessage } from './testing/lab.ts';

const HOLD_MS = 9_000;
const FRESH = { hasRestarted: false, isForwardingPreserved: false };

/** An established session whose neighbor has fallen silent. */
function established(isBehind: () => boolean) {
  const clock = new VirtualClock();
  const nothing = () => {};
  const owner: SessionOwner = {
    clock,
    random: () => 0,
    dial: () => handle,
    stateChanged: nothing,
    acted: nothing,
    openReceived: nothing,
    connectionLost: nothing,
    connectionCount: nothing,
    drained: nothing,
    isBehind,
  };
  const messages: SessionMessages = {
    received: nothing,
    sent: nothing,
    notified: nothing,
    update: () => undefined,
    routeRefresh: nothing,
    malformed: nothing,
  };
  const handle = {
    write: () => true,
    queuedOctets: () => 0,
    pause: nothing,
    resume: nothing,
    end: nothing,
    destroy: nothing,
  };
  const peer = { ...defaultPeerConfig('10.0.0.2', 65002), holdTime: HOLD_MS / 1000 };
  const speaker = {
    asn: 65001,
    routerId: '10.0.0.1',
    ebgpRequiresPolicy: false,
    med: 'per-neighbor-as',
    peers: [],
  } as const;
  const driver = new SessionDriver(owner, messages, createInboundSession(sessionConfig(speaker, peer, FRESH)));
  const accepted = driver.adopt({ address: '10.0.0.1', port: 179 }, { address: '10.0.0.2', port: 40_000 });
  accepted.adopt(handle);
  for (const message of [openMessage(65002, '10.0.0.2'), { type: 'KEEPALIVE' }] satisfies Message[]) {
    const encoded = encodeMessage(message, INITIAL_CONTEXT);
    if (!encoded.ok) throw new Error(encoded.error.code);
    accepted.handlers.onData(encoded.value);
  }
  expect(driver.state).toBe('Established');
  return { clock, driver };
}

it('silence ends the session after the hold time (RFC 4271 §6.5)', () => {
  const { clock, driver } = established(() => false);
  clock.runFor(HOLD_MS - 1);
  expect(driver.state).toBe('Established');
  clock.runFor(1);
  expect(driver.state).toBe('Idle');
});

it('not while our own work is behind: a whole hold time more, as often as needed', () => {
  let isBehind = true;
  const { clock, driver } = established(() => isBehind);
  clock.runFor(HOLD_MS * 3 - 1);
  isBehind = false;
  expect(driver.state).toBe('Established');
  clock.runFor(1);
  expect(driver.state).toBe('Idle');
});

it('not while we do not read: the timer runs a whole hold time when it ends next', () => {
  const { clock, driver } = established(() => false);
  driver.connection.pause();
  clock.runFor(HOLD_MS);
  driver.connection.resume();
  clock.runFor(HOLD_MS - 1);
  expect(driver.state).toBe('Established');
  clock.runFor(1);
  expect(driver.state).toBe('Idle');
});
