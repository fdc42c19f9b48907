import { AddressFamily } from '@bgp/api-proto';
import {
  type Family,
  IPV4_MULTICAST,
  IPV4_UNICAST,
  IPV6_MULTICAST,
  IPV6_UNICAST,
  ok,
  parseFamily,
  type Result,
} from '@bgp/wire';
import { IPV4_FLOWSPEC, IPV6_FLOWSPEC } from '@bgp/wire/flowspec';
import { type RequestError, requestError } from '../errors.ts';

const ROWS: readonly (readonly [Family, AddressFamily])[] = [
  [IPV4_UNICAST, AddressFamily.IPV4_UNICAST],
  [IPV6_UNICAST, AddressFamily.IPV6_UNICAST],
  [IPV4_FLOWSPEC, AddressFamily.IPV4_FLOWSPEC],
  [IPV6_FLOWSPEC, AddressFamily.IPV6_FLOWSPEC],
  [IPV4_MULTICAST, AddressFamily.IPV4_MULTICAST],
  [IPV6_MULTICAST, AddressFamily.IPV6_MULTICAST],
];
const TO_PROTO = new Map(ROWS);
const FROM_PROTO = new Map(ROWS.map(([family, proto]) => [proto, family]));

/** UNSPECIFIED for a family that the API has no name for yet. */
export function toAddressFamily(family: Family): AddressFamily {
  return TO_PROTO.get(family) ?? AddressFamily.UNSPECIFIED;
}

/** Undefined for UNSPECIFIED, which means every family. */
export function parseAddressFamily(value: AddressFamily, field: string): Result<Family | undefined, RequestError> {
  if (value === AddressFamily.UNSPECIFIED) return ok(undefined);
  const family = FROM_PROTO.get(value);
  return family === undefined
    ? requestError('family-invalid', field, `address family ${value} is not supported`)
    : ok(family);
}

/** `ipv4_unicast` and so on, as in the configuration file. */
export function parseFamilyNames(names: readonly string[], field: string): Result<Family[], RequestError> {
  const families: Family[] = [];
  for (const name of names) {
    const family = parseFamily(name);
    if (family === undefined) {
      return requestError(
        'family-invalid',
        field,
        `"${name}" is not an address family; try ipv4_unicast or ipv6_unicast`,
      );
    }
    families.push(family);
  }
  return ok(families);
}
