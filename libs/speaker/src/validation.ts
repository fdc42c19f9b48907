import { compileDelta } from '@bgp/policy';
import type { OriginValidity, PathValidity, Revalidation, Rib, RibPeer, RouteCursor, RouteValidator } from '@bgp/rib';
import { asPathOf, type Family, IPV4_UNICAST, IPV6_UNICAST, originOf, parseIpPrefix } from '@bgp/wire';
import type { LocalRole, PeerConfig, SpeakerConfig } from './config.ts';
import type { ValidationChange, ValidationPort } from './ports.ts';
import type { Scheduler } from './scheduler.ts';

/** More of them, and it is cheaper to ask about every route than to find out which are meant. */
const MAX_RANGES = 1_024;
const MAX_CUSTOMERS = 64;

/** Draft-ietf-sidrops-aspa-verification-28 §6.2. */
const PATH_FAMILIES: readonly Family[] = [IPV4_UNICAST, IPV6_UNICAST];

type PrefixWords = Pick<RouteCursor, 'family' | 'w0' | 'w1' | 'w2' | 'w3' | 'length'>;

/**
 * What RPKI says of routes: on arrival, when its data changes, and of what a policy is about to send.
 *
 * RFC 8481 §4: routes of every source have an origin validity, our own and those of internal neighbors too. A path is verified where it
 * enters the AS (draft §6.2), so routes of internal neighbors and of our own stay `unknown`.
 */
export class Validation implements RouteValidator {
  readonly #port: ValidationPort | undefined;
  readonly #config: () => SpeakerConfig;
  readonly #peerNamed: (name: string) => PeerConfig | undefined;
  #pending: { readonly change: ValidationChange; readonly settled: (() => void)[] } | undefined;
  #isRunning = false;
  #originRuns = 0;
  #pathRuns = 0;

  constructor(
    port: ValidationPort | undefined,
    config: () => SpeakerConfig,
    peerNamed: (name: string) => PeerConfig | undefined,
  ) {
    this.#port = port;
    this.#config = config;
    this.#peerNamed = peerNamed;
  }

  get isIdle(): boolean {
    return this.#port === undefined || !(this.#port.hasVrps || this.#port.hasAspas);
  }

  /** Runs that have ended, by what the change was about. */
  get revalidations(): { readonly origin: number; readonly path: number } {
    return { origin: this.#originRuns, path: this.#pathRuns };
  }

  origin(route: RouteCursor): OriginValidity {
    return this.originState(route, originOf(route.attributes, this.#ownAs));
  }

  /** Of a prefix as if it had this origin; `NO_ORIGIN` (-1): an AS_SET. */
  originState(route: PrefixWords, origin: number): OriginValidity {
    const { family, w0, w1, w2, w3, length } = route;
    if (this.#port === undefined || !this.#port.hasVrps) return 'not-found';
    return this.#port.originState(family, w0, w1, w2, w3, length, origin);
  }

  path(route: RouteCursor): PathValidity {
    const { family, source, attributes } = route;
    if (this.#port === undefined || !this.#port.hasAspas) return 'unknown';
    if (source.kind !== 'external' || !PATH_FAMILIES.includes(family)) return 'unknown';
    const role = this.#roleFor(source);
    return role === undefined ? 'unknown' : this.#port.aspaState(asPathOf(attributes), role, source.as);
  }

  /** A route of our own has our AS: what the outside sees of a confederation is its identifier. */
  get #ownAs(): number {
    const { asn, confederation } = this.#config();
    return confederation?.id ?? asn;
  }

  #roleFor({ name }: RibPeer): LocalRole | undefined {
    const peer = this.#peerNamed(name);
    if (peer?.role !== undefined) return peer.role;
    if (this.#config().pathsWithoutRole === 'unverified') return undefined;
    // A neighbor that does not put itself in front of paths is a route server.
    return peer?.enforceFirstAs === false ? 'route-server-client' : 'peer';
  }

  /** The data is another one already; routes that it touches are judged again, in slices. One change at a time: what comes meanwhile is one more. */
  changed(rib: Rib, scheduler: Scheduler, change: ValidationChange, settled: () => void): void {
    const before = this.#pending;
    const merged = before === undefined ? change : mergeChanges(before.change, change);
    this.#pending = { change: merged, settled: [...(before?.settled ?? []), settled] };
    this.#runNext(rib, scheduler);
  }

  #runNext(rib: Rib, scheduler: Scheduler): void {
    const next = this.#pending;
    if (this.#isRunning || next === undefined) return;
    this.#pending = undefined;
    this.#isRunning = true;
    scheduler.addJob(rib.revalidate(revalidationOf(next.change)), () => {
      this.#isRunning = false;
      const { prefixes, customers } = next.change;
      if (prefixes === 'all' || prefixes.length > 0) this.#originRuns++;
      if (customers === 'all' || customers.length > 0) this.#pathRuns++;
      for (const done of next.settled) scheduler.whenIdle(done);
      this.#runNext(rib, scheduler);
    });
  }
}

function mergeChanges(a: ValidationChange, b: ValidationChange): ValidationChange {
  return {
    prefixes: a.prefixes === 'all' || b.prefixes === 'all' ? 'all' : [...a.prefixes, ...b.prefixes],
    customers: a.customers === 'all' || b.customers === 'all' ? 'all' : [...a.customers, ...b.customers],
  };
}

/** Which routes to ask about; too many rather than too few. */
function revalidationOf({ prefixes, customers }: ValidationChange): Revalidation {
  if (prefixes === 'all' || prefixes.length > MAX_RANGES) return {};
  if (customers === 'all' || customers.length > MAX_CUSTOMERS) return {};
  const ranges = prefixes.map(({ prefix, maxLength }) => ({ prefix, ge: lengthOf(prefix), le: maxLength }));
  const touches = ranges.length === 0 ? () => false : compileDelta({ kind: 'prefixes', ranges });
  return {
    ...(touches === undefined ? {} : { prefixes: touches }),
    ...(customers.length === 0 ? {} : { paths: (view) => customers.some((as) => view.asPathContains(as)) }),
  };
}

function lengthOf(prefix: string): number {
  const parsed = parseIpPrefix(prefix);
  return parsed.ok ? parsed.value.length : 0; // `compileDelta` then takes all routes
}
