import { parseFamily } from '@bgp/wire';
import { isInterfaceName, parseIpAddress, parseIpPrefix } from '@bgp/wire/net';
import * as z from 'zod';

/*
 * The kinds of values that keys have. Messages finish the sentence "invalid <key> <value>: …"; the hint, where there is
 * one, says what to do. Checks only, no conversions: the schema's input is its output, and the JSON Schema says both.
 */

/** An optional key with its meaning and, where it is a constant, the value it has when absent. */
export function key<S extends z.ZodType>(schema: S, description: string, defaultValue?: unknown): z.ZodOptional<S> {
  const meta = defaultValue === undefined ? { description } : { description, default: defaultValue };
  return schema.optional().meta(meta);
}

/** A key that must be there. */
export function required<S extends z.ZodType>(schema: S, description: string): S {
  return schema.meta({ description });
}

/** A string that errors, logs and dumps never show. */
export function secret(description: string): z.ZodOptional<z.ZodString> {
  return z.string().min(1, 'must not be empty').optional().meta({ description, writeOnly: true });
}

export function integer(min: number, max: number): z.ZodInt {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
}

export const u16 = integer(0, 0xffff);
export const u32 = integer(0, 0xffff_ffff);
export const port = integer(1, 65_535);
export const positive = integer(1, Number.MAX_SAFE_INTEGER);

/** RFC 7607: AS 0 is nobody's. RFC 6793 §9: 23456 stands for an AS that does not fit, it is nobody's either. */
export const asn = integer(1, 0xffff_ffff).refine((value) => value !== 23_456, {
  error: 'AS 23456 is reserved for AS_TRANS (RFC 6793)',
  params: { hint: 'use the AS number that was assigned to the network' },
});

export const nonBlank = z.string().refine((text) => text.trim() !== '', { error: 'must not be empty' });

function octetsOf(text: string): Uint8Array | undefined {
  const parsed = parseIpAddress(text);
  return parsed.ok ? parsed.value : undefined;
}

export const ipAddress = z.string().refine((text) => octetsOf(text) !== undefined, {
  error: 'must be an IP address',
  params: { hint: 'an address literal such as 192.0.2.1 or 2001:db8::1; host names are not resolved' },
});

export const ipv4Address = z.string().refine((text) => octetsOf(text)?.length === 4, {
  error: 'must be an IPv4 address',
  params: { hint: 'four numbers, such as 192.0.2.1' },
});

/** RFC 6286 §2.1: a BGP Identifier is any IPv4-sized number but zero. */
export const bgpIdentifier = ipv4Address.refine((text) => text !== '0.0.0.0', {
  error: 'must not be 0.0.0.0 (RFC 6286)',
  params: { hint: "one of the router's IPv4 addresses, usually of its loopback" },
});

/** One that a session or a next hop can have: not unspecified, not multicast. */
export const unicastAddress = ipAddress.refine(
  (text) => {
    const octets = octetsOf(text);
    if (octets === undefined) return true; // said already
    const multicast = octets.length === 4 ? octets[0]! >= 224 : octets[0] === 0xff;
    return !multicast && octets.some((octet) => octet !== 0);
  },
  { error: 'must be a unicast address' },
);

/** As the kernel takes it; and such that it can stand where a neighbor's address does. */
export const interfaceName = z
  .string()
  .refine((text) => isInterfaceName(text), {
    error: 'must be the name of a network interface',
    params: { hint: '1 to 15 characters without blanks, "/", ":" and "%", such as eth0' },
  })
  .refine((text) => !['.', '..', 'local'].includes(text), {
    error: 'is reserved',
    params: { hint: 'it could be taken for something else where neighbors are named; rename the interface' },
  });

/** As neighbors are named: by address, with the interface of a link-local one, or by the interface alone. */
export const neighborName = z.string().refine(
  (text) => {
    const [address = '', link] = text.split('%', 2);
    if (link !== undefined) return isInterfaceName(link) && (octetsOf(address)?.length ?? 0) === 16;
    return octetsOf(text) !== undefined || isInterfaceName(text);
  },
  {
    error: 'must be an IP address',
    params: { hint: 'such as 192.0.2.1, or fe80::1%eth0, or the interface of a neighbor without an address' },
  },
);

export const globalIpv6Address = z.string().refine(
  (text) => {
    const octets = octetsOf(text);
    if (octets?.length !== 16) return false;
    const linkLocal = octets[0] === 0xfe && (octets[1]! & 0xc0) === 0x80;
    const loopbackOrUnspecified = octets.subarray(0, 15).every((octet) => octet === 0) && octets[15]! <= 1;
    return octets[0] !== 0xff && !linkLocal && !loopbackOrUnspecified;
  },
  { error: 'must be an IPv6 address that is not unspecified, loopback, link-local or multicast' },
);

export const prefix = z.string().refine((text) => parseIpPrefix(text).ok, {
  error: 'must be a prefix',
  params: { hint: 'address and length, such as 192.0.2.0/24 or 2001:db8::/32' },
});

/** `ip:port`, IPv6 in brackets. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || octetsOf(host) === undefined) return undefined;
  const isIpv6 = host.includes(':');
  const number = Number(match?.[3]);
  return isIpv6 === (match?.[1] !== undefined) && number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}

export const hostPort = z.string().refine((text) => parseHostPort(text) !== undefined, {
  error: 'must be an address and a port',
  params: { hint: 'such as 127.0.0.1:9179 or [::1]:9179; host names are not resolved' },
});

export const family = z.string().refine((text) => parseFamily(text) !== undefined && !text.includes('/'), {
  error: 'unknown family name',
  params: { hint: 'ipv4_unicast, ipv6_unicast, ipv4_flowspec, ipv6_flowspec or l2vpn_evpn' },
});

export const logLevel = z.enum(['error', 'warn', 'info', 'debug', 'trace']);

export const macAddress = z
  .string()
  .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/, 'must be a MAC address such as 02:00:00:00:00:01');

export const identifier = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]*$/, 'must begin with a letter; letters, digits, _ and - may follow');
