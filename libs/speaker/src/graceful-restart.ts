import type { DownCause, Negotiated } from '@bgp/fsm';
import type { PeerIndex } from '@bgp/rib';
import type { Family, Notification } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import type { PeerReporter } from './peer-reporter.ts';
import type { Shared } from './shared.ts';
import type { GracefulRestartStatus } from './status.ts';

const CEASE = 6;
const HARD_RESET = 9; // RFC 8538 §3.1
/** While our own work is late, what the neighbor sent may wait unread: it must not be swept for that. */
const RETRY_MS = 1_000;

/** A family whose routes outlive the session. */
interface Kept {
  /** When the oldest of its stale routes became stale. */
  readonly sinceMs: number;
  /** The neighbor's Long-Lived Stale Time, bounded by ours; 0: none. */
  readonly longLivedSeconds: number;
  isLongLived: boolean;
  /** The long-lived time: runs on over a new session until the neighbor has sent its table (RFC 9494 §4.2). */
  cancelLongLived: (() => void) | undefined;
}

/**
 * What we do while a neighbor restarts: keep its routes as stale ones for the time it asked for, then for the long-lived time, and
 * remove what it does not send again.
 * @source RFC 4724 §4.2, RFC 8538 §4, RFC 9494 §4.2
 */
export class GracefulRestart {
  readonly #shared: Shared;
  readonly #index: PeerIndex;
  readonly #reporter: PeerReporter;
  readonly #over: () => void;
  readonly #kept = new Map<Family, Kept>();
  #isSessionUp = false;
  #cancelTimer: (() => void) | undefined;
  #deadlineMs = 0;

  /** `over`: nothing is kept any longer. */
  constructor(shared: Shared, index: PeerIndex, reporter: PeerReporter, over: () => void) {
    this.#over = over;
    this.#shared = shared;
    this.#index = index;
    this.#reporter = reporter;
  }

  /** The neighbor has yet to send the table of this family again. */
  isAwaiting(family: Family): boolean {
    return this.#kept.has(family);
  }

  status(): GracefulRestartStatus | undefined {
    if (this.#kept.size === 0) return undefined;
    const isLongLived = [...this.#kept.values()].some((family) => family.isLongLived);
    const waiting = isLongLived ? 'long-lived-stale' : 'awaiting-restart';
    return {
      state: this.#isSessionUp ? 'awaiting-end-of-rib' : waiting,
      staleRoutes: this.#staleRoutes(),
      secondsLeft: Math.max(0, Math.ceil((this.#deadlineMs - this.#shared.ports.clock.nowMs()) / 1000)),
      families: [...this.#kept.keys()],
    };
  }

  /** The session is gone: what of its routes stays, and what goes. */
  sessionDown(negotiated: Negotiated, cause: DownCause, config: PeerConfig): void {
    this.#isSessionUp = false;
    this.#stopTimer();
    const restarting = this.#restartingFamilies(negotiated, cause, config);
    if (restarting.size === 0) return this.abort();
    const { rib, scheduler, ports } = this.#shared;
    for (const family of negotiated.families) {
      const longLivedSeconds = restarting.get(family);
      if (longLivedSeconds === undefined) {
        this.#forget(family);
        scheduler.addJob(rib.peerDown(this.#index, [family]));
        continue;
      }
      const known = this.#kept.get(family);
      const keepsStale = known !== undefined && this.#outlivesAnotherSession(known, negotiated, config);
      scheduler.addJob(rib.retainPeer(this.#index, [family], keepsStale));
      // RFC 9494 §4.2: a long-lived time that runs is not updated.
      if (known?.cancelLongLived !== undefined) continue;
      const sinceMs = keepsStale ? known.sinceMs : ports.clock.nowMs();
      this.#kept.set(family, { sinceMs, longLivedSeconds, isLongLived: false, cancelLongLived: undefined });
    }
    const { restartTime = 0, families = [] } = negotiated.gracefulRestart ?? {};
    // RFC 9494 §4.2: a family that the capability does not name has no restart time.
    const listed = families.map(({ family }) => family);
    this.#report('started', [...this.#kept.keys()]);
    this.#restartTimeIsOver([...this.#kept.keys()].filter((family) => restartTime === 0 || !listed.includes(family)));
    if (restartTime > 0 && this.#kept.size > 0) {
      this.#startTimer(restartTime, () => this.#restartTimeIsOver([...this.#kept.keys()]));
    }
  }

  /** A new session: RFC 4724 §4.2 for what the neighbor has not preserved, RFC 9494 §4.2 where the long-lived time has begun. */
  sessionUp(negotiated: Negotiated, config: PeerConfig): void {
    this.#isSessionUp = true;
    this.#stopTimer();
    if (this.#kept.size === 0) return;
    const lost = [...this.#kept].flatMap(([family, { isLongLived }]) => {
      const { gracefulRestart, longLivedGracefulRestart = [] } = negotiated;
      const said = isLongLived ? longLivedGracefulRestart : (gracefulRestart?.families ?? []);
      const isPreserved = said.some((entry) => entry.family === family && entry.forwardingState);
      return isPreserved && gracefulRestart !== undefined && negotiated.families.includes(family) ? [] : [family];
    });
    this.#sweep(lost);
    if (lost.length > 0) this.#report('not-preserved', lost);
    if (this.#kept.size === 0) return;
    this.#startTimer(config.grStaleRoutesTime, () => this.#staleTimeIsOver());
  }

  /** The neighbor has sent its table. */
  endOfRib(family: Family): void {
    if (!this.#isSessionUp || !this.#kept.has(family)) return;
    this.#sweep([family]);
    if (this.#kept.size > 0) return;
    this.#stopTimer();
    this.#report('completed', [family]);
  }

  /** Nothing of the neighbor is kept any longer, nor what it announced in a session that has ended. */
  abort(): void {
    this.#stopTimer();
    for (const family of [...this.#kept.keys()]) this.#forget(family);
    this.#shared.scheduler.addJob(this.#shared.rib.peerDown(this.#index));
  }

  /** The families to keep with their long-lived times; none when the neighbor did not restart but end. */
  #restartingFamilies(negotiated: Negotiated, cause: DownCause, config: PeerConfig): ReadonlyMap<Family, number> {
    const { gracefulRestart } = negotiated;
    if (gracefulRestart === undefined || !config.gracefulRestart) return NOTHING;
    if (!mayRestart(cause, gracefulRestart.notification)) return NOTHING;
    const kept = new Map<Family, number>();
    for (const family of negotiated.families) {
      const theirs = negotiated.longLivedGracefulRestart?.find((entry) => entry.family === family)?.staleTime ?? 0;
      const longLived = Math.min(theirs, config.llgrStaleTime);
      const isListed = gracefulRestart.families.some((entry) => entry.family === family);
      if ((isListed && gracefulRestart.restartTime > 0) || longLived > 0) kept.set(family, longLived);
    }
    return kept;
  }

  /**
   * Whether routes that were stale already stay when the next session ends before End-of-RIB.
   *
   * RFC 4724 §4.2 deletes them. RFC 8538 §4.1 does not where the N bit is exchanged, since sessions then end for lesser reasons; the
   * stale time is to bound it, and counts from their first loss. RFC 9494 §4.2 keeps them for as long as their long-lived time runs.
   */
  #outlivesAnotherSession(known: Kept, { gracefulRestart }: Negotiated, { grStaleRoutesTime }: PeerConfig): boolean {
    if (known.cancelLongLived !== undefined) return true;
    const ageMs = this.#shared.ports.clock.nowMs() - known.sinceMs;
    return gracefulRestart?.notification === true && ageMs < grStaleRoutesTime * 1000;
  }

  #restartTimeIsOver(families: readonly Family[]): void {
    const { rib, scheduler, ports } = this.#shared;
    const longLived: Family[] = [];
    const over: Family[] = [];
    // What came over a session since then has become stale with it, and is long-lived only now.
    const again: Family[] = [];
    for (const family of families) {
      const kept = this.#kept.get(family);
      if (kept === undefined) continue;
      if (kept.isLongLived) {
        again.push(family);
        continue;
      }
      if (kept.longLivedSeconds === 0) {
        over.push(family);
        continue;
      }
      longLived.push(family);
      kept.isLongLived = true;
      kept.cancelLongLived = ports.clock.after(kept.longLivedSeconds * 1000, () => this.#longLivedTimeIsOver(family));
      this.#deadlineMs = ports.clock.nowMs() + kept.longLivedSeconds * 1000;
    }
    if (again.length > 0) scheduler.addJob(rib.makeLongLived(this.#index, again));
    if (longLived.length > 0) {
      scheduler.addJob(rib.makeLongLived(this.#index, longLived));
      this.#report('long-lived', longLived);
    }
    this.#expire(over);
  }

  #longLivedTimeIsOver(family: Family): void {
    const kept = this.#kept.get(family);
    if (kept === undefined) return;
    kept.cancelLongLived = undefined;
    if (this.#isSessionUp && this.#shared.scheduler.isBehind) {
      kept.cancelLongLived = this.#shared.ports.clock.after(RETRY_MS, () => this.#longLivedTimeIsOver(family));
      return;
    }
    this.#expire([family]);
    if (this.#kept.size === 0) this.#stopTimer();
  }

  #staleTimeIsOver(): void {
    if (this.#shared.scheduler.isBehind) {
      this.#cancelTimer = this.#shared.ports.clock.after(RETRY_MS, () => this.#staleTimeIsOver());
      return;
    }
    this.#expire([...this.#kept.keys()]);
  }

  #expire(families: readonly Family[]): void {
    if (families.length === 0) return;
    this.#report('expired', families);
    this.#sweep(families);
  }

  #sweep(families: readonly Family[]): void {
    if (families.length === 0) return;
    for (const family of families) this.#forget(family);
    this.#shared.scheduler.addJob(this.#shared.rib.sweepStale(this.#index, families));
  }

  #forget(family: Family): void {
    this.#kept.get(family)?.cancelLongLived?.();
    if (this.#kept.delete(family) && this.#kept.size === 0) this.#over();
  }

  #startTimer(seconds: number, run: () => void): void {
    const { clock } = this.#shared.ports;
    this.#deadlineMs = clock.nowMs() + seconds * 1000;
    this.#cancelTimer = clock.after(seconds * 1000, run);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #staleRoutes(): number {
    let stale = 0;
    for (const family of this.#kept.keys()) stale += this.#shared.rib.counts(this.#index, family).stale;
    return stale;
  }

  #report(
    phase: 'started' | 'not-preserved' | 'long-lived' | 'completed' | 'expired',
    families: readonly Family[],
  ): void {
    this.#reporter.observe({ type: 'graceful-restart', phase, families });
  }
}

const NOTHING: ReadonlyMap<Family, number> = new Map();

/** Whether a session that ended like this may come back with its routes in place. */
function mayRestart(cause: DownCause, withNotifications: boolean): boolean {
  switch (cause.type) {
    case 'tcp-failed':
      return true;
    case 'notification-received':
    case 'notification-sent':
    case 'hold-timer-expired':
      // RFC 8538 §4: with the N bit a NOTIFICATION does not end it, unless it is a Hard Reset.
      return withNotifications && !isHardReset(cause.notification);
    case 'stopped':
    case 'collision':
      return false;
  }
}

function isHardReset({ code, subcode }: Notification): boolean {
  return code === CEASE && subcode === HARD_RESET;
}
