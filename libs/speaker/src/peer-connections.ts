import {
  createInboundSession,
  createSession,
  type FsmConfig,
  type FsmEvent,
  type FsmState,
  resolveCollision,
} from '@bgp/fsm';
import type { AcceptedConnection, SocketAddress } from './ports.ts';
import { SessionDriver, type SessionMessages, type SessionOwner } from './session-driver.ts';

const BY_PROGRESS: readonly FsmState[] = ['Idle', 'Active', 'Connect', 'OpenSent', 'OpenConfirm', 'Established'];

/** No router restarts faster; what opens a second connection sooner is a collision. */
const RESTART_AFTER_MS = 3_000;

/**
 * The connections with one neighbor: the main session, which dials, and at times a second one for an inbound connection beside it,
 * until RFC 4271 §6.8 has decided between them.
 */
export class PeerConnections {
  readonly #owner: SessionOwner;
  readonly #messages: SessionMessages;
  readonly #config: () => FsmConfig;
  readonly #promoted: (from: FsmState, to: FsmState) => void;
  #main: SessionDriver;
  #second: SessionDriver | undefined;

  /** `promoted`: the second connection has become the main one. */
  constructor(
    owner: SessionOwner,
    messages: SessionMessages,
    config: () => FsmConfig,
    promoted: (from: FsmState, to: FsmState) => void,
  ) {
    this.#owner = owner;
    this.#messages = messages;
    this.#config = config;
    this.#promoted = promoted;
    this.#main = new SessionDriver(owner, messages, createSession(config()));
  }

  get main(): SessionDriver {
    return this.#main;
  }

  /** The state of the connection that has come further. */
  get state(): FsmState {
    const second = this.#second?.state ?? 'Idle';
    return BY_PROGRESS.indexOf(second) > BY_PROGRESS.indexOf(this.#main.state) ? second : this.#main.state;
  }

  /** What the next OPEN says has changed. */
  configChanged(): void {
    this.#main.setConfig(this.#config()); // the second one gets its own when it becomes the main one
  }

  /** To both; the operator does not know which is which. */
  dispatch(event: FsmEvent): void {
    this.#second?.dispatch(event);
    this.#main.dispatch(event);
  }

  stop(event: Extract<FsmEvent, { type: 'ManualStop' }>): void {
    this.#second?.dispatch(event);
    this.#second = undefined;
    this.#main.dispatch(event);
  }

  /** The link is down: what is open is broken, and nobody is there to be dialed. */
  linkLost(detail: string): void {
    const second = this.#second;
    this.#second = undefined;
    for (const driver of [second, this.#main]) {
      if (driver?.connection.exists === true) driver.lose(detail);
      driver?.dispatch({ type: 'ManualStop', silent: true }); // ends the wait for the automatic start
    }
  }

  resumeReading(): void {
    this.#main.connection.resume();
    this.#second?.connection.resume();
  }

  /** Undefined: refused, the neighbor sits out its idle hold time. */
  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | undefined {
    const { session } = this.#main;
    if (session.state === 'Idle') {
      // RFC 4271 §8.2.2: "refuses all incoming BGP connections for this peer". Only a passive neighbor has nobody else to end its
      // wait; there the connecting side sets the pace.
      if (!session.config.passive || !session.timers.has('idle-hold')) return undefined;
      this.#main.dispatch({ type: 'IdleHoldTimerExpires' });
    }
    // Beside a dial that is under way it gets a session of its own: two speakers that dial each other in the same moment and give up
    // their dials for the other's would both end with nothing. While the DelayOpenTimer runs there is a connection already.
    const isFree = this.#main.state === 'Active' && !this.#main.session.timers.has('delay-open');
    if (isFree) return this.#main.adopt(local, remote);
    // Of several inbound connections the neighbor still has the newest.
    this.#second?.dispatch({ type: 'OpenCollisionDump' });
    const driver = new SessionDriver(this.#owner, this.#messages, createInboundSession(this.#config()));
    this.#second = driver;
    return driver.adopt(local, remote);
  }

  /** Whether the change is the neighbor's own, rather than that of a second connection that came to nothing. */
  isMain(driver: SessionDriver): boolean {
    return driver === this.#main;
  }

  /** After a driver has changed its state. */
  stateChanged(driver: SessionDriver, to: FsmState): void {
    // A second one never dials: back in Active it has lost its connection, and would wait for another for ever.
    if (driver === this.#second && (to === 'Idle' || to === 'Active')) this.#second = undefined;
    if (to !== 'Idle') return;
    // The other connection goes on where this one has failed.
    if (driver === this.#main && this.#second !== undefined) this.#promoteSecond();
  }

  /** A driver reaches Established: it is the main one from now on. */
  established(driver: SessionDriver): void {
    if (driver !== this.#second) return;
    this.#main.dispatch({ type: 'OpenCollisionDump' });
    if (this.#second !== undefined) this.#promoteSecond();
  }

  /** RFC 4271 §6.8: two connections with this neighbor, and its identifier is known on one of them. */
  openReceived(driver: SessionDriver): void {
    const other = driver === this.#main ? this.#second : this.#main;
    const { negotiated } = driver.session;
    if (other === undefined || negotiated === undefined) return;
    if (other.state === 'Established') {
      // RFC 4724 §4.2: a neighbor that opens a session while we still have one has restarted without our noticing.
      if (other === this.#main && this.#mayHaveRestarted(other))
        return other.lose('the neighbor opened a new connection');
      return driver.dispatch({ type: 'OpenCollisionDump' });
    }
    if (other.state !== 'OpenConfirm' && other.state !== 'OpenSent') {
      // The other one is still dialing, or has failed: no contest.
      const hasGoneOn = driver.state === 'OpenConfirm' || driver.state === 'Established';
      if (driver === this.#second && hasGoneOn) this.#promoteSecond();
      return;
    }
    const { routerId, localAs } = this.#config();
    const verdict = resolveCollision(routerId, localAs, negotiated.remoteRouterId, negotiated.remoteAs);
    // Two connections that the neighbor opened: it has given the older one up.
    const isSameSide = driver.connection.isOutgoing === other.connection.isOutgoing;
    const [ours, theirs] = driver.connection.isOutgoing ? [driver, other] : [other, driver];
    const loser = isSameSide ? this.#main : verdict === 'keep-ours' ? theirs : ours;
    loser.dispatch({ type: 'OpenCollisionDump' });
  }

  /** A connection that was on its way when the other one came up is no restart. */
  #mayHaveRestarted({ session, establishedForMs }: SessionDriver): boolean {
    return (session.negotiated?.gracefulRestart?.families.length ?? 0) > 0 && establishedForMs > RESTART_AFTER_MS;
  }

  #promoteSecond(): void {
    const second = this.#second;
    if (second === undefined) return;
    const old = this.#main;
    const before = old.state;
    this.#main = second;
    this.#second = undefined;
    // The failed one must not start again beside its successor.
    old.dispatch({ type: 'ManualStop' });
    second.setConfig(this.#config());
    // Its step to Established, when that is what made it the main one, is reported on its own.
    if (second.state !== 'Established') this.#promoted(before, second.state);
  }
}
