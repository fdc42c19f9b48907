import {
  type AsPath,
  decodeMessage,
  type IpPrefix,
  type NlriGroup,
  type Notification,
  type Open,
  type PathAttributes,
  type PrefixOctets,
  safiOf,
  type Update,
} from '@bgp/wire';
import { capabilitiesForm, toHex } from './capabilities.ts';
import { blocksOf, prefixKey } from './prefix-key.ts';
import type { PathStep, RisEvent, RisType } from './types.ts';

type Form = Readonly<Record<string, unknown>>;

const ORIGINS = ['igp', 'egp', 'incomplete'];
const MESSAGE_TYPE_AT = 18; // RFC 4271 §4.1
const UPDATE = 2;
const UNICAST = 1; // SAFI, RFC 4760 §6

/** One `ris_message`: decoded once, written at most twice, for however many clients. */
export class RisMessage {
  readonly type: RisType;
  /** `data` without `raw`. */
  readonly data: Form;
  /** Absent: not an UPDATE, or one without AS_PATH. */
  readonly path: readonly PathStep[] | undefined;
  readonly #prefixes: readonly IpPrefix[];
  readonly #octets: Uint8Array | undefined;
  #blocks: readonly PrefixOctets[] | undefined;
  readonly #keys = new Map<number, readonly string[]>();
  #text: string | undefined;
  #rawText: string | undefined;

  private constructor(type: RisType, data: Form, octets: Uint8Array | undefined, update?: Update) {
    this.type = type;
    this.data = data;
    this.#octets = octets;
    this.path = update?.attributes.asPath === undefined ? undefined : pathSteps(update.attributes.asPath);
    this.#prefixes = update === undefined ? [] : [...update.announced, ...update.withdrawn].flatMap(unicastPrefixes);
  }

  /**
   * Undefined: nothing that RIS Live has a form for, such as a ROUTE-REFRESH. Of an UPDATE that ends its session (RFC 7606 §2) only the octets
   * are told.
   */
  static of(event: RisEvent, host: string, id: string): RisMessage | undefined {
    const common = {
      timestamp: Math.round(event.atMs / 10) / 100,
      peer: event.peer,
      peer_asn: String(event.peerAs),
      id,
      host,
    };
    if (event.event === 'state') {
      return new RisMessage('RIS_PEER_STATE', { ...common, type: 'RIS_PEER_STATE', state: event.state }, undefined);
    }
    const { octets, ctx, direction } = event;
    const decoded = decodeMessage(octets, ctx);
    if (!decoded.ok) {
      const isUpdate = octets[MESSAGE_TYPE_AT] === UPDATE;
      return isUpdate ? new RisMessage('UPDATE', { ...common, type: 'UPDATE' }, octets) : undefined;
    }
    const message = decoded.value;
    switch (message.type) {
      case 'UPDATE':
        return new RisMessage('UPDATE', { ...common, type: 'UPDATE', ...updateForm(message) }, octets, message);
      case 'OPEN':
        return new RisMessage('OPEN', { ...common, type: 'OPEN', direction, ...openForm(message) }, octets);
      case 'NOTIFICATION': {
        const notification = notificationForm(message);
        return new RisMessage('NOTIFICATION', { ...common, type: 'NOTIFICATION', direction, notification }, octets);
      }
      case 'KEEPALIVE':
        return new RisMessage('KEEPALIVE', { ...common, type: 'KEEPALIVE', direction }, octets);
      case 'ROUTE-REFRESH':
        return undefined;
    }
  }

  /** Announced and withdrawn unicast prefixes. */
  blocks(): readonly PrefixOctets[] {
    this.#blocks ??= blocksOf(this.#prefixes);
    return this.#blocks;
  }

  /** Keys of the first bits of those of its prefixes that have so many, of one family; made once for all clients. */
  keys(octets: 4 | 16, bits: number): readonly string[] {
    const place = octets * 256 + bits;
    let keys = this.#keys.get(place);
    if (keys === undefined) {
      const blocks = this.blocks().filter((block) => block.octets.length === octets && block.length >= bits);
      keys = [...new Set(blocks.map((block) => prefixKey(block.octets, bits)))];
      this.#keys.set(place, keys);
    }
    return keys;
  }

  /** What goes to a client. */
  text(includeRaw: boolean): string {
    if (!includeRaw || this.#octets === undefined) {
      this.#text ??= JSON.stringify({ type: 'ris_message', data: this.data });
      return this.#text;
    }
    this.#rawText ??= JSON.stringify({ type: 'ris_message', data: { ...this.data, raw: toHex(this.#octets) } });
    return this.#rawText;
  }
}

function updateForm({ attributes, announced, withdrawn }: Update): Form {
  const { origin, med, aggregator, communities, asPath } = attributes;
  const announcements = announcementsOf(announced, attributes);
  const withdrawals = withdrawn.flatMap(unicastPrefixes);
  return {
    ...(asPath === undefined ? {} : { path: pathSteps(asPath) }),
    ...(communities === undefined ? {} : { community: communities.map((one) => [one >>> 16, one & 0xffff]) }),
    ...(origin === undefined ? {} : { origin: ORIGINS[origin] ?? 'incomplete' }),
    ...(med === undefined ? {} : { med }),
    ...(aggregator === undefined ? {} : { aggregator: `${aggregator.as}:${aggregator.address}` }),
    ...(announcements.length === 0 ? {} : { announcements }),
    ...(withdrawals.length === 0 ? {} : { withdrawals }),
  };
}

/** By next hop. Of two (RFC 2545 §3) the global one: monitors take no other for an address. */
function announcementsOf(groups: readonly NlriGroup[], { nextHop }: PathAttributes): Form[] {
  const byNextHop = new Map<string, IpPrefix[]>();
  for (const group of groups) {
    const prefixes = unicastPrefixes(group);
    const hop = group.nextHop?.[0] ?? nextHop ?? '';
    const known = byNextHop.get(hop);
    if (known !== undefined) known.push(...prefixes);
    else if (prefixes.length > 0) byNextHop.set(hop, prefixes);
  }
  return [...byNextHop].map(([hop, prefixes]) => ({ next_hop: hop, prefixes }));
}

/** RIS Live knows unicast prefixes only; what else an UPDATE carries is in `raw`. */
function unicastPrefixes({ family, nlri }: NlriGroup): IpPrefix[] {
  return safiOf(family) === UNICAST ? nlri.map(({ prefix }) => prefix) : [];
}

function pathSteps(path: AsPath): PathStep[] {
  return path.flatMap(({ type, asns }): PathStep[] => {
    if (type === 'set' || type === 'confed-set') return [[...asns].sort((a, b) => a - b)];
    return [...asns];
  });
}

function openForm({ version, myAs, holdTime, bgpIdentifier, capabilities }: Open): Form {
  const fourOctet = capabilities.find((capability) => capability.type === 'four-octet-as');
  return {
    version,
    asn: fourOctet?.as ?? myAs,
    hold_time: holdTime,
    router_id: bgpIdentifier,
    capabilities: capabilitiesForm(capabilities),
  };
}

function notificationForm({ code, subcode, data }: Notification): Form {
  return { code, subcode, data: toHex(data) };
}
