import { isIP } from 'node:net';
import type { SocketAddress } from '@bgp/speaker';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The form in which neighbors are looked up: no zone, IPv4-mapped addresses as IPv4, IPv6 as the system prints it. */
export function canonicalAddress(text: string): string {
  const [withoutZone = text] = text.split('%', 1);
  return MAPPED.exec(withoutZone)?.[1] ?? withoutZone.toLowerCase();
}

export function isIpv6(address: string): boolean {
  return isIP(address) === 6;
}

/** fe80::/10, RFC 4291 §2.5.6. */
export function isLinkLocal(address: string): boolean {
  return isIpv6(address) && /^fe[89ab]/i.test(address);
}

/** As the system wants it: a link-local address with its interface. */
export function withZone(address: string, link: string | undefined): string {
  return link !== undefined && isLinkLocal(address) ? `${address}%${link}` : address;
}

/** What Node says about one end of a socket; `undefined` once the connection is gone. */
export function socketAddress(address: string | undefined, port: number | undefined): SocketAddress | undefined {
  if (address === undefined || port === undefined) return undefined;
  const canonical = canonicalAddress(address);
  const percent = address.indexOf('%');
  // Node writes the zone of link-local addresses, as the name of the interface.
  if (percent < 0 || !isLinkLocal(canonical)) return { address: canonical, port };
  return { address: canonical, port, interface: address.slice(percent + 1) };
}

export function formatEndpoint(address: string, port: number): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
