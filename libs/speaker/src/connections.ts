import { createInboundSession, createSession, type FsmConfig, type FsmEvent, resolveCollision } from '@bgp/fsm';
import type { AcceptedConnection, SocketAddress } from './ports.ts';
import { SessionDriver, type SessionOwner } from './session-driver.ts';

export type Refusal = 'disabled' | 'idle-hold';

/**
 * The connections with one neighbor: the main session, which dials, and at times a second one for an inbound connection beside it.
 *
 * RFC 4271 §6.8 decides between two when the second OPEN has come; the standard's two state machines are our two drivers. One that
 * is far ahead of the other (the other is still dialing) becomes the main session without a contest. An inbound connection never
 * replaces a dial that is under way: two speakers that dial each other in the same moment would both lose.
 */
export class Connections {
  readonly #owner: SessionOwner;
  #config: FsmConfig;
  #main: SessionDriver;
  #second: SessionDriver | undefined;

  constructor(owner: SessionOwner, config: FsmConfig) {
    this.#owner = owner;
    this.#config = config;
    this.#main = new SessionDriver(owner, createSession(config));
  }

  get main(): SessionDriver {
    return this.#main;
  }

  /** To both; the operator does not know which is which. */
  dispatch(event: FsmEvent): void {
    const second = this.#second;
    this.#second = undefined;
    second?.dispatch(event);
    second?.dispose();
    this.#main.dispatch(event);
  }

  dispose(): void {
    this.#second?.dispose();
    this.#main.dispose();
  }

  accept(local: SocketAddress, remote: SocketAddress): AcceptedConnection | Refusal {
    const { session } = this.#main;
    if (session.state === 'Idle') {
      if (session.stopped || !session.timers.has('idle-hold')) return 'disabled';
      if (!session.config.passive) return 'idle-hold'; // RFC 4271 §8.2.2: Idle refuses connections
      // A passive neighbor has nobody else to end its wait; the connecting side sets the pace.
      this.#main.dispatch({ type: 'IdleHoldTimerExpires' });
    }
    if (this.#main.state === 'Active' && !this.#main.isOpen) return this.#main.adopt(local, remote);
    // The newest of several inbound connections is the one that the neighbor still has.
    const previous = this.#second;
    this.#second = undefined;
    previous?.dispatch({ type: 'OpenCollisionDump' });
    previous?.dispose();
    const second = new SessionDriver(this.#owner, createInboundSession(this.#config));
    this.#second = second;
    return second.adopt(local, remote);
  }

  /** RFC 4271 §6.8: when an OPEN has been accepted on one connection. */
  openAccepted(driver: SessionDriver): void {
    const second = this.#second;
    if (second === undefined || (driver.state !== 'OpenConfirm' && driver.state !== 'Established')) return;
    const other = driver === this.#main ? second : this.#main;
    switch (other.state) {
      case 'Established': // "a connection collision with an existing BGP connection that is in the Established state"
        return this.#keep(other);
      case 'OpenConfirm':
        return this.#keep(this.#winner(driver, other));
      case 'OpenSent': // its OPEN will tell
        return;
      case 'Connect':
      case 'Active':
      case 'Idle':
        return this.#keep(driver);
    }
  }

  established(driver: SessionDriver): void {
    if (this.#second !== undefined) this.#keep(driver);
  }

  /** A second connection that came to nothing is forgotten; the main session starts again by itself. */
  ended(driver: SessionDriver): void {
    if (driver !== this.#second) return;
    this.#second = undefined;
    driver.dispose();
  }

  #winner(driver: SessionDriver, other: SessionDriver): SessionDriver {
    // Both from the same side: the neighbor has given the older one up.
    if (driver.isOutgoing === other.isOutgoing) return this.#second ?? driver;
    const { negotiated } = driver.session;
    if (negotiated === undefined) return other;
    const verdict = resolveCollision(
      this.#config.routerId,
      this.#config.localAs,
      negotiated.remoteRouterId,
      negotiated.remoteAs,
    );
    return driver.isOutgoing === (verdict === 'keep-ours') ? driver : other;
  }

  #keep(winner: SessionDriver): void {
    const second = this.#second;
    if (second === undefined) return;
    const loser = winner === second ? this.#main : second;
    this.#second = undefined;
    if (winner === second) {
      second.promote(this.#config, loser.session.failures);
      this.#main = second;
    }
    loser.dispatch({ type: 'OpenCollisionDump' }); // Cease/7, RFC 4486 §4
    loser.dispose();
  }
}
