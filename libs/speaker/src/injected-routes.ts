import type { PeerIndex, Rib } from '@bgp/rib';
import {
  afiOf,
  encodeAttributes,
  err,
  type Family,
  type IpPrefix,
  ok,
  type PathAttributes,
  type PrefixOctets,
  parseIpPrefix,
  type Result,
} from '@bgp/wire';
import { encodeFlowSpec, encodeFlowSpecAction, type FlowSpecAction, type FlowSpecRule } from '@bgp/wire/flowspec';
import type { ClockPort } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { InjectedRoute, InjectedRule, SpeakerError } from './status.ts';
import { TABLE_FAMILIES } from './tables.ts';

/** Routes and FlowSpec rules of our own, put in through the API. */
export class InjectedRoutes {
  readonly #rib: Rib;
  readonly #localPeer: PeerIndex;
  readonly #clock: ClockPort;
  readonly #scheduler: Scheduler;

  constructor(rib: Rib, localPeer: PeerIndex, clock: ClockPort, scheduler: Scheduler) {
    this.#rib = rib;
    this.#localPeer = localPeer;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  inject({ family, prefix, pathId, nextHop: hops, attributes }: InjectedRoute): Result<void, SpeakerError> {
    const parsed = prefixOf(prefix, family);
    if (!parsed.ok) return parsed;
    const [nextHop, linkLocalNextHop] = hops;
    if (nextHop === undefined) return invalid(`${prefix} needs a next hop.`);
    const encoded = encodeAttributes({
      ...attributes,
      nextHop,
      ...(linkLocalNextHop === undefined ? {} : { linkLocalNextHop }),
    });
    if (!encoded.ok) return invalid(`The attributes of ${prefix} cannot be encoded: ${encoded.error.code}.`);
    const { octets, length } = parsed.value;
    this.#rib.inject(this.#localPeer, family, octets, length, pathId, encoded.value, this.#nowSeconds);
    return this.#changed();
  }

  withdraw(family: Family, prefix: IpPrefix, pathId: number): Result<void, SpeakerError> {
    const parsed = prefixOf(prefix, family);
    if (!parsed.ok) return parsed;
    const { octets, length } = parsed.value;
    if (this.#rib.withdrawInjected(this.#localPeer, family, octets, length, pathId)) return this.#changed();
    return err({ code: 'route-not-found', message: `There is no injected route ${prefix}.` });
  }

  injectRule({ rule, actions, attributes }: InjectedRule): Result<void, SpeakerError> {
    const key = encodeFlowSpec(rule);
    if (!key.ok) return invalid(`The rule cannot be encoded: ${key.error.code}.`);
    const acting = withActions(attributes, actions);
    if (!acting.ok) return acting;
    const encoded = encodeAttributes(acting.value);
    if (!encoded.ok) return invalid(`The attributes of the rule cannot be encoded: ${encoded.error.code}.`);
    this.#rib.injectRule(this.#localPeer, rule.family, key.value, encoded.value, this.#nowSeconds);
    return this.#changed();
  }

  withdrawRule(rule: FlowSpecRule): Result<void, SpeakerError> {
    const key = encodeFlowSpec(rule);
    if (key.ok && this.#rib.withdrawInjectedRule(this.#localPeer, rule.family, key.value)) return this.#changed();
    return err({ code: 'route-not-found', message: 'There is no such injected rule.' });
  }

  get #nowSeconds(): number {
    return Math.floor(this.#clock.wallMs() / 1000);
  }

  #changed(): Result<void, SpeakerError> {
    this.#scheduler.wake();
    return ok(undefined);
  }
}

/** What a rule does to traffic travels as extended communities (RFC 8955 §7). */
function withActions(
  attributes: InjectedRule['attributes'],
  actions: readonly FlowSpecAction[],
): Result<PathAttributes, SpeakerError> {
  const extended = [...(attributes.extendedCommunities ?? [])];
  const ipv6Extended = [...(attributes.ipv6ExtendedCommunities ?? [])];
  for (const action of actions) {
    const octets = encodeFlowSpecAction(action);
    if (!octets.ok) return invalid(`The action ${action.type} cannot be encoded: ${octets.error.code}.`);
    // RFC 8956 §6.1: an IPv6 address does not fit the eight octets of the others.
    if (octets.value.length === 8) extended.push({ octets: octets.value });
    else ipv6Extended.push(octets.value);
  }
  return ok({
    ...attributes,
    ...(extended.length === 0 ? {} : { extendedCommunities: extended }),
    ...(ipv6Extended.length === 0 ? {} : { ipv6ExtendedCommunities: ipv6Extended }),
  });
}

function prefixOf(text: IpPrefix, family: Family): Result<PrefixOctets, SpeakerError> {
  if (!TABLE_FAMILIES.includes(family)) return invalid('There is no table for that family.');
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) return invalid(`"${text}" is not a prefix.`);
  const isIpv4 = parsed.value.octets.length === 4;
  if (isIpv4 !== (afiOf(family) === 1)) return invalid(`${text} is not a prefix of that family.`);
  return ok(parsed.value);
}

function invalid(message: string): Result<never, SpeakerError> {
  return err({ code: 'route-invalid', message });
}
