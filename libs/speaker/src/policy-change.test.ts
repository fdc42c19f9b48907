import type { PolicySource } from '@bgp/policy';
import { createMemoryNetwork, type MemoryHost } from '@bgp/testkit';
import { decodeMessage, IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { defaultPeerConfig } from './peer-defaults.ts';
import { Speaker } from './speaker.ts';

const ALL: PolicySource = { name: 'all', defaultAction: 'permit', statements: [] };
const deny = (prefix: string): PolicySource => ({
  name: `not ${prefix}`,
  defaultAction: 'permit',
  statements: [{ action: 'deny', match: { prefixes: [{ prefix }] } }],
});

function world() {
  const network = createMemoryNetwork({ seed: 7 });
  const speakerAt = (address: string, asn: number, other: string, otherAs: number) => {
    const host: MemoryHost = network.addHost({ addresses: [address], listenPort: 179 });
    const peers = [defaultPeerConfig(other, otherAs)];
    const config = { asn, routerId: address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
    return new Speaker(config, host.ports);
  };
  const a = speakerAt('10.0.0.1', 65001, '10.0.0.2', 65002);
  const b = speakerAt('10.0.0.2', 65002, '10.0.0.1', 65001);
  for (let i = 0; i < 50; i++) {
    const attributes = { origin: 0, asPath: [], med: i % 5 };
    a.inject({ family: IPV4_UNICAST, prefix: `20.0.${i}.0/24`, nextHop: ['192.0.2.1'], attributes, pathId: 0 });
  }
  a.start();
  b.start();
  network.runFor(30_000);
  const received = () => {
    const page = b.listRoutes({ table: 'received', family: IPV4_UNICAST, limit: 1000 });
    return page.ok ? page.value.routes.map(({ prefix }) => prefix).sort() : [];
  };
  /** Prefixes in the UPDATEs that a sent to b since `from`. */
  const sentSince = (from: number) =>
    network.transcript.slice(from).flatMap(({ from: sender, octets }) => {
      if (!sender.startsWith('10.0.0.1')) return [];
      const counts = { announced: 0, withdrawn: 0 };
      for (let at = 0; at + 19 <= octets.length; ) {
        const end = at + (((octets[at + 16] ?? 0) << 8) | (octets[at + 17] ?? 0));
        const ctx = {
          fourOctetAs: true,
          maxMessageOctets: 65535,
          addPath: new Map(),
          extendedNextHop: new Set<number>(),
          peerKind: 'external',
        } as const;
        const message = decodeMessage(octets.subarray(at, end), ctx);
        if (message.ok && message.value.type === 'UPDATE') {
          for (const { nlri } of message.value.announced) counts.announced += nlri.length;
          for (const { nlri } of message.value.withdrawn) counts.withdrawn += nlri.length;
        }
        at = end;
      }
      return counts.announced + counts.withdrawn > 0 ? [counts] : [];
    });
  return { network, a, b, received, sentSince };
}

describe('a changed export policy', () => {
  it('is told as the difference: what is now denied is withdrawn, nothing else moves', () => {
    const { network, a, received, sentSince } = world();
    expect(received()).toHaveLength(50);
    const mark = network.transcript.length;
    expect(a.setPolicy('10.0.0.2', 'export', [deny('20.0.7.0/24')]).ok).toBe(true);
    network.runFor(5_000);
    expect(received()).toHaveLength(49);
    expect(received()).not.toContain('20.0.7.0/24');
    expect(sentSince(mark)).toEqual([{ announced: 0, withdrawn: 1 }]);
  });

  it('changed again and back while the first change is under way, ends where the last one says', () => {
    const { network, a, received } = world();
    a.setPolicy('10.0.0.2', 'export', [deny('20.0.7.0/24')]);
    a.setPolicy('10.0.0.2', 'export', [deny('20.0.8.0/24')]);
    network.runFor(5_000);
    expect(received()).toContain('20.0.7.0/24');
    expect(received()).not.toContain('20.0.8.0/24');
    a.setPolicy('10.0.0.2', 'export', [deny('20.0.9.0/24')]);
    a.setPolicy('10.0.0.2', 'export', [ALL]);
    a.setPolicy('10.0.0.2', 'export', [deny('20.0.8.0/24')]);
    a.setPolicy('10.0.0.2', 'export', [ALL]);
    network.runFor(5_000);
    expect(received()).toHaveLength(50);
    const [status] = a.peers();
    expect(status?.prefixes.find(({ family }) => family === IPV4_UNICAST)?.sent).toBe(50);
  });

  it('taken away, nothing is announced any more (RFC 8212 is off here: everything is)', () => {
    const { network, a, received } = world();
    a.setPolicy('10.0.0.2', 'export', [{ name: 'none', defaultAction: 'deny', statements: [] }]);
    network.runFor(5_000);
    expect(received()).toEqual([]);
    a.setPolicy('10.0.0.2', 'export', undefined);
    network.runFor(5_000);
    expect(received()).toHaveLength(50);
  });
});
