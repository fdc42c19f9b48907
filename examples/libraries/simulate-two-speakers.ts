/**
 * Two whole BGP speakers in one process under virtual time: no socket, no clock. A minute of theirs takes milliseconds.
 * Run: node --conditions=@bgp/source examples/libraries/simulate-two-speakers.ts
 */
import { defaultPeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork } from '@bgp/speaker/simulation';
import { IPV4_UNICAST } from '@bgp/wire';

const network = createMemoryNetwork({ seed: 1 });

function speakerAt(address: string, asn: number, peerAddress: string, peerAs: number): Speaker {
  const { ports } = network.addHost({ addresses: [address], listenPort: 179 });
  const peers = [defaultPeerConfig(peerAddress, peerAs)];
  return new Speaker({ asn, routerId: address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers }, ports);
}

const left = speakerAt('192.0.2.1', 64500, '192.0.2.2', 64501);
const right = speakerAt('192.0.2.2', 64501, '192.0.2.1', 64500);
left.inject({
  family: IPV4_UNICAST,
  prefix: '198.51.100.0/24',
  nextHop: ['192.0.2.1'],
  attributes: { origin: 0, asPath: [] },
  pathId: 0,
});
left.start();
right.start();
network.runFor(60_000);

const page = right.listRoutes({ table: 'best', limit: 10 });
export const learned = page.ok
  ? page.value.routes.map(({ prefix, nextHop }) => `${prefix} via ${nextHop.join(' ')}`)
  : [];
console.log(learned);
