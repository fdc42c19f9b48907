import { err, ok, type Result } from '@bgp/wire';

/**
 * The two messages of Neighbor Discovery by which routers on a link learn of each other (RFC 4861 §4.1, §4.2).
 *
 * ```text
 *  0        1        2                 4
 * +--------+--------+-----------------+------------------+
 * | 134    | code 0 | checksum        | hop limit  flags |  Router Advertisement
 * | lifetime        | reachable time  …                  |  16 octets, then options
 * | …               | retransmission timer               |
 * +--------+--------+-----------------+------------------+
 * | 133    | code 0 | checksum        | reserved (4)     |  Router Solicitation: 8 octets, then options
 * +--------+--------+-----------------+------------------+
 * option:  type (1), length in units of 8 octets (1), …
 * ```
 */
export const ICMPV6_TYPE = { routerSolicitation: 133, routerAdvertisement: 134 } as const;

const ADVERTISEMENT_OCTETS = 16;
const SOLICITATION_OCTETS = 8;
const HOP_LIMIT = 255;

export type DiscoveryMessage = 'router-solicitation' | 'router-advertisement';

/** What arrived on the socket. */
export interface ReceivedMessage {
  /** Canonical text, without zone. */
  readonly from: string;
  readonly hopLimit: number;
  readonly octets: Uint8Array;
}

/** Why a message says nothing. */
export type DiscoveryMessageError =
  | { readonly code: 'not-a-discovery-message'; readonly type: number | undefined }
  | { readonly code: 'hop-limit'; readonly hopLimit: number }
  | { readonly code: 'source-not-link-local'; readonly from: string }
  | { readonly code: 'code-not-zero'; readonly icmpCode: number }
  | { readonly code: 'too-short'; readonly octets: number }
  | { readonly code: 'option-length'; readonly offset: number };

/**
 * We are a router, and nobody's default router: with a lifetime of 0 hosts on the link take no route from this (RFC 4861 §4.2). All else is "unspecified".
 * The kernel fills in the checksum (RFC 3542 §3.1).
 */
export function encodeRouterAdvertisement(): Uint8Array {
  const octets = new Uint8Array(ADVERTISEMENT_OCTETS);
  octets[0] = ICMPV6_TYPE.routerAdvertisement;
  return octets;
}

export function encodeRouterSolicitation(): Uint8Array {
  const octets = new Uint8Array(SOLICITATION_OCTETS);
  octets[0] = ICMPV6_TYPE.routerSolicitation;
  return octets;
}

/**
 * What a message is, if it passes the checks of RFC 4861 §6.1.1 and §6.1.2. The kernel has checked the checksum. Nothing else in it matters here: that a
 * router sent it, and from where, is the message.
 */
export function readDiscoveryMessage(message: ReceivedMessage): Result<DiscoveryMessage, DiscoveryMessageError> {
  const { from, hopLimit, octets } = message;
  const type = octets[0];
  const isAdvertisement = type === ICMPV6_TYPE.routerAdvertisement;
  if (!isAdvertisement && type !== ICMPV6_TYPE.routerSolicitation)
    return err({ code: 'not-a-discovery-message', type });
  // "The packet could not possibly have been forwarded by a router."
  if (hopLimit !== HOP_LIMIT) return err({ code: 'hop-limit', hopLimit });
  const isFromLink = /^fe[89ab]/i.test(from);
  // A solicitation may come from a system that has no address yet.
  if (!isFromLink && (isAdvertisement || from !== '::')) return err({ code: 'source-not-link-local', from });
  const icmpCode = octets[1] ?? 0;
  if (icmpCode !== 0) return err({ code: 'code-not-zero', icmpCode });
  const start = isAdvertisement ? ADVERTISEMENT_OCTETS : SOLICITATION_OCTETS;
  if (octets.length < start) return err({ code: 'too-short', octets: octets.length });
  for (let offset = start; offset < octets.length; ) {
    const length = (octets[offset + 1] ?? 0) * 8;
    if (length === 0 || offset + length > octets.length) return err({ code: 'option-length', offset });
    offset += length;
  }
  return ok(isAdvertisement ? 'router-advertisement' : 'router-solicitation');
}
