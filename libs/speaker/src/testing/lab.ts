import {
  createMemoryNetwork,
  type HostInterface,
  type HostOptions,
  type MemoryHost,
  type MemoryNetwork,
  type MemoryNetworkOptions,
} from '@bgp/testkit';
import { encodeMessage, INITIAL_CONTEXT, IPV4_UNICAST, type Message } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from '../config.ts';
import type { SpeakerEvent } from '../events.ts';
import { defaultPeerConfig } from '../peer-defaults.ts';
import type { TcpHandle, TcpHandlers, ValidationPort } from '../ports.ts';
import { scopedAddress } from '../scoped-address.ts';
import { Speaker } from '../speaker.ts';

export interface Node {
  readonly host: MemoryHost;
  readonly speaker: Speaker;
  readonly address: string;
}

/** Without an address: whoever is found on the interface. */
export type PeerOptions = Partial<PeerConfig> & { readonly remoteAs: number };

export interface NodeOptions {
  readonly address: string;
  readonly interfaces?: readonly HostInterface[];
  readonly asn: number;
  readonly routerId?: string;
  readonly requiresPolicy?: boolean;
  readonly confederation?: SpeakerConfig['confederation'];
  readonly pathsWithoutRole?: SpeakerConfig['pathsWithoutRole'];
  readonly validation?: ValidationPort;
  readonly dynamicNeighbors?: SpeakerConfig['dynamicNeighbors'];
  readonly pace?: HostOptions['pace'];
  readonly peers: readonly PeerOptions[];
}

/** A speaker on a host of the network; not started. */
export function addNode(network: MemoryNetwork, options: NodeOptions): Node {
  const host = network.addHost({
    addresses: [options.address],
    interfaces: options.interfaces ?? [],
    ...(options.pace === undefined ? {} : { pace: options.pace }),
  });
  const speaker = new Speaker(
    {
      asn: options.asn,
      routerId: options.routerId ?? options.address,
      ebgpRequiresPolicy: options.requiresPolicy ?? false,
      med: 'per-neighbor-as',
      ...(options.confederation === undefined ? {} : { confederation: options.confederation }),
      ...(options.dynamicNeighbors === undefined ? {} : { dynamicNeighbors: options.dynamicNeighbors }),
      ...(options.pathsWithoutRole === undefined ? {} : { pathsWithoutRole: options.pathsWithoutRole }),
      peers: options.peers.map((peer) => ({
        ...peerDefaults(peer),
        ...peer,
      })),
    },
    { ...host.ports, ...(options.validation === undefined ? {} : { validation: options.validation }) },
  );
  return { host, speaker, address: options.address };
}

function peerDefaults({ address, interface: link, remoteAs }: PeerOptions): PeerConfig {
  if (address !== undefined)
    return { ...defaultPeerConfig(address, remoteAs), name: scopedAddress({ address, interface: link }) };
  const { address: _address, ...config } = defaultPeerConfig('fe80::', remoteAs);
  return { ...config, name: link ?? '' };
}

export interface Pair {
  readonly network: MemoryNetwork;
  readonly a: Node;
  readonly b: Node;
}

/** Two external neighbors; `start` says who begins, and so whose dial is first. */
export function pair(
  options: MemoryNetworkOptions & { readonly a?: Partial<PeerConfig>; readonly b?: Partial<PeerConfig> } = {},
): Pair {
  const { a: ofA, b: ofB, ...shape } = options;
  const network = createMemoryNetwork(shape);
  const a = addNode(network, {
    address: '10.0.0.1',
    asn: 65001,
    peers: [{ ...ofA, address: '10.0.0.2', remoteAs: 65002 }],
  });
  const b = addNode(network, {
    address: '10.0.0.2',
    asn: 65002,
    peers: [{ ...ofB, address: '10.0.0.1', remoteAs: 65001 }],
  });
  return { network, a, b };
}

export function isUp(...nodes: readonly Node[]): boolean {
  return nodes.every(({ speaker }) => speaker.peers().every(({ state }) => state === 'Established'));
}

export function inject({ speaker }: Node, prefix: string, nextHop = '192.0.2.1'): void {
  const attributes = { origin: 0, asPath: [] } as const;
  const done = speaker.inject({ family: IPV4_UNICAST, prefix, nextHop: [nextHop], attributes, pathId: 0 });
  if (!done.ok) throw new Error(done.error.message);
}

/** `10.1.2.0/24` and so on: a table of `count` prefixes. */
export function prefixes(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = index + first;
    return `${20 + ((at >>> 16) & 63)}.${(at >>> 8) & 255}.${at & 255}.0/24`;
  });
}

/** Best routes as `prefix via AS path`, sorted. */
export function best({ speaker }: Node): string[] {
  const rows: string[] = [];
  let cursor: string | undefined;
  do {
    const page = speaker.listRoutes({
      table: 'best',
      family: IPV4_UNICAST,
      limit: 10_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (!page.ok) throw new Error(page.error.message);
    for (const { prefix, attributes } of page.value.routes) {
      rows.push(`${prefix} via ${attributes.asPath?.flatMap(({ asns }) => asns).join(' ')}`);
    }
    cursor = page.value.nextCursor;
  } while (cursor !== undefined);
  return rows.sort();
}

export function eventsOf<T extends SpeakerEvent['type']>(
  { host }: Node,
  type: T,
): Extract<SpeakerEvent, { readonly type: T }>[] {
  return host.events.filter((event): event is Extract<SpeakerEvent, { readonly type: T }> => event.type === type);
}

/** A hand-made neighbor: it sends what it is told and remembers what it got. */
export class RawPeer implements TcpHandlers {
  readonly received: number[] = [];
  readonly closed: string[] = [];
  handle: TcpHandle | undefined;

  onOpen(): void {}
  onData(chunk: Uint8Array): void {
    this.received.push(...chunk);
  }
  onDrain(): void {}
  onClose(reason: { readonly code: string }): void {
    this.closed.push(reason.code);
  }

  send(message: Message, context = INITIAL_CONTEXT): void {
    const encoded = encodeMessage(message, context);
    if (!encoded.ok) throw new Error(encoded.error.code);
    this.handle?.write(encoded.value);
  }

  sendOctets(octets: Uint8Array): void {
    this.handle?.write(octets);
  }

  /** Types of the messages received, with code and subcode of a NOTIFICATION. */
  messages(): string[] {
    const octets = this.received;
    const found: string[] = [];
    for (let at = 0; at + 19 <= octets.length; ) {
      const type = octets[at + 18];
      found.push(type === 3 ? `3 ${octets[at + 19]}/${octets[at + 20]}` : `${type}`);
      at += (octets[at + 16] ?? 0) * 256 + (octets[at + 17] ?? 0);
    }
    return found;
  }
}

export function openMessage(asn: number, routerId: string, holdTime = 90): Message {
  return {
    type: 'OPEN',
    version: 4,
    myAs: asn,
    holdTime,
    bgpIdentifier: routerId,
    capabilities: [
      { type: 'multiprotocol', family: IPV4_UNICAST },
      { type: 'four-octet-as', as: asn },
    ],
  };
}
