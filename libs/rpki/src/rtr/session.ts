import { encodeRtrPdu } from './pdu.ts';
import type {
  PendingRecords,
  RtrAction,
  RtrEvent,
  RtrNote,
  RtrRecord,
  RtrSession,
  RtrSessionConfig,
  RtrTransition,
} from './session-types.ts';
import { RTR_ERROR, type RtrError, type RtrPdu, type RtrTimers, type RtrVersion } from './types.ts';

/** RFC 8210 §6. */
export const DEFAULT_RTR_TIMERS: RtrTimers = { refresh: 3600, retry: 600, expire: 7200 };

export function createRtrSession(config: Partial<RtrSessionConfig> = {}): RtrSession {
  const { highestVersion = 2, timers = DEFAULT_RTR_TIMERS } = config;
  return {
    config: { highestVersion, timers },
    state: 'idle',
    version: highestVersion,
    negotiated: false,
    query: 'reset',
    responseSessionId: undefined,
    held: undefined,
    pending: undefined,
    settling: undefined,
    notifiedSerial: undefined,
    routerKeysSkipped: 0,
    timers: limitTimers(timers),
  };
}

/**
 * The router's side of RTR (RFC 8210 §8). Total: every event is answered in every state. Data of a lost connection
 * stays until the expire timer; a response counts as a whole at its End of Data or not at all.
 */
export function stepRtr(session: RtrSession, event: RtrEvent): RtrTransition {
  switch (event.type) {
    case 'start':
      return session.state === 'idle' ? connect(session) : { session, actions: [] };
    case 'stop':
      return stop(session);
    case 'connected':
      return session.state === 'connecting' ? ask(session, []) : { session, actions: [] };
    case 'disconnected':
      return disconnected(session);
    case 'malformed':
      return isConnected(session)
        ? fail(session, errorCodeOf(session, event.error), event.error.detail, event.octets)
        : { session, actions: [] };
    case 'update-taken':
      return updateTaken(session);
    case 'update-refused':
      return updateRefused(session, event);
    case 'timer-expired':
      return timerExpired(session, event.timer);
    case 'received':
      return isConnected(session) ? received(session, event.pdu) : { session, actions: [] };
  }
}

function isConnected({ state }: RtrSession): boolean {
  return state === 'querying' || state === 'receiving' || state === 'synchronized';
}

function note(note: RtrNote): RtrAction {
  return { type: 'note', note };
}

function connect(session: RtrSession): RtrTransition {
  return {
    session: { ...session, state: 'connecting', negotiated: false, pending: undefined, notifiedSerial: undefined },
    actions: [{ type: 'connect' }],
  };
}

function stop(session: RtrSession): RtrTransition {
  if (session.state === 'idle') return { session, actions: [] };
  const timers = (['refresh', 'retry', 'expire'] as const).map((timer) => ({ type: 'stop-timer', timer }) as const);
  return {
    session: createRtrSession(session.config),
    actions: [...timers, { type: 'close' }, { type: 'discard' }],
  };
}

/** RFC 8210 §8.1, §8.2: a Serial Query when what we hold is of this version, else a Reset Query. */
function ask(session: RtrSession, before: readonly RtrAction[]): RtrTransition {
  const { held, version } = session;
  const serial = held !== undefined && held.version === version;
  const pdu: RtrPdu = serial
    ? { version, type: 'serial-query', sessionId: held.sessionId, serial: held.serial }
    : { version, type: 'reset-query' };
  return {
    session: {
      ...session,
      state: 'querying',
      query: serial ? 'serial' : 'reset',
      pending: undefined,
      routerKeysSkipped: 0,
    },
    actions: [
      ...before,
      { type: 'stop-timer', timer: 'refresh' },
      { type: 'send', pdu },
      // A cache that never answers must not hold the session for ever.
      { type: 'start-timer', timer: 'retry', seconds: session.timers.retry },
    ],
  };
}

function disconnected(session: RtrSession): RtrTransition {
  if (session.state === 'idle' || session.state === 'waiting') return { session, actions: [] };
  // Some caches hang up on a version that they do not know instead of saying so.
  // A cache whose data we hold in this version does know it: that one is only restarting.
  const unheard = session.state === 'querying' && !session.negotiated && session.held?.version !== session.version;
  if (unheard && session.version > 0) return lowerVersion(session, session.version - 1, []);
  return wait(session, []);
}

function wait(session: RtrSession, before: readonly RtrAction[]): RtrTransition {
  return {
    session: {
      ...session,
      // It may have been upgraded meanwhile. What is held of a lower version stays a base for the difference, if it comes to that.
      version: session.config.highestVersion,
      state: 'waiting',
      negotiated: false,
      pending: undefined,
      notifiedSerial: undefined,
    },
    actions: [
      ...before,
      { type: 'stop-timer', timer: 'refresh' },
      { type: 'start-timer', timer: 'retry', seconds: session.timers.retry },
    ],
  };
}

function lowerVersion(session: RtrSession, to: number, before: readonly RtrAction[]): RtrTransition {
  const version: RtrVersion = to <= 0 ? 0 : to === 1 ? 1 : 2;
  const next = connect({ ...session, version });
  const stopRetry: RtrAction = { type: 'stop-timer', timer: 'retry' };
  return {
    session: next.session,
    actions: [...before, stopRetry, note({ code: 'version-lowered', version }), ...next.actions],
  };
}

/** Reports an error of the cache and closes. */
function fail(
  session: RtrSession,
  errorCode: number,
  text: string,
  wrong: RtrPdu | Uint8Array = new Uint8Array(0),
): RtrTransition {
  const octets = wrong instanceof Uint8Array ? wrong : octetsOf(wrong);
  // RFC 8210 §5.11: an error in an Error Report is not reported, or two sides would go on for ever.
  const reportable = octets[1] !== 10;
  const pdu: RtrPdu = { version: session.version, type: 'error-report', errorCode, pdu: octets, text };
  const report: RtrAction[] = reportable ? [{ type: 'send', pdu }, note({ code: 'error-sent', errorCode, text })] : [];
  return wait(session, [...report, { type: 'close' }]);
}

/** As it came, or nothing, if it says what our encoder would not. */
function octetsOf(pdu: RtrPdu): Uint8Array {
  const encoded = encodeRtrPdu(pdu);
  return encoded.ok ? encoded.value : new Uint8Array(0);
}

/** RFC 8210 §7: once there is a version, another one is unexpected, known or not. */
function errorCodeOf({ negotiated }: RtrSession, { code, errorCode }: RtrError): number {
  return negotiated && code === 'version-unsupported' ? RTR_ERROR.unexpectedVersion : errorCode;
}

/** RFC 8210 §6: only a successful query gives more time. */
function updateTaken(session: RtrSession): RtrTransition {
  if (session.settling === undefined) return { session, actions: [] };
  return {
    session: { ...session, settling: undefined },
    actions: [{ type: 'start-timer', timer: 'expire', seconds: session.timers.expire }],
  };
}

function updateRefused(session: RtrSession, event: Extract<RtrEvent, { type: 'update-refused' }>): RtrTransition {
  // What we hold is no base for the next change: ask for everything.
  const next: RtrSession = { ...session, settling: undefined, held: undefined };
  const expired: RtrAction[] = session.settling?.isExpired === true ? [{ type: 'discard' }] : [];
  if (!isConnected(session)) return { session: next, actions: expired };
  const failed = fail(next, event.errorCode, event.detail, event.record);
  return { session: failed.session, actions: [...failed.actions, ...expired] };
}

function timerExpired(session: RtrSession, timer: 'refresh' | 'retry' | 'expire'): RtrTransition {
  if (timer === 'expire') {
    // A response is in hand: if it is taken, the old data is gone anyway.
    if (session.settling !== undefined) return { session: { ...session, settling: { isExpired: true } }, actions: [] };
    // RFC 8210 §6: data older than the Expire Interval is not used.
    return { session: { ...session, held: undefined }, actions: [{ type: 'discard' }] };
  }
  if (timer === 'refresh') return session.state === 'synchronized' ? ask(session, []) : { session, actions: [] };
  if (session.state === 'waiting') return connect(session);
  if (session.state === 'synchronized') return ask(session, []);
  if (session.state === 'querying' || session.state === 'receiving') {
    return wait(session, [note({ code: 'answer-overdue' }), { type: 'close' }]);
  }
  return { session, actions: [] };
}

function received(session: RtrSession, pdu: RtrPdu): RtrTransition {
  if (pdu.type === 'error-report') return errorReceived(session, pdu.errorCode, pdu.text, pdu.version);
  // RFC 8210 §7: a notify before the first answer says nothing about the version.
  if (pdu.type === 'serial-notify' && !session.negotiated) return ignored(session, pdu);
  if (pdu.version !== session.version) {
    // RFC 8210 §7: a cache may answer the first query in a lower version, which is then the session's.
    const mayLower = !session.negotiated && session.state === 'querying' && pdu.version < session.version;
    if (!mayLower)
      return fail(
        session,
        RTR_ERROR.unexpectedVersion,
        `version ${pdu.version} in a session of version ${session.version}`,
        pdu,
      );
    const lowered = received({ ...session, version: pdu.version }, pdu);
    return {
      session: lowered.session,
      actions: [note({ code: 'version-lowered', version: pdu.version }), ...lowered.actions],
    };
  }
  switch (pdu.type) {
    case 'cache-response':
      return cacheResponse(session, pdu);
    case 'prefix':
    case 'aspa':
      if (session.state !== 'receiving') return outOfPlace(session, pdu);
      return { session: { ...session, pending: { record: pdu, before: session.pending } }, actions: [] };
    case 'router-key':
      if (session.state !== 'receiving') return outOfPlace(session, pdu);
      return { session: { ...session, routerKeysSkipped: session.routerKeysSkipped + 1 }, actions: [] };
    case 'end-of-data':
      return session.state === 'receiving' ? endOfData(session, pdu) : outOfPlace(session, pdu);
    case 'cache-reset':
      // RFC 8210 §8.3: the cache cannot tell the difference; what we hold stays in use until the new data is whole.
      if (session.state !== 'querying' || session.query !== 'serial') return outOfPlace(session, pdu);
      return ask({ ...session, held: undefined, negotiated: true }, []);
    case 'serial-notify':
      return serialNotify(session, pdu);
    case 'serial-query':
    case 'reset-query':
      return fail(session, RTR_ERROR.invalidRequest, `${pdu.type} from a cache`, pdu);
  }
}

function ignored(session: RtrSession, pdu: RtrPdu): RtrTransition {
  return { session, actions: [note({ code: 'pdu-ignored', pdu: pdu.type })] };
}

function outOfPlace(session: RtrSession, pdu: RtrPdu): RtrTransition {
  return fail(session, RTR_ERROR.corruptData, `${pdu.type} while ${session.state}`, pdu);
}

function errorReceived(session: RtrSession, errorCode: number, text: string, version: RtrVersion): RtrTransition {
  const heard = note({ code: 'error-received', errorCode, text });
  // RFC 8210 §7: an older cache may refuse our version with any error, in its own version.
  const refusesVersion = errorCode === RTR_ERROR.unsupportedVersion || version < session.version;
  if (refusesVersion && !session.negotiated && session.version > 0) {
    // One step at a time: a cache that has not agreed on a version yet may report in any (StayRTR: in 0), and speak a higher one.
    return lowerVersion(session, session.version - 1, [heard, { type: 'close' }]);
  }
  // RFC 8210 §8.4, §12: no data yet is no reason to leave; ask again later.
  if (errorCode === RTR_ERROR.noDataAvailable) {
    const retry: RtrAction = { type: 'start-timer', timer: 'retry', seconds: session.timers.retry };
    return {
      session: { ...session, state: 'synchronized', pending: undefined, negotiated: true },
      actions: [heard, retry],
    };
  }
  // The cache may be at odds with our serial: begin afresh.
  return wait({ ...session, held: undefined }, [heard, { type: 'close' }]);
}

/** RFC 8210 §5.1: a Session ID that differs ends the session, and the data of the cache is flushed. */
function sessionChanged(session: RtrSession, pdu: Extract<RtrPdu, { sessionId: number }>): RtrTransition {
  const failed = fail(
    { ...session, held: undefined },
    RTR_ERROR.corruptData,
    `session ${pdu.sessionId} is not the one we know`,
    pdu,
  );
  return {
    session: failed.session,
    actions: [...failed.actions, { type: 'stop-timer', timer: 'expire' }, { type: 'discard' }],
  };
}

function cacheResponse(session: RtrSession, pdu: Extract<RtrPdu, { type: 'cache-response' }>): RtrTransition {
  if (session.state !== 'querying') return outOfPlace(session, pdu);
  const { held, query } = session;
  const { sessionId } = pdu;
  if (query === 'serial' && held?.sessionId !== sessionId) return sessionChanged(session, pdu);
  return {
    session: { ...session, state: 'receiving', negotiated: true, pending: undefined, responseSessionId: sessionId },
    actions: [],
  };
}

function serialNotify(session: RtrSession, pdu: Extract<RtrPdu, { serial: number }>): RtrTransition {
  const { held, state } = session;
  const { sessionId, serial } = pdu;
  if (state !== 'synchronized') return { session: { ...session, notifiedSerial: serial }, actions: [] };
  if (held !== undefined && held.sessionId !== sessionId) return sessionChanged(session, pdu);
  return held?.serial === serial ? ignored(session, pdu) : ask(session, []);
}

function endOfData(session: RtrSession, pdu: Extract<RtrPdu, { type: 'end-of-data' }>): RtrTransition {
  const { sessionId, serial } = pdu;
  const asked = pdu.timers ?? session.config.timers;
  const timers = limitTimers(asked);
  const notes: RtrAction[] = [];
  // Said once, not with each of its answers.
  if (!sameTimers(asked, timers) && !sameTimers(timers, session.timers))
    notes.push(note({ code: 'timers-limited', received: asked, used: timers }));
  if (session.routerKeysSkipped > 0)
    notes.push(note({ code: 'router-keys-skipped', count: session.routerKeysSkipped }));
  // Also when the data expired meanwhile: then the difference has nothing to be added to.
  const differs = sessionId !== session.responseSessionId;
  if (differs || (session.query === 'serial' && session.held === undefined)) return sessionChanged(session, pdu);
  const next: RtrSession = {
    ...session,
    state: 'synchronized',
    held: { version: session.version, sessionId, serial },
    pending: undefined,
    settling: { isExpired: false },
    notifiedSerial: undefined,
    routerKeysSkipped: 0,
    timers,
  };
  const actions: RtrAction[] = [
    ...notes,
    { type: 'update', reset: session.query === 'reset', records: inOrder(session.pending) },
    { type: 'stop-timer', timer: 'retry' },
  ];
  if (session.notifiedSerial !== undefined && session.notifiedSerial !== serial) return ask(next, actions);
  return { session: next, actions: [...actions, { type: 'start-timer', timer: 'refresh', seconds: timers.refresh }] };
}

function inOrder(pending: PendingRecords | undefined): RtrRecord[] {
  const records: RtrRecord[] = [];
  for (let at = pending; at !== undefined; at = at.before) records.push(at.record);
  return records.reverse();
}

/** RFC 8210 §6: bounds of each interval; data lives longer than both other intervals. */
export function limitTimers({ refresh, retry, expire }: RtrTimers): RtrTimers {
  const limited = { refresh: limit(refresh, 1, 86_400), retry: limit(retry, 1, 7200) };
  return { ...limited, expire: Math.max(limit(expire, 600, 172_800), limited.refresh + 1, limited.retry + 1) };
}

function limit(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function sameTimers(a: RtrTimers, b: RtrTimers): boolean {
  return a.refresh === b.refresh && a.retry === b.retry && a.expire === b.expire;
}
