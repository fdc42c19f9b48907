import type { ControlService } from '@bgp/api-proto';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';

export function controlService({ speaker, control, metrics }: ApiDependencies): ServiceImpl<typeof ControlService> {
  return {
    getHealth() {
      const { startedAtMs, running } = speaker.status();
      const peers = speaker.peers();
      return {
        healthy: running && !control.stopping.aborted,
        uptimeSeconds: BigInt(Math.max(0, Math.floor((control.wallMs() - startedAtMs) / 1000))),
        activePeers: peers.filter((peer) => peer.state === 'Established').length,
        configuredPeers: peers.length,
        totalRoutes: speaker.ribStatus().reduce((total, { prefixes }) => total + prefixes, 0),
        version: control.version,
        memoryOctets: BigInt(control.memoryOctets()),
      };
    },
    getMetrics() {
      return { prometheusText: metrics() };
    },
    shutdown({ reason, forGood }) {
      control.shutdown({ reason: reason === '' ? 'requested by API' : reason, forGood });
      return {};
    },
  };
}
