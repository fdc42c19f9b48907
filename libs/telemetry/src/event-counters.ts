import type { DownReason, SpeakerEvent } from '@bgp/speaker';
import { hardResetReason } from '@bgp/wire';

/** Counts by one or two labels; a combination exists after its first event. */
export class LabeledCounter {
  readonly #counts = new Map<string, { readonly labels: readonly string[]; count: number }>();

  add(...labels: string[]): void {
    const key = labels.join('\n');
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { labels, count: 1 });
    else entry.count++;
  }

  entries(): Iterable<{ readonly labels: readonly string[]; readonly count: number }> {
    return this.#counts.values();
  }
}

/** What only events tell about one neighbor; the rest is in the speaker's snapshot. */
export interface PeerEventCounters {
  /** from, to */
  readonly transitions: LabeledCounter;
  /** code, subcode */
  readonly notificationsSent: LabeledCounter;
  readonly notificationsReceived: LabeledCounter;
  /** reason */
  readonly downs: LabeledCounter;
  /** phase */
  readonly refreshes: LabeledCounter;
  restartExpired: number;
  maxPrefixExceeded: number;
  connectFailures: number;
  detached: number;
}

/** The highest code and subcode that any RFC assigns fit below; more would let a peer make series at will. */
const NOTIFICATION_NUMBER_MAX = 16;

/** Counts speaker events. One entry per neighbor, gone with it. Constant work per event. */
export class EventCounters {
  readonly #peers = new Map<string, PeerEventCounters>();
  /** reason */
  readonly refused = new LabeledCounter();

  /** Made at the first question, so that a neighbor's counters begin at zero and not with their first event. */
  peer(name: string): PeerEventCounters {
    let counters = this.#peers.get(name);
    if (counters === undefined) {
      counters = newPeerCounters();
      this.#peers.set(name, counters);
    }
    return counters;
  }

  observe(event: SpeakerEvent): void {
    switch (event.type) {
      case 'state-changed':
        this.peer(event.peer).transitions.add(stateLabel(event.from), stateLabel(event.to));
        return;
      case 'notification': {
        const counters = this.peer(event.peer);
        const counter = event.direction === 'sent' ? counters.notificationsSent : counters.notificationsReceived;
        // A Hard Reset (RFC 8538) counts as what it is for.
        const { code, subcode } = hardResetReason({ ...event, type: 'NOTIFICATION' }) ?? event;
        counter.add(notificationLabel(code), notificationLabel(subcode));
        return;
      }
      case 'session-down':
        this.peer(event.peer).downs.add(event.reason satisfies DownReason);
        return;
      case 'max-prefixes-exceeded':
        this.peer(event.peer).maxPrefixExceeded++;
        return;
      case 'graceful-restart':
        if (event.phase === 'expired') this.peer(event.peer).restartExpired++;
        return;
      case 'route-refresh':
        this.peer(event.peer).refreshes.add(event.phase);
        return;
      case 'connect-failed':
        this.peer(event.peer).connectFailures++;
        return;
      case 'slow-peer':
        if (event.state === 'detached') this.peer(event.peer).detached++;
        return;
      case 'connection-refused':
        this.refused.add(event.reason);
        return;
      case 'peer-added':
        this.#peers.set(event.peer, newPeerCounters());
        return;
      case 'peer-removed':
        this.#peers.delete(event.peer);
        return;
      case 'speaker-started':
      case 'speaker-stopping':
      case 'speaker-stopped':
      case 'max-prefixes-warning':
      case 'graceful-shutdown-begun':
      case 'graceful-shutdown-ended':
      case 'peer-enabled':
      case 'peer-disabled':
      case 'session-up':
      case 'update-error':
      case 'end-of-rib':
      case 'policy-missing':
      case 'not-advertised':
        // Counted by the speaker itself, or nothing to count.
        return;
    }
  }
}

function newPeerCounters(): PeerEventCounters {
  return {
    transitions: new LabeledCounter(),
    notificationsSent: new LabeledCounter(),
    notificationsReceived: new LabeledCounter(),
    downs: new LabeledCounter(),
    refreshes: new LabeledCounter(),
    restartExpired: 0,
    maxPrefixExceeded: 0,
    connectFailures: 0,
    detached: 0,
  };
}

/** `OpenSent` → `open_sent`, as the seed spells it. */
export function stateLabel(state: string): string {
  return state.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

function notificationLabel(value: number): string {
  return value <= NOTIFICATION_NUMBER_MAX ? String(value) : 'other';
}
