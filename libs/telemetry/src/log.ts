import type { SpeakerEvent } from '@bgp/speaker';
import { formatFamily, notificationName } from '@bgp/wire';
import { escapeText } from './escape-text.ts';
import type { LogLevel, LogRecord, LogValue } from './types.ts';

type EventOf<T extends SpeakerEvent['type'], E extends SpeakerEvent = SpeakerEvent> = E extends SpeakerEvent
  ? T extends E['type']
    ? E
    : never
  : never;

type Row<T extends SpeakerEvent['type']> = (event: EventOf<T>) => LogRecord;

const DATA_OCTETS_SHOWN = 32;

/** One row per event: level, fixed message, fields. A new event without a row is a compile error. */
const ROWS: { readonly [T in SpeakerEvent['type']]: Row<T> } = {
  'speaker-started': () => record('info', 'speaker started', {}),
  'speaker-stopping': (event) => record('info', 'speaker stopping', reasonOf(event)),
  'speaker-stopped': () => record('info', 'speaker stopped', {}),
  'peer-added': ({ peer }) => record('info', 'peer added', { peer }),
  'peer-removed': ({ peer }) => record('info', 'peer removed', { peer }),
  'peer-enabled': ({ peer }) => record('info', 'peer enabled', { peer }),
  'peer-disabled': (event) => record('info', 'peer disabled', { peer: event.peer, ...reasonOf(event) }),
  'state-changed': ({ peer, from, to }) => {
    // A neighbor that is away changes between Idle, Connect and Active for hours.
    const rare = from === 'Established' || to === 'Established';
    return record(rare ? 'info' : 'debug', 'session state changed', { peer, from, to });
  },
  'session-up': ({ peer, remoteAs, routerId, holdTime, families }) =>
    record('info', 'peer session established', {
      peer,
      remote_as: remoteAs,
      router_id: routerId,
      hold_time: holdTime,
      families: families.map(formatFamily),
    }),
  'graceful-restart': ({ peer, phase, families }) =>
    record(phase === 'expired' || phase === 'not-preserved' ? 'warn' : 'info', 'graceful restart', {
      peer,
      phase,
      families: families.map(formatFamily),
    }),
  'route-refresh': ({ peer, phase, family }) =>
    record(phase === 'timed-out' ? 'warn' : 'info', 'route refresh', { peer, phase, family: formatFamily(family) }),
  'session-down': ({ peer, reason, detail }) =>
    record(reason === 'admin' ? 'info' : 'warn', 'peer session down', { peer, reason, detail: escapeText(detail) }),
  notification: ({ peer, direction, code, subcode, data, text }) =>
    record('warn', direction === 'sent' ? 'notification sent' : 'notification received', {
      peer,
      code,
      subcode,
      name: notificationName(code, subcode),
      ...(data.length === 0 ? {} : { data: hex(data) }),
      ...(text === undefined ? {} : { text: escapeText(text) }),
    }),
  'update-error': ({ peer, code, action, detail }) =>
    record('warn', 'malformed update', { peer, code, action, detail: escapeText(detail) }),
  'end-of-rib': ({ peer, family, direction }) =>
    record('debug', `end-of-rib ${direction}`, { peer, family: formatFamily(family) }),
  'policy-missing': ({ peer, directions }) =>
    record('warn', 'external peer without policy exchanges no routes', {
      peer,
      directions,
      hint: 'RFC 8212: set import and export policies, or ebgp_requires_policy = false',
    }),
  'not-advertised': ({ peer, family, reason, detail }) =>
    record('warn', 'routes not advertised', { peer, family: formatFamily(family), reason, detail: escapeText(detail) }),
  'max-prefixes-exceeded': ({ type: _type, atMs: _atMs, ...fields }) =>
    record('warn', 'max-prefix limit exceeded', fields),
  'max-prefixes-warning': ({ type: _type, atMs: _atMs, ...fields }) =>
    record('warn', 'max-prefix limit is near', fields),
  'graceful-shutdown-begun': ({ peer }) => record('info', 'graceful shutdown begun', { peer }),
  'graceful-shutdown-ended': ({ peer }) => record('info', 'graceful shutdown ended', { peer }),
  'slow-peer': ({ peer, state, queuedOctets }) =>
    state === 'detached'
      ? record('warn', 'peer reads too slowly, resynchronising later', { peer, queued_octets: queuedOctets })
      : record('info', 'slow peer caught up', { peer, queued_octets: queuedOctets }),
  'connection-refused': ({ from, reason }) =>
    record('warn', 'incoming connection refused', {
      from,
      reason,
      ...(reason === 'unknown-peer' ? { hint: `to accept it: tsbgpctl neighbor add ${from} --remote-asn ASN` } : {}),
    }),
  'neighbor-found': ({ peer, address }) => record('info', 'neighbor found on its interface', { peer, address }),
  'neighbor-lost': ({ peer, detail }) => record('warn', 'neighbor lost', { peer, detail: escapeText(detail) }),
  'discovery-trouble': ({ peer, detail }) => record('warn', 'neighbor not found', { peer, detail: escapeText(detail) }),
  'connect-failed': ({ peer, code, detail }) =>
    record('info', 'connection attempt failed', { peer, code, detail: escapeText(detail) }),
};

/** How an event is logged. The message is fixed text; everything that varies is a field. */
export function logRecordFor(event: SpeakerEvent): LogRecord {
  const row = ROWS[event.type] as (event: SpeakerEvent) => LogRecord; // the table's type pairs each type with its row
  return row(event);
}

function record(level: LogLevel, message: string, fields: Readonly<Record<string, LogValue>>): LogRecord {
  return { level, message, fields };
}

function reasonOf(event: { readonly reason?: string }): { reason?: string } {
  return event.reason === undefined ? {} : { reason: escapeText(event.reason) };
}

function hex(octets: Uint8Array): string {
  const shown = [...octets.subarray(0, DATA_OCTETS_SHOWN)].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return octets.length > DATA_OCTETS_SHOWN ? `${shown}… (${octets.length} octets)` : shown;
}
