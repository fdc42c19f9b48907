import type { RtrNote } from '@bgp/rpki';
import type { LogLevel } from '@bgp/telemetry';
import type { Log } from '../log.ts';

/** What happens with RPKI data, for the log. */
export type RpkiEvent =
  | {
      readonly type: 'cache';
      readonly cache: string;
      /** Of RTR, that is spoken or about to be. */
      readonly rtrVersion: number;
      readonly note:
        | RtrNote
        | { readonly code: 'connected' }
        | { readonly code: 'connection-lost'; readonly detail: string };
    }
  | {
      readonly type: 'data';
      readonly source: string;
      /** In use now, of all sources. */
      readonly ipv4: number;
      readonly ipv6: number;
      readonly aspas: number;
    }
  | { readonly type: 'file-refused'; readonly file: string; readonly error: string }
  | { readonly type: 'router-keys-ignored'; readonly file: string; readonly count: number };

export function logRpkiEvent(log: Log, event: RpkiEvent): void {
  switch (event.type) {
    case 'cache': {
      const { note, cache, rtrVersion } = event;
      const { level, message } = NOTES[note.code](rtrVersion);
      log.write(level, message, { cache, rtr_version: rtrVersion, ...fieldsOf(note) });
      return;
    }
    case 'data': {
      const { source, ipv4, ipv6, aspas } = event;
      return log.write('info', 'RPKI data updated', { source, ipv4_vrps: ipv4, ipv6_vrps: ipv6, aspas });
    }
    case 'file-refused':
      return log.write('error', 'RPKI file refused, what it said before stays in force', {
        file: event.file,
        error: event.error,
      });
    case 'router-keys-ignored':
      return log.write('warn', 'entries about router keys have no effect', { file: event.file, count: event.count });
  }
}

type Note = Extract<RpkiEvent, { type: 'cache' }>['note'];

const line = (level: LogLevel, message: string) => () => ({ level, message });

const NOTES: Readonly<
  Record<Note['code'], (version: number) => { readonly level: LogLevel; readonly message: string }>
> = {
  connected: line('info', 'RTR cache connected'),
  'connection-lost': line('warn', 'RTR connection lost'),
  'version-lowered': (version) => ({
    level: 'info',
    message: `RTR cache does not speak more, falling back to v${version}`,
  }),
  'timers-limited': line('warn', 'RTR cache asks for intervals beyond RFC 8210 §6, the nearest allowed ones are used'),
  'router-keys-skipped': line('debug', 'RTR router keys skipped'),
  'error-received': line('warn', 'RTR cache reports an error'),
  'error-sent': line('warn', 'RTR cache made an error'),
  'pdu-ignored': line('debug', 'RTR PDU ignored'),
  'answer-overdue': line('warn', 'RTR cache does not answer'),
};

/** What the other side wrote is shown escaped. */
function fieldsOf(note: Note): Readonly<Record<string, string | number>> {
  switch (note.code) {
    case 'connection-lost':
      return { detail: note.detail };
    case 'timers-limited': {
      const { refresh, retry, expire } = note.used;
      return { refresh, retry, expire };
    }
    case 'router-keys-skipped':
      return { count: note.count };
    case 'error-received':
      return { error_code: note.errorCode, text: JSON.stringify(note.text).slice(1, -1) };
    case 'error-sent':
      return { error_code: note.errorCode, text: note.text };
    case 'pdu-ignored':
      return { pdu: note.pdu };
    default:
      return {};
  }
}
