import type { Negotiated } from '@bgp/fsm';
import type { RouteView } from '@bgp/policy';
import type { PeerIndex, UpdateGroup, UpdateGroupSpec } from '@bgp/rib';
import { encodeMessage, type Family, ROUTE_REFRESH_SUBTYPE } from '@bgp/wire';
import { asAnnounced, type SessionIdentity } from './announced-origin.ts';
import type { PeerConfig } from './config.ts';
import type { Counters } from './counters.ts';
import { type ExportSession, exportFilter, exportKey } from './export-rules.ts';
import { FLOWSPEC_FAMILIES } from './flowspec-validation.ts';
import { nextHopSelf } from './next-hop-self.ts';
import type { OutboundPeer } from './outbound.ts';
import { ownFront, sessionAs } from './peer-kind.ts';
import type { PeerReporter } from './peer-reporter.ts';
import type { ReadonlyPeerSettings } from './peer-settings.ts';
import type { KeyedPolicy } from './policies.ts';
import type { SessionDriver } from './session-driver.ts';
import type { Shared } from './shared.ts';

const EVERY_PATH = Number.POSITIVE_INFINITY;
const NO_NEXT_HOP = new Uint8Array(0);

/** What of a neighbor decides how it is told. */
type Receiver = Pick<ReadonlyPeerSettings, 'config' | 'exportPolicy' | 'isLeaving'>;

/** From the RIB to one neighbor: its place in the update groups, and the octets' way to its socket. */
export class PeerAdvertising implements OutboundPeer {
  readonly index: PeerIndex;
  readonly #shared: Shared;
  readonly #counters: Counters;
  readonly #reporter: PeerReporter;
  readonly #settings: ReadonlyPeerSettings;
  readonly #main: () => SessionDriver;
  /** The export policy changed again while the move to another update group was under way. */
  #mustMoveAgain = false;
  readonly #whenMoved: (() => void)[] = [];
  /** Asked for again while they were still being sent for the first time. */
  readonly #refreshLater = new Set<Family>();

  /** `main`: whose session the neighbor's is. */
  constructor(
    shared: Shared,
    index: PeerIndex,
    settings: ReadonlyPeerSettings,
    counters: Counters,
    reporter: PeerReporter,
    main: () => SessionDriver,
  ) {
    this.#shared = shared;
    this.index = index;
    this.#settings = settings;
    this.#counters = counters;
    this.#reporter = reporter;
    this.#main = main;
  }

  /** A session is up: it gets the table of each family and follows from then on. */
  begin(negotiated: Negotiated): void {
    const { outbound, rib, scheduler } = this.#shared;
    for (const family of negotiated.families) {
      const spec = this.#groupSpec(this.#settings, negotiated, family, this.#reportNoNextHop);
      if (spec !== undefined) {
        outbound.join(rib.group(spec), this);
        continue;
      }
      // RFC 4724 §2: "including the case when there is no update to send"; one that waits for it selects nothing meanwhile.
      this.#sendEndOfRib(family);
      this.#reporter.observe({ type: 'end-of-rib', family, direction: 'sent' });
    }
    scheduler.wake();
  }

  end(): void {
    this.#refreshLater.clear();
    for (const group of this.#groups()) this.#shared.outbound.leave(group, this.index);
    this.#mustMoveAgain = false;
    this.#settle();
  }

  /** The whole table again, of some families or all. */
  refresh(families: readonly Family[] | undefined): void {
    // While it moves from one group to the next it is the latter's to tell it everything.
    const current = new Map(this.#groups().map((group) => [group.spec.family, group]));
    for (const [family, group] of current) {
      if (!(families?.includes(family) ?? true)) continue;
      if (!group.refresh(this.index)) this.#refreshLater.add(family);
      else this.#sendMarker(family, ROUTE_REFRESH_SUBTYPE.beginning);
    }
    this.#shared.scheduler.wake();
  }

  /** The export policy is another one: into the group that has it, told only what differs. */
  policyChanged(done: () => void = () => {}): void {
    const { outbound, rib, scheduler } = this.#shared;
    const { negotiated, state } = this.#main().session;
    this.#whenMoved.push(done);
    if (negotiated === undefined || state !== 'Established') return this.#settle();
    for (const family of negotiated.families) {
      const [before, next] = this.#groups().filter((group) => group.spec.family === family);
      if (before === undefined) continue;
      if (next !== undefined) {
        this.#mustMoveAgain = true; // one step at a time: the way back may be the group that it is leaving
        continue;
      }
      const spec = this.#groupSpec(this.#settings, negotiated, family, this.#reportNoNextHop);
      const group = spec === undefined ? before : rib.group(spec);
      if (group !== before) outbound.move(before, group, this, () => this.#moved());
    }
    this.#settle();
    scheduler.wake();
  }

  sentCount(family: Family): number {
    return (
      this.#groups()
        .findLast((group) => group.spec.family === family)
        ?.sentCount(this.index) ?? 0
    );
  }

  writeUpdates(octets: Uint8Array, messages: number): boolean {
    this.#counters.sent.update += messages;
    this.#counters.octetsSent += octets.length;
    this.#shared.taps.sent(this.index, octets, messages);
    return this.#main().connection.write(octets);
  }

  slow(state: 'detached' | 'caught-up'): void {
    this.#reporter.observe({ type: 'slow-peer', queuedOctets: this.#main().connection.queuedOctets, state });
  }

  /** RFC 8654 §4: attributes that fit no message of this session; such routes are withdrawn rather than cut. */
  notEncodable(family: Family, code: string): void {
    const detail = `a route's attributes do not fit a message: ${code}`;
    this.#reporter.observe({ type: 'not-advertised', family, reason: 'too-large', detail });
  }

  /** `max_prefixes_out`. */
  outboundLimit(family: Family, limit: number): void {
    const detail = `max_prefixes_out = ${limit} is reached; more is sent when something is withdrawn`;
    this.#reporter.observe({ type: 'not-advertised', family, reason: 'prefix-limit', detail });
  }

  tableSent(family: Family, kind: 'initial' | 'refresh'): void {
    if (kind === 'refresh' && !this.#sendMarker(family, ROUTE_REFRESH_SUBTYPE.end)) this.#sendEndOfRib(family);
    if (kind === 'initial' && this.#refreshLater.delete(family)) this.refresh([family]);
    this.#reporter.observe({ type: 'end-of-rib', family, direction: 'sent' });
  }

  #groups(): UpdateGroup[] {
    return this.#shared.outbound.groupsOf(this.index);
  }

  /** Tells those who wait for it that the neighbor is where its export policy wants it. */
  #settle(): void {
    const families = this.#groups().map((group) => group.spec.family);
    const isMoving = this.#mustMoveAgain || new Set(families).size < families.length;
    if (!isMoving) for (const done of this.#whenMoved.splice(0)) done();
  }

  #moved(): void {
    if (!this.#mustMoveAgain) return this.#settle();
    this.#mustMoveAgain = false;
    this.#shared.scheduler.addTask(() => {
      this.policyChanged();
      return true;
    });
  }

  /** What the groups of its session would be with another configuration, beside those that it is in. */
  groupsWith(config: PeerConfig, exportPolicy: KeyedPolicy): { from: UpdateGroup; to: UpdateGroupSpec }[] {
    const receiver = { config, exportPolicy, isLeaving: this.#settings.isLeaving };
    const { negotiated, state } = this.#main().session;
    if (negotiated === undefined || state !== 'Established') return [];
    return negotiated.families.flatMap((family) => {
      const from = this.#groups().findLast((group) => group.spec.family === family);
      if (from === undefined) return [];
      return [{ from, to: this.#groupSpec(receiver, negotiated, family, () => {}) ?? from.spec }];
    });
  }

  readonly #reportNoNextHop = (family: Family): void => {
    const detail = 'this session has no local address that could be the next hop; set local_ipv6_nexthop';
    this.#reporter.observe({ type: 'not-advertised', family, reason: 'no-next-hop', detail });
  };

  #groupSpec(receiver: Receiver, negotiated: Negotiated, family: Family, onNoNextHop: (family: Family) => void) {
    const { config, exportPolicy, isLeaving } = receiver;
    const kind = negotiated.peerKind;
    const self = nextHopSelf(family, this.#main().connection.local?.address ?? '', config, negotiated.extendedNextHop);
    const hasNextHop = !FLOWSPEC_FAMILIES.includes(family); // RFC 8955 §4
    // RFC 7947 §2.2.1: a route server leaves next hops as they are.
    if (self === undefined && kind === 'external' && hasNextHop && !config.routeServerClient) {
      onNoNextHop(family);
      return undefined;
    }
    const session: ExportSession = {
      ...this.#identity(config, negotiated),
      self: hasNextHop && self !== undefined ? self : NO_NEXT_HOP,
      hasNextHop,
      clusterId: this.#shared.clusterId,
      longLivedStale: knowsLongLived(negotiated, family),
      isLeaving,
    };
    return {
      family,
      kind,
      filterKey: exportKey(exportPolicy, config, session),
      filter: exportFilter(exportPolicy, config, session, this.#shared.validation),
      egressKey: '',
      egress: () => undefined,
      routeReflectorClient: config.routeReflectorClient,
      routeServerClient: config.routeServerClient,
      fourOctetAs: negotiated.fourOctetAs,
      maxMessageOctets: negotiated.maxMessageOctets,
      extendedNextHop: negotiated.extendedNextHop.has(family),
      addPathSendMax: negotiated.addPath.get(family)?.send === true ? (config.addPath?.sendMax ?? EVERY_PATH) : 0,
      perMemberBest: config.perClientBest,
      maxPrefixes: config.maxPrefixesOut ?? 0,
      onlyMember: config.maxPrefixesOut === undefined ? -1 : this.index,
      longLivedStale: session.longLivedStale,
    } as const;
  }

  /** A route as export policy looks at it; undefined without a session. */
  asAnnounced(route: RouteView): RouteView | undefined {
    const { config } = this.#settings;
    const { negotiated } = this.#main().session;
    if (negotiated === undefined) return undefined;
    return asAnnounced(route, config, this.#identity(config, negotiated), this.#shared.validation);
  }

  #identity(config: PeerConfig, { peerKind: kind, remoteAs }: Negotiated): SessionIdentity {
    const { config: speaker } = this.#shared;
    return { kind, localAs: sessionAs(speaker, config), ownFront: ownFront(speaker, config), remoteAs };
  }

  /** RFC 7313 §4. False: the session has no such markers. */
  #sendMarker(family: Family, subtype: number): boolean {
    const driver = this.#main();
    if (driver.session.negotiated?.enhancedRouteRefresh !== true) return false;
    driver.send({ type: 'ROUTE-REFRESH', family, subtype });
    return true;
  }

  #sendEndOfRib(family: Family): void {
    const update = {
      type: 'UPDATE',
      withdrawn: [],
      announced: [],
      attributes: {},
      errors: [],
      endOfRib: family,
    } as const;
    const encoded = encodeMessage(update, this.#main().context);
    if (encoded.ok) this.writeUpdates(encoded.value, 1);
  }
}

/** RFC 9494 §4.3 asks what the neighbor said, whether we offer the same on this session or not. */
function knowsLongLived({ remoteCapabilities }: Negotiated, family: Family): boolean {
  return remoteCapabilities.some(
    (capability) =>
      capability.type === 'long-lived-graceful-restart' && capability.families.some((entry) => entry.family === family),
  );
}
