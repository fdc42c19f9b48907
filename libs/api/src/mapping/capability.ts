import { type Capability, formatFamily } from '@bgp/wire';

const ADD_PATH_MODES: Readonly<Record<number, string>> = { 1: 'receive', 2: 'send', 3: 'send and receive' };

/** One capability in words, for people. */
export function formatCapability(capability: Capability): string {
  switch (capability.type) {
    case 'multiprotocol':
      return `multiprotocol ${formatFamily(capability.family)}`;
    case 'extended-next-hop':
      return `extended-next-hop ${capability.entries.map((entry) => `${formatFamily(entry.family)} via afi ${entry.nextHopAfi}`).join(', ')}`;
    case 'role':
      return `role ${capability.role}`;
    case 'graceful-restart':
      return `graceful-restart ${capability.restartTime} s ${capability.families.map(({ family }) => formatFamily(family)).join(', ')}`.trimEnd();
    case 'four-octet-as':
      return `four-octet-as ${capability.as}`;
    case 'add-path':
      return `add-path ${capability.entries.map((entry) => `${formatFamily(entry.family)} ${ADD_PATH_MODES[entry.sendReceive] ?? entry.sendReceive}`).join(', ')}`;
    case 'long-lived-graceful-restart':
      return `long-lived-graceful-restart ${capability.families.map(({ family, staleTime }) => `${formatFamily(family)} ${staleTime} s`).join(', ')}`;
    case 'fqdn':
      return `fqdn ${printable([capability.hostName, capability.domainName].filter((name) => name !== '').join('.'))}`;
    case 'software-version':
      return `software-version ${printable(capability.version)}`;
    case 'unknown':
      return `unknown ${capability.code}`;
    case 'route-refresh':
    case 'extended-message':
    case 'enhanced-route-refresh':
      return capability.type;
  }
}

/** The neighbor chose this text: nothing in it may steer a terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
