import {
  formatIpAddress,
  formatIpPrefix,
  type IpAddress,
  type IpPrefix,
  isInterfaceName,
  ok,
  parseIpAddress,
  parseIpPrefix,
  type Result,
} from '@bgp/wire';
import { type RequestError, requestError } from '../errors.ts';

/** What the speaker calls the source of routes of our own, and what the API shows for it, as the seed does. */
const LOCAL_PEER = 'local';
const LOCAL_PEER_ADDRESS = '0.0.0.0';

export function toPeerAddress(peer: string): string {
  return peer === LOCAL_PEER ? LOCAL_PEER_ADDRESS : peer;
}

/** A neighbor's name in any spelling of its address; `%interface` stays. Or the interface, of one that has no address. */
export function parsePeerName(text: string, field: string): Result<string, RequestError> {
  if (text === '') return requestError('missing', field, 'the address of a neighbor is needed');
  if (isInterfaceName(text)) return ok(text);
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent);
  const address = parseAddress(percent < 0 ? text : text.slice(0, percent), field);
  return address.ok ? ok(address.value + zone) : address;
}

/** As `parsePeerName`; the address of local routes names their source. */
export function parseRouteSource(text: string, field: string): Result<string, RequestError> {
  return text === LOCAL_PEER_ADDRESS ? ok(LOCAL_PEER) : parsePeerName(text, field);
}

export function parseAddress(text: string, field: string): Result<IpAddress, RequestError> {
  const parsed = parseIpAddress(text);
  return parsed.ok
    ? ok(formatIpAddress(parsed.value))
    : requestError('address-invalid', field, `"${text}" is not an IP address`);
}

/**
 * `address/length`, or an address with its length in a field of its own. As the fields cannot say "absent", a length of
 * 0 means the default route for an all-zero address and a host route for every other one.
 */
export function parsePrefix(
  text: string,
  length: number,
  field: string,
): Result<{ readonly prefix: IpPrefix; readonly octets: Uint8Array }, RequestError> {
  if (text === '') return requestError('missing', field, 'a prefix is needed');
  if (text.includes('/')) return checked(text, field);
  const address = parseIpAddress(text);
  if (!address.ok) return requestError('prefix-invalid', field, `"${text}" is neither an IP address nor a prefix`);
  const bits = address.value.length * 8;
  const isZero = address.value.every((octet) => octet === 0);
  return checked(`${text}/${length === 0 && !isZero ? bits : length}`, field);
}

function checked(text: string, field: string) {
  const parsed = parseIpPrefix(text);
  if (!parsed.ok)
    return requestError('prefix-invalid', field, `"${text}" is not a prefix, write 192.0.2.0/24 or 2001:db8::/32`);
  return ok({ prefix: formatIpPrefix(parsed.value.octets, parsed.value.length), octets: parsed.value.octets });
}

/** `address/length` in two fields. */
export function splitPrefix(prefix: IpPrefix): { readonly prefix: string; readonly prefixLength: number } {
  const slash = prefix.lastIndexOf('/');
  return { prefix: prefix.slice(0, slash), prefixLength: Number(prefix.slice(slash + 1)) };
}
