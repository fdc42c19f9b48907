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

/** What Node says about one end of a socket; `undefined` once the connection is gone. */
export function socketAddress(address: string | undefined, port: number | undefined): SocketAddress | undefined {
  if (address === undefined || port === undefined) return undefined;
  return { address: canonicalAddress(address), port };
}

export function formatEndpoint(address: string, port: number): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
