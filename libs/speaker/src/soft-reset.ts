import { err, type Family, ok, type Result, ROUTE_REFRESH_SUBTYPE } from '@bgp/wire';
import type { PeerSession } from './peer-session.ts';
import type { Scheduler } from './scheduler.ts';
import type { SpeakerError } from './status.ts';

/** What can be done again without ending a session, in some of its families or in all. */
export class SoftReset {
  readonly #name: string;
  readonly #session: PeerSession;
  readonly #scheduler: Scheduler;

  constructor(name: string, session: PeerSession, scheduler: Scheduler) {
    this.#name = name;
    this.#session = session;
    this.#scheduler = scheduler;
  }

  /** Judges the kept routes again. The neighbor has nothing to do with it: all that it sent is here. */
  judgeReceived(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const wanted = this.#negotiatedOnly(families);
    if (!wanted.ok) return wanted;
    this.#scheduler.addJob(this.#session.import.renew());
    return ok(undefined);
  }

  /** Asks the neighbor for its table, for what was never kept: routes that looked like loops. */
  requestRoutes(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    const wanted = this.#negotiatedOnly(families);
    if (!wanted.ok) return wanted;
    const { negotiated, connections } = this.#session;
    if (negotiated?.routeRefresh !== true) {
      const why = `${this.#name} cannot be asked for its routes again: it has no Route Refresh.`;
      return err({ code: 'route-refresh-not-negotiated', message: why });
    }
    for (const family of wanted.value) {
      connections.main.send({ type: 'ROUTE-REFRESH', family, subtype: ROUTE_REFRESH_SUBTYPE.request });
    }
    return ok(undefined);
  }

  /** Sends what the neighbor has had once more. */
  sendAgain(families: readonly Family[] | undefined): Result<void, SpeakerError> {
    if (!this.#session.isEstablished) return this.#notEstablished();
    this.#session.advertising.refresh(families);
    return ok(undefined);
  }

  /** These families of the session, or all. */
  #negotiatedOnly(families: readonly Family[] | undefined): Result<readonly Family[], SpeakerError> {
    const { negotiated } = this.#session;
    if (negotiated === undefined) return this.#notEstablished();
    if (families?.every((family) => negotiated.families.includes(family)) ?? true) {
      return ok(families ?? negotiated.families);
    }
    return err({
      code: 'family-not-negotiated',
      message: `The session with ${this.#name} does not carry that family.`,
    });
  }

  #notEstablished(): Result<never, SpeakerError> {
    return err({ code: 'not-established', message: `The session with ${this.#name} is not established.` });
  }
}
