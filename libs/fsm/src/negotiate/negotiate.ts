import {
  AS_TRANS,
  afiOf,
  type Capability,
  err,
  type Family,
  IPV4_UNICAST,
  type Notification,
  type Open,
  ok,
  type Result,
  safiOf,
} from '@bgp/wire';
import { notification } from '../transition.ts';
import type { FsmConfig, Negotiated } from '../types.ts';
import { negotiateAddPath } from './add-path.ts';
import { capabilityOf } from './capability-of.ts';
import { localCapabilities } from './local-open.ts';
import { rolesAgree } from './role.ts';

/** OPEN Message Error subcodes, RFC 4271 §4.5, RFC 5492 §5 and RFC 9234 §4.2. */
const OPEN_ERROR = {
  unsupportedVersion: 1,
  badPeerAs: 2,
  badBgpIdentifier: 3,
  unacceptableHoldTime: 6,
  unsupportedCapability: 7,
  roleMismatch: 11,
} as const;

/**
 * What our OPEN and the peer's agree on, or the NOTIFICATION that refuses the session.
 *
 * @param config what we are and want; our side is `localOpen(config)`.
 * @param remote the peer's OPEN as decoded; untrusted.
 * @source RFC 4271 §4.2, §6.2; RFC 4760 §8; RFC 5492 §5; RFC 6286 §2.2; RFC 6793 §4; RFC 7607 §2; RFC 9234 §4.2
 */
export function negotiate(config: FsmConfig, remote: Open): Result<Negotiated, Notification> {
  if (remote.version !== 4) return refuse(OPEN_ERROR.unsupportedVersion, Uint8Array.of(0, 4)); // RFC 4271 §6.2
  const ours = localCapabilities(config);
  const theirs = remote.capabilities;

  const fourOctetAs = capabilityOf(theirs, 'four-octet-as');
  const remoteAs = fourOctetAs?.as ?? remote.myAs;
  // RFC 7607 §2: AS 0 is no AS, in either field. 0 in the configuration accepts any other.
  if (remoteAs === 0 || remote.myAs === 0) return refuse(OPEN_ERROR.badPeerAs);
  // RFC 6793 §3: AS_TRANS stands for an AS number and is nobody's own.
  if (remoteAs === AS_TRANS) return refuse(OPEN_ERROR.badPeerAs);
  if (config.remoteAs !== 0 && remoteAs !== config.remoteAs) return refuse(OPEN_ERROR.badPeerAs);

  const peerKind = config.peerKind ?? (remoteAs === config.localAs ? 'internal' : 'external');
  // RFC 6286 §2.2: not zero, and unique within the AS.
  if (remote.bgpIdentifier === '0.0.0.0') return refuse(OPEN_ERROR.badBgpIdentifier);
  if (peerKind === 'internal' && remote.bgpIdentifier === config.routerId) return refuse(OPEN_ERROR.badBgpIdentifier);

  if (remote.holdTime === 1 || remote.holdTime === 2) return refuse(OPEN_ERROR.unacceptableHoldTime); // RFC 4271 §6.2
  const holdTime = Math.min(config.holdTime, remote.holdTime);

  // RFC 9234 §4.2: roles are for external sessions.
  if (peerKind === 'external' && !rolesAgree(ours, theirs, config.strictRole === true)) {
    return refuse(OPEN_ERROR.roleMismatch);
  }

  const families = commonFamilies(config, theirs);
  // RFC 5492 §5: the data names the capabilities that we cannot do without.
  if (families.length === 0) return refuse(OPEN_ERROR.unsupportedCapability, multiprotocolOctets(config.families));

  return ok({
    fourOctetAs: fourOctetAs !== undefined,
    maxMessageOctets: both(ours, theirs, 'extended-message') ? 65535 : 4096,
    addPath: negotiateAddPath(families, ours, theirs),
    extendedNextHop: commonExtendedNextHops(families, ours, theirs),
    peerKind,
    holdTime,
    // RFC 4271 §4.4: a third of the Hold Time, and never more often than once per second.
    keepaliveTime: holdTime === 0 ? 0 : Math.max(1, Math.floor(holdTime / 3)),
    families,
    remoteAs,
    remoteRouterId: remote.bgpIdentifier,
    routeRefresh: both(ours, theirs, 'route-refresh'),
    enhancedRouteRefresh: both(ours, theirs, 'enhanced-route-refresh'),
    ...gracefulRestart(ours, theirs),
    localCapabilities: ours,
    remoteCapabilities: theirs,
  });
}

function refuse(subcode: number, data?: Uint8Array): Result<never, Notification> {
  return err(notification(2, subcode, data));
}

function both(ours: readonly Capability[], theirs: readonly Capability[], type: Capability['type']): boolean {
  return capabilityOf(ours, type) !== undefined && capabilityOf(theirs, type) !== undefined;
}

/** RFC 4760 §8; a peer without any multiprotocol capability speaks IPv4 unicast. Our order. */
function commonFamilies(config: FsmConfig, theirs: readonly Capability[]): readonly Family[] {
  const offered = theirs.filter((capability) => capability.type === 'multiprotocol').map(({ family }) => family);
  const accepted = new Set(offered.length === 0 ? [IPV4_UNICAST] : offered);
  return config.families.filter((family) => accepted.has(family));
}

/** RFC 8950 §4: an entry for the family with an IPv6 next hop on both sides. */
function commonExtendedNextHops(
  families: readonly Family[],
  ours: readonly Capability[],
  theirs: readonly Capability[],
): ReadonlySet<Family> {
  const named = (capabilities: readonly Capability[], family: Family) =>
    capabilityOf(capabilities, 'extended-next-hop')?.entries.some(
      (entry) => entry.family === family && entry.nextHopAfi === 2,
    ) === true;
  return new Set(families.filter((family) => named(ours, family) && named(theirs, family)));
}

/** RFC 4724 §4.2, RFC 9494 §4.2: what the peer said, when we speak it too; LLGR only together with graceful restart. */
function gracefulRestart(
  ours: readonly Capability[],
  theirs: readonly Capability[],
): Pick<Negotiated, 'gracefulRestart' | 'longLivedGracefulRestart'> {
  // RFC 4724 §3: all but the last instance are ignored.
  const restart = capabilityOf(theirs.toReversed(), 'graceful-restart');
  if (restart === undefined || capabilityOf(ours, 'graceful-restart') === undefined) return {};
  const { restartState, notification: notificationBit, restartTime, families } = restart;
  const longLived = capabilityOf(theirs, 'long-lived-graceful-restart');
  return {
    gracefulRestart: { restartState, notification: notificationBit, restartTime, families },
    ...(longLived !== undefined && capabilityOf(ours, 'long-lived-graceful-restart') !== undefined
      ? { longLivedGracefulRestart: longLived.families }
      : {}),
  };
}

/** Capability TLVs of RFC 4760 §8: code 1, length 4, AFI, reserved, SAFI. */
function multiprotocolOctets(families: readonly Family[]): Uint8Array {
  return Uint8Array.from(
    families.flatMap((family) => [1, 4, afiOf(family) >>> 8, afiOf(family) & 0xff, 0, safiOf(family)]),
  );
}
