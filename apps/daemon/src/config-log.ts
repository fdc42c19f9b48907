import type { ConfigDiagnostic, ConfigNotice } from '@bgp/config';
import type { LifecycleEvent } from '@bgp/lifecycle';
import type { Log } from './log.ts';

/** What became of a configuration, as log lines. */
export function logConfigEvent(log: Log, event: LifecycleEvent): void {
  switch (event.type) {
    case 'config-applied': {
      const { applied, origin } = event;
      const { peers, ranges } = applied.speaker;
      const count = (effect: string) => peers.filter((peer) => peer.effect === effect).length;
      log.write('info', origin === 'file' ? 'configuration reloaded' : 'configuration changed', {
        origin,
        revision: applied.revision,
        added: count('added'),
        removed: count('removed'),
        live: count('live'),
        reset: count('session-reset'),
        ranges: ranges.length,
        changes: applied.documents.map(({ path }) => path),
        ...(applied.pending === undefined ? {} : { confirm_by: new Date(applied.pending.untilMs).toISOString() }),
      });
      logNotices(log, applied.newNotices);
      if (applied.needRestart.length > 0) {
        log.write('warn', 'configuration changes that need a restart are not in force yet', {
          sections: applied.needRestart,
        });
      }
      return;
    }
    case 'config-refused': {
      const { message, diagnostics = [], code } = event.error;
      log.write(
        'error',
        `configuration not ${event.origin === 'file' ? 'reloaded' : 'changed'}, the old one stays in force`,
        {
          origin: event.origin,
          code,
          error: message,
          ...(diagnostics.length === 0 ? {} : { mistakes: diagnostics.map(mistakeText) }),
        },
      );
      return;
    }
    case 'config-confirmed':
      log.write('info', 'configuration confirmed', { revision: event.revision });
      return;
    case 'config-not-kept':
      log.write('error', 'not written', { what: event.what, error: event.message });
      return;
  }
}

/** One line, with the place first, as editors and compilers have it. */
function mistakeText({ file, line, column, path, message, hint }: ConfigDiagnostic): string {
  const place = line > 0 ? `${file}:${line}:${column}: ` : '';
  return `${place}${path === '' ? '' : `${path}: `}${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** What a configuration says that has no effect, or not the one that its writer may expect. */
export function logNotices(log: Log, notices: readonly ConfigNotice[]): void {
  for (const { kind, path, reason, file, line } of notices) {
    log.write(kind === 'advice' ? 'info' : 'warn', 'configuration notice', { kind, path, reason, file, line });
  }
}
