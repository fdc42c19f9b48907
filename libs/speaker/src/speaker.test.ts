import { createMemoryNetwork, type MemoryHost, type MemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import type { PeerConfig } from './config.ts';
import { defaultPeerConfig } from './peer-defaults.ts';
import { Speaker } from './speaker.ts';

interface Node {
  readonly host: MemoryHost;
  readonly speaker: Speaker;
}

function node(
  network: MemoryNetwork,
  options: {
    readonly address: string;
    readonly asn: number;
    readonly requiresPolicy?: boolean;
    readonly peers: readonly (Partial<PeerConfig> & { readonly address: string; readonly remoteAs: number })[];
  },
): Node {
  const host = network.addHost({ addresses: [options.address], listenPort: 179 });
  const speaker = new Speaker(
    {
      asn: options.asn,
      routerId: options.address,
      ebgpRequiresPolicy: options.requiresPolicy ?? false,
      med: 'per-neighbor-as',
      peers: options.peers.map((peer) => ({ ...defaultPeerConfig(peer.address, peer.remoteAs), ...peer })),
    },
    host.ports,
  );
  return { host, speaker };
}

const inject = ({ speaker }: Node, prefix: string) =>
  speaker.inject({
    family: IPV4_UNICAST,
    prefix,
    nextHop: ['192.0.2.1'],
    attributes: { origin: 0, asPath: [] },
    pathId: 0,
  });

function best({ speaker }: Node): string[] {
  const page = speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 1000 });
  if (!page.ok) throw new Error(page.error.message);
  return page.value.routes
    .map(({ prefix, attributes }) => `${prefix} via ${attributes.asPath?.flatMap(({ asns }) => asns).join(' ')}`)
    .sort();
}

const isUp = ({ speaker }: Node) => speaker.peers().every(({ state }) => state === 'Established');

function pair(seed = 1): { network: MemoryNetwork; a: Node; b: Node } {
  const network = createMemoryNetwork({ seed });
  const a = node(network, { address: '10.0.0.1', asn: 65001, peers: [{ address: '10.0.0.2', remoteAs: 65002 }] });
  const b = node(network, { address: '10.0.0.2', asn: 65002, peers: [{ address: '10.0.0.1', remoteAs: 65001 }] });
  a.speaker.start();
  b.speaker.start();
  return { network, a, b };
}

describe('two speakers', () => {
  it('come up although both dial, and exchange routes both ways', () => {
    const { network, a, b } = pair();
    inject(a, '198.51.100.0/24');
    expect(network.runUntil(() => isUp(a) && isUp(b), 60_000)).toBe(true);
    inject(b, '203.0.113.0/24');
    network.runFor(5_000);
    expect(best(a)).toEqual(['198.51.100.0/24 via ', '203.0.113.0/24 via 65002']);
    expect(best(b)).toEqual(['198.51.100.0/24 via 65001', '203.0.113.0/24 via ']);
    a.speaker.withdrawInjected(IPV4_UNICAST, '198.51.100.0/24', 0);
    network.runFor(5_000);
    expect(best(b)).toEqual(['203.0.113.0/24 via ']);
  });
});
