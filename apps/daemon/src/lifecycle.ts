import type { RunningDaemon } from './compose.ts';
import type { Log } from './log.ts';

/** sysexits.h EX_SOFTWARE: our own fault, told apart from a configuration mistake. */
export const EXIT_INTERNAL_ERROR = 70;
/** Longer than every orderly step together; after it the process ends whatever is left. */
const STOP_DEADLINE_MS = 8_000;

/**
 * Waits until something ends the daemon, ends it in order, and returns the exit code.
 *
 * SIGTERM, SIGINT and the Shutdown RPC stop it; a second signal does not wait. An error that nobody caught means that
 * an invariant broke: the neighbors still get their Cease, but nothing goes on as if nothing had happened.
 */
export function runUntilStopped(daemon: RunningDaemon, log: Log): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false;

    const stop = (reason: string, how: 'for-good' | 'for-restart', exitCode: number) => {
      if (isStopping) return;
      isStopping = true;
      const deadline = setTimeout(() => {
        log.write('error', 'not everything stopped in time', { seconds: STOP_DEADLINE_MS / 1000 });
        resolve(exitCode || 1);
      }, STOP_DEADLINE_MS);
      daemon.stop(reason, how).then(
        () => {
          clearTimeout(deadline);
          resolve(exitCode);
        },
        (error: unknown) => {
          log.write('fatal', 'stopping failed', { error: describe(error) });
          resolve(EXIT_INTERNAL_ERROR);
        },
      );
    };

    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        log.write('info', `received ${signal}`);
        if (isStopping) resolve(1);
        else stop(`received ${signal}`, 'for-restart', 0);
      });
    }
    process.on('SIGHUP', () => {
      log.write('info', 'received SIGHUP');
      if (!isStopping) daemon.reload();
    });
    daemon.stopRequested.then(({ reason, forGood }) => {
      log.write('warn', 'shutdown initiated via API', { reason, for_good: forGood });
      stop(reason, forGood ? 'for-good' : 'for-restart', 0);
    });
    for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(kind, (error: unknown) => {
        log.write('fatal', 'internal error, stopping', { kind, error: describe(error) });
        stop('internal error', 'for-good', EXIT_INTERNAL_ERROR);
      });
    }
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
