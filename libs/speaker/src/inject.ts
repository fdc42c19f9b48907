import type { PeerIndex, Rib } from '@bgp/rib';
import {
  afiOf,
  encodeAttributes,
  err,
  type Family,
  type IpPrefix,
  ok,
  type PrefixOctets,
  parseIpPrefix,
  type Result,
} from '@bgp/wire';
import { encodeFlowSpec, encodeFlowSpecAction, type FlowSpecRule } from '@bgp/wire/flowspec';
import type { InjectedRoute, InjectedRule, SpeakerError } from './status.ts';

/** Routes of our own, put in through the API. */
export function injectRoute(
  rib: Rib,
  localPeer: PeerIndex,
  families: readonly Family[],
  route: InjectedRoute,
  nowSeconds: number,
): Result<void, SpeakerError> {
  const prefix = prefixOf(route.prefix, route.family, families);
  if (!prefix.ok) return prefix;
  const [nextHop, linkLocalNextHop] = route.nextHop;
  if (nextHop === undefined) return invalid(`${route.prefix} needs a next hop.`);
  const encoded = encodeAttributes({
    ...route.attributes,
    nextHop,
    ...(linkLocalNextHop === undefined ? {} : { linkLocalNextHop }),
  });
  if (!encoded.ok) return invalid(`The attributes of ${route.prefix} cannot be encoded: ${encoded.error.code}.`);
  const { octets, length } = prefix.value;
  rib.inject(localPeer, route.family, octets, length, route.pathId, encoded.value, nowSeconds);
  return ok(undefined);
}

export function withdrawInjectedRoute(
  rib: Rib,
  localPeer: PeerIndex,
  families: readonly Family[],
  family: Family,
  prefix: IpPrefix,
  pathId: number,
): Result<void, SpeakerError> {
  const parsed = prefixOf(prefix, family, families);
  if (!parsed.ok) return parsed;
  const { octets, length } = parsed.value;
  if (rib.withdrawInjected(localPeer, family, octets, length, pathId)) return ok(undefined);
  return err({ code: 'route-not-found', message: `There is no injected route ${prefix}.` });
}

export function injectRule(
  rib: Rib,
  localPeer: PeerIndex,
  { rule, actions, attributes }: InjectedRule,
  nowSeconds: number,
): Result<void, SpeakerError> {
  const key = encodeFlowSpec(rule);
  if (!key.ok) return invalid(`The rule cannot be encoded: ${key.error.code}.`);
  const extended = [...(attributes.extendedCommunities ?? [])];
  const ipv6Extended = [...(attributes.ipv6ExtendedCommunities ?? [])];
  for (const action of actions) {
    const octets = encodeFlowSpecAction(action);
    if (!octets.ok) return invalid(`The action ${action.type} cannot be encoded: ${octets.error.code}.`);
    // RFC 8956 §6.1: an IPv6 address does not fit the eight octets of the others.
    if (octets.value.length === 8) extended.push({ octets: octets.value });
    else ipv6Extended.push(octets.value);
  }
  const encoded = encodeAttributes({
    ...attributes,
    ...(extended.length === 0 ? {} : { extendedCommunities: extended }),
    ...(ipv6Extended.length === 0 ? {} : { ipv6ExtendedCommunities: ipv6Extended }),
  });
  if (!encoded.ok) return invalid(`The attributes of the rule cannot be encoded: ${encoded.error.code}.`);
  rib.injectRule(localPeer, rule.family, key.value, encoded.value, nowSeconds);
  return ok(undefined);
}

export function withdrawInjectedRule(rib: Rib, localPeer: PeerIndex, rule: FlowSpecRule): Result<void, SpeakerError> {
  const key = encodeFlowSpec(rule);
  if (key.ok && rib.withdrawInjectedRule(localPeer, rule.family, key.value)) return ok(undefined);
  return err({ code: 'route-not-found', message: 'There is no such injected rule.' });
}

function prefixOf(text: IpPrefix, family: Family, families: readonly Family[]): Result<PrefixOctets, SpeakerError> {
  if (!families.includes(family)) return invalid('There is no table for that family.');
  const parsed = parseIpPrefix(text);
  if (!parsed.ok) return invalid(`"${text}" is not a prefix.`);
  const isIpv4 = parsed.value.octets.length === 4;
  if (isIpv4 !== (afiOf(family) === 1)) return invalid(`${text} is not a prefix of that family.`);
  return ok(parsed.value);
}

function invalid(message: string): Result<never, SpeakerError> {
  return err({ code: 'route-invalid', message });
}
