import {
  type Capability,
  type Family,
  formatIpAddress,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  type Message,
  type Notification,
  type Open,
  type RouteRefresh,
  toFamily,
  type Update,
} from '@bgp/wire';
import fc from 'fast-check';
import { asn, ipv4Address, ipv4Prefix, ipv6Prefix, pathAttributes } from './wire.ts';

const KNOWN_FAMILIES = [IPV4_UNICAST, IPV4_MULTICAST, IPV6_UNICAST, IPV6_MULTICAST];

/** Any address family that a peer could name, often one that has a codec. */
export function anyFamily(): fc.Arbitrary<Family> {
  const unknown = fc.tuple(fc.nat(0xffff), fc.nat(0xff)).map(([afi, safi]) => toFamily(afi, safi));
  return fc.oneof(fc.constantFrom(...KNOWN_FAMILIES), unknown);
}

export function capability(): fc.Arbitrary<Capability> {
  const restart = fc.array(fc.record({ family: anyFamily(), forwardingState: fc.boolean() }), { maxLength: 3 });
  return fc.oneof<fc.Arbitrary<Capability>[]>(
    anyFamily().map((family) => ({ type: 'multiprotocol', family })),
    fc.constantFrom<Capability>(
      { type: 'route-refresh' },
      { type: 'enhanced-route-refresh' },
      { type: 'extended-message' },
    ),
    asn().map((as) => ({ type: 'four-octet-as', as })),
    fc.nat(255).map((role) => ({ type: 'role', role })),
    fc
      .record({ restartState: fc.boolean(), notification: fc.boolean(), restartTime: fc.nat(4095), families: restart })
      .map((fields) => ({ type: 'graceful-restart', ...fields })),
    fc
      .array(fc.record({ family: anyFamily(), sendReceive: fc.nat(255) }), { minLength: 1, maxLength: 3 })
      .map((entries) => ({ type: 'add-path', entries })),
    fc
      .tuple(fc.integer({ min: 128, max: 255 }), fc.uint8Array({ maxLength: 20 }))
      .map(([code, value]) => ({ type: 'unknown', code, value })),
  );
}

/** `myAs` and the 4-octet capability agree. */
export function open(): fc.Arbitrary<Open> {
  return fc
    .record({
      as: asn(),
      holdTime: fc.oneof(fc.constantFrom(0, 3, 90, 180, 65_535), fc.integer({ min: 3, max: 65_535 })),
      bgpIdentifier: ipv4Address().filter((address) => address !== '0.0.0.0'),
      capabilities: fc.array(
        capability().filter(({ type }) => type !== 'four-octet-as'),
        { maxLength: 6 },
      ),
    })
    .map(({ as, holdTime, bgpIdentifier, capabilities }) => ({
      type: 'OPEN',
      version: 4,
      myAs: as > 0xffff ? 23_456 : as,
      holdTime,
      bgpIdentifier,
      capabilities: [...capabilities, { type: 'four-octet-as', as }],
    }));
}

/** One family announced, with its next hop where it belongs; or one withdrawn. Without errors and ADD-PATH. */
export function update(): fc.Arbitrary<Update> {
  const nlri = (prefix: fc.Arbitrary<string>) =>
    fc.uniqueArray(prefix, { minLength: 1, maxLength: 20 }).map((all) => all.map((one) => ({ prefix: one })));
  const empty = { type: 'UPDATE' as const, withdrawn: [], announced: [], attributes: {}, errors: [] };
  return fc.oneof(
    fc
      .tuple(nlri(ipv4Prefix()), pathAttributes({ confederation: false }))
      .map(([all, attributes]): Update => ({ ...empty, announced: [{ family: IPV4_UNICAST, nlri: all }], attributes })),
    fc
      .tuple(nlri(ipv6Prefix()), pathAttributes({ confederation: false }), ipv6NextHop())
      .map(([all, { nextHop: _own, ...attributes }, hop]): Update => {
        return { ...empty, announced: [{ family: IPV6_UNICAST, nlri: all, nextHop: [hop] }], attributes };
      }),
    nlri(ipv4Prefix()).map((all): Update => ({ ...empty, withdrawn: [{ family: IPV4_UNICAST, nlri: all }] })),
    nlri(ipv6Prefix()).map((all): Update => ({ ...empty, withdrawn: [{ family: IPV6_UNICAST, nlri: all }] })),
  );
}

function ipv6NextHop(): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: 14, maxLength: 14 })
    .map((rest) => formatIpAddress(Uint8Array.of(0x20, 0x01, ...rest)));
}

export function notification(): fc.Arbitrary<Notification> {
  return fc
    .record({ code: fc.integer({ min: 1, max: 7 }), subcode: fc.nat(11), data: fc.uint8Array({ maxLength: 30 }) })
    .map((fields) => ({ type: 'NOTIFICATION', ...fields }));
}

export function routeRefresh(): fc.Arbitrary<RouteRefresh> {
  return fc
    .record({ family: fc.constantFrom(...KNOWN_FAMILIES), subtype: fc.constantFrom(0, 1, 2) })
    .map((fields) => ({ type: 'ROUTE-REFRESH', ...fields }));
}

/** Any message, as its sender means it. */
export function message(): fc.Arbitrary<Message> {
  return fc.oneof<fc.Arbitrary<Message>[]>(
    open(),
    update(),
    notification(),
    routeRefresh(),
    fc.constant({ type: 'KEEPALIVE' }),
  );
}
