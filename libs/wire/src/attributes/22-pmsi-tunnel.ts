import { type AttributeCodec, isUnsigned } from './codec.ts';
import { ATTRIBUTE, OPTIONAL_TRANSITIVE } from './codes.ts';

/**
 * RFC 6514 §5.
 *
 * ```text
 * +-----------+------------------+-----------+----------------------+
 * | flags (1) | tunnel type (1)  | label (3) | tunnel identifier    |
 * +-----------+------------------+-----------+----------------------+
 * ```
 *
 * We check what must be there and leave the identifier as it is: which types exist is open (IANA "PMSI Tunnel Types"),
 * and a type that we do not know is no reason to lose the route of those who do. Ingress replication, which EVPN uses
 * (RFC 8365 §5.1.3), has an address as identifier.
 */
export const pmsiTunnel: AttributeCodec = {
  code: ATTRIBUTE.PMSI_TUNNEL,
  name: 'PMSI_TUNNEL',
  flags: OPTIONAL_TRANSITIVE,
  check(octets, start, end) {
    const length = end - start;
    const tunnelType = length >= 2 ? octets[start + 1]! : 0;
    const isSound = length >= 5 && (tunnelType !== INGRESS_REPLICATION || length === 9 || length === 21);
    return isSound ? undefined : { code: 'pmsi-tunnel-malformed', tunnelType, length };
  },
  decode(octets, start, end, into) {
    into.pmsiTunnel = {
      flags: octets[start]!,
      tunnelType: octets[start + 1]!,
      label: (octets[start + 2]! << 16) | (octets[start + 3]! << 8) | octets[start + 4]!,
      tunnelIdentifier: octets.slice(start + 5, end),
    };
  },
  isPresent: (attributes) => attributes.pmsiTunnel !== undefined,
  encode(attributes, out) {
    const tunnel = attributes.pmsiTunnel;
    if (tunnel === undefined) return undefined;
    const { flags, tunnelType, label, tunnelIdentifier } = tunnel;
    if (!isUnsigned(flags, 255)) return { code: 'value-out-of-range', field: 'pmsiTunnel.flags', value: flags };
    if (!isUnsigned(tunnelType, 255))
      return { code: 'value-out-of-range', field: 'pmsiTunnel.tunnelType', value: tunnelType };
    if (!isUnsigned(label, 0xff_ffff)) return { code: 'value-out-of-range', field: 'pmsiTunnel.label', value: label };
    out.u8(flags);
    out.u8(tunnelType);
    out.u8(label >>> 16);
    out.u16(label & 0xffff);
    out.copy(tunnelIdentifier);
    return undefined;
  },
};

const INGRESS_REPLICATION = 6;
