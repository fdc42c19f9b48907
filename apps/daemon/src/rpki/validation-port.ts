import { type LocalRole as AspaRole, formatVrpPrefix, NO_ORIGIN, type RpkiChange, type RpkiData } from '@bgp/rpki';
import type { LocalRole, ValidationChange, ValidationPort } from '@bgp/speaker';
import { afiOf } from '@bgp/wire';

const ROLES: Readonly<Record<LocalRole, AspaRole>> = {
  provider: 'provider',
  customer: 'customer',
  peer: 'peer',
  'route-server': 'rs',
  'route-server-client': 'rs-client',
};

/** The data as the speaker asks for it. */
export function validationPort(data: RpkiData): ValidationPort {
  return {
    get hasVrps() {
      return data.vrps.size(1) + data.vrps.size(2) > 0;
    },
    get hasAspas() {
      return data.aspas.size > 0;
    },
    originState(family, w0, w1, w2, w3, length, originAs) {
      const origin = originAs < 0 ? NO_ORIGIN : originAs;
      return afiOf(family) === 1
        ? data.vrps.validateIpv4(w0, length, origin)
        : data.vrps.validateIpv6(w0, w1, w2, w3, length, origin);
    },
    aspaState: (asPath, role, neighborAs) => data.aspas.verify(asPath, ROLES[role], neighborAs),
  };
}

/** The same in the speaker's words. */
export function toValidationChange({ ranges, customers }: RpkiChange): ValidationChange {
  if (ranges === 'all') return { prefixes: 'all', customers };
  return {
    prefixes: ranges.map((range) => ({ prefix: formatVrpPrefix(range), maxLength: range.maxLength })),
    customers,
  };
}
