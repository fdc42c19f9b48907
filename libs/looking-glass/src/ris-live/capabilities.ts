import { afiOf, type Capability, type Family, safiOf } from '@bgp/wire';

type Form = Readonly<Record<string, unknown>>;

const AFI_NAMES: Readonly<Record<number, string>> = { 1: 'ipv4', 2: 'ipv6', 25: 'l2vpn' };
const SAFI_NAMES: Readonly<Record<number, string>> = {
  1: 'unicast',
  2: 'multicast',
  4: 'nlri-mpls',
  70: 'evpn',
  128: 'mpls-vpn',
  133: 'flow',
  134: 'flow-vpn',
};

/** Codes of IANA "Capability Codes", and the names that RIS Live uses where it is known to have one. */
const NAMES = {
  multiprotocol: [1, 'multiprotocol'],
  'route-refresh': [2, 'route-refresh'],
  'extended-next-hop': [5, 'nexthop'],
  'extended-message': [6, 'extended-message'],
  role: [9, 'role'],
  'graceful-restart': [64, 'graceful restart'],
  'four-octet-as': [65, 'asn4'],
  'add-path': [69, 'addpath'],
  'enhanced-route-refresh': [70, 'enhanced-route-refresh'],
  'long-lived-graceful-restart': [71, 'long-lived graceful restart'],
  fqdn: [73, 'hostname'],
  'software-version': [75, 'software-version'],
} as const satisfies Record<Exclude<Capability['type'], 'unknown'>, readonly [number, string]>;

/** The capabilities of an OPEN by code, `{"1":{"name":"multiprotocol","families":["ipv4/unicast"]},…}`. */
export function capabilitiesForm(capabilities: readonly Capability[]): Form {
  const form: Record<string, Form> = {};
  const families = capabilities.flatMap((one) => (one.type === 'multiprotocol' ? [familyName(one.family)] : []));
  for (const capability of capabilities) {
    if (capability.type === 'unknown') {
      form[capability.code] = {
        name: 'unknown',
        iana: 'unknown',
        value: capability.code,
        raw: toHex(capability.value),
      };
      continue;
    }
    const [code, name] = NAMES[capability.type];
    form[code] = { name, ...(capability.type === 'multiprotocol' ? { families } : detailsOf(capability)) };
  }
  return form;
}

function detailsOf(capability: Exclude<Capability, { readonly type: 'multiprotocol' | 'unknown' }>): Form {
  switch (capability.type) {
    case 'route-refresh':
    case 'enhanced-route-refresh':
    case 'extended-message':
      return {};
    case 'role':
      return { role: capability.role };
    case 'four-octet-as':
      return { asn4: capability.as };
    case 'fqdn':
      return { hostname: capability.hostName, domain: capability.domainName };
    case 'software-version':
      return { version: capability.version };
    case 'extended-next-hop':
      return {
        entries: capability.entries.map(({ family, nextHopAfi }) => ({
          family: familyName(family),
          nexthop: AFI_NAMES[nextHopAfi] ?? String(nextHopAfi),
        })),
      };
    case 'add-path':
      return {
        entries: capability.entries.map(({ family, sendReceive }) => ({
          family: familyName(family),
          send_receive: sendReceive,
        })),
      };
    case 'graceful-restart':
      return {
        time: capability.restartTime,
        restart_state: capability.restartState,
        notification: capability.notification,
        families: capability.families.map(({ family, forwardingState }) => ({
          family: familyName(family),
          forwarding_state: forwardingState,
        })),
      };
    case 'long-lived-graceful-restart':
      return {
        families: capability.families.map(({ family, forwardingState, staleTime }) => ({
          family: familyName(family),
          forwarding_state: forwardingState,
          time: staleTime,
        })),
      };
  }
}

function familyName(family: Family): string {
  const [afi, safi] = [afiOf(family), safiOf(family)];
  return `${AFI_NAMES[afi] ?? afi}/${SAFI_NAMES[safi] ?? safi}`;
}

export function toHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text.toUpperCase();
}
