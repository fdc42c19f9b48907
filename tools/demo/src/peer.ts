import { defaultPeerConfig, type InjectedRoute, Speaker } from '@bgp/speaker';
import { nodeClock, nodeTcp } from '@bgp/transport';
import { IPV4_UNICAST, IPV6_UNICAST } from '@bgp/wire';
import type { DemoPeer } from './daemon.ts';

/** A second speaker in this process that dials the daemon over real TCP and announces what it is given. */
export function startDemoPeer(peer: DemoPeer, daemonPort: number, routes: Iterable<InjectedRoute>): Speaker {
  const tcp = nodeTcp();
  const everything = [{ name: 'everything', defaultAction: 'permit', statements: [] }] as const;
  const speaker = new Speaker(
    {
      asn: peer.asn,
      routerId: peer.address,
      ebgpRequiresPolicy: true,
      med: 'per-neighbor-as',
      peers: [
        {
          ...defaultPeerConfig('127.0.0.1', 65001),
          localAddress: peer.address,
          remotePort: daemonPort,
          connectRetryTime: 1,
          families: [IPV4_UNICAST, IPV6_UNICAST],
          localIpv6NextHop: `2001:db8::${peer.asn.toString(16)}`,
          importChain: everything,
          exportChain: everything,
        },
      ],
    },
    { clock: nodeClock(), tcp, random: Math.random, observe: () => {} },
  );
  for (const route of routes) {
    const injected = speaker.inject(route);
    if (!injected.ok) throw new Error(`demo route ${route.prefix}: ${injected.error.message}`);
  }
  speaker.start();
  return speaker;
}
