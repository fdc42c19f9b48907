import type { ElementTable, MrtPeer } from '@bgp/mrt';
import {
  ATTRIBUTE,
  type AttributeEdit,
  AttributeView,
  afiOf,
  applyEdit,
  type Family,
  IPV4_UNICAST,
  IPV6_UNICAST,
  toFamily,
  UpdateBuilder,
} from '@bgp/wire';

const DEFAULT_LOCAL_PREF = 100;

export interface Announcer {
  readonly asn: number;
  readonly isInternal: boolean;
  readonly fourOctetAs: boolean;
  /** What both sides carry. */
  readonly families: ReadonlySet<Family>;
  /** Four or sixteen octets, by address family; a family without one is left out. */
  readonly nextHops: ReadonlyMap<1 | 2, Uint8Array>;
}

export interface Replay {
  /** By attributes, so that a message takes as many prefixes as fit. */
  readonly groups: readonly RouteGroup[];
  readonly routes: number;
}

interface RouteGroup {
  readonly family: Family;
  readonly attributes: Uint8Array;
  readonly prefixes: { readonly address: Uint8Array; readonly length: number }[];
}

/** The unicast routes that `from` has in the table, one for each prefix. */
export function replayOf(table: ElementTable, from: MrtPeer): Replay {
  const groups = new Map<string, RouteGroup>();
  const ids = new Map<Uint8Array, number>();
  let routes = 0;
  for (const { afi, safi, address, length, routes: all } of table.rows()) {
    const route = all.find(({ peer }) => peer.address === from.address && peer.as === from.as);
    const family = toFamily(afi, safi);
    if (route === undefined || (family !== IPV4_UNICAST && family !== IPV6_UNICAST)) continue;
    const { attributes } = route;
    const id = ids.get(attributes) ?? ids.size;
    ids.set(attributes, id);
    const key = `${family} ${id}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { family, attributes, prefixes: [] };
      groups.set(key, group);
    }
    group.prefixes.push({ address, length });
    routes++;
  }
  return { groups: [...groups.values()], routes };
}

/** A replay as UPDATE messages for one neighbor, with End-of-RIB for each family (RFC 4724 §2). */
export class ReplayUpdates {
  /** Of what has been given so far. */
  routes = 0;
  messages = 0;
  /** Sentences. */
  readonly leftOut: string[] = [];
  readonly #groups: readonly RouteGroup[];
  readonly #announcer: Announcer;

  constructor({ groups }: Replay, announcer: Announcer) {
    this.#groups = groups;
    this.#announcer = announcer;
  }

  /** Whole messages back to back, some ten kilobytes at a time. */
  *buffers(): Generator<Uint8Array> {
    const { families, nextHops } = this.#announcer;
    for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
      const name = family === IPV4_UNICAST ? 'IPv4' : 'IPv6';
      const nextHop = nextHops.get(afiOf(family) === 1 ? 1 : 2);
      const groups = this.#groups.filter((group) => group.family === family);
      if (!families.has(family)) this.#leaveOut(groups, `the neighbor does not take ${name}`);
      else if (nextHop === undefined) this.#leaveOut(groups, `there is no ${name} next hop, see --nexthop`);
      else yield* this.#family(family, groups, nextHop);
    }
  }

  *#family(family: Family, groups: readonly RouteGroup[], nextHop: Uint8Array): Generator<Uint8Array> {
    const { fourOctetAs } = this.#announcer;
    const options = { fourOctetAs, maxMessageOctets: 4096, extendedNextHop: false, addPath: false, family } as const;
    const builder = new UpdateBuilder(options);
    for (const group of groups) {
      const { attributes, prefixes } = group;
      const error = builder.beginAnnounce(applyEdit(attributes, editOf(attributes, this.#announcer, nextHop)));
      if (error !== undefined) {
        this.#leaveOut([group], `their attributes do not fit a message (${error.code})`);
        continue;
      }
      for (const { address, length } of prefixes) {
        if (family === IPV4_UNICAST) builder.addIpv4(word(address, 0), length, 0);
        else builder.addIpv6(word(address, 0), word(address, 4), word(address, 8), word(address, 12), length, 0);
      }
      this.routes += prefixes.length;
      yield* this.#take(builder);
    }
    builder.endOfRib();
    builder.finish();
    yield* this.#take(builder);
  }

  *#take(builder: UpdateBuilder): Generator<Uint8Array> {
    for (const { octets, messages } of builder.take()) {
      this.messages += messages;
      yield octets;
    }
  }

  #leaveOut(groups: readonly RouteGroup[], why: string): void {
    const routes = groups.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
    if (routes > 0) this.leftOut.push(`${routes} ${routes === 1 ? 'route is' : 'routes are'} left out: ${why}.`);
  }
}

function word(address: Uint8Array, at: number): number {
  const octet = (offset: number) => address[at + offset] ?? 0;
  return ((octet(0) << 24) | (octet(1) << 16) | (octet(2) << 8) | octet(3)) >>> 0;
}

/** RFC 4271 §5.1.5, RFC 4456 §8, RFC 5065 §4.1, RFC 7311 §3.3: what a neighbor of this kind may be told. */
function editOf(attributes: Uint8Array, { asn, isInternal }: Announcer, nextHop: Uint8Array): AttributeEdit {
  const view = new AttributeView().reset(attributes);
  if (isInternal) return { nextHop, ...(view.hasLocalPref ? {} : { localPref: DEFAULT_LOCAL_PREF }) };
  const remove = [ATTRIBUTE.LOCAL_PREF, ATTRIBUTE.ORIGINATOR_ID, ATTRIBUTE.CLUSTER_LIST, ATTRIBUTE.AIGP];
  // RFC 4271 §6.3: many neighbors want to see our AS first.
  const prepend = view.firstAs === asn ? [] : [{ as: asn, count: 1 }];
  return { remove, removeConfederation: true, prepend, nextHop };
}
