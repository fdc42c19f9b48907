import type { ControlService } from '@bgp/api-proto';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies, MrtDumpError } from '../dependencies.ts';
import { withDetail } from '../errors.ts';

const NOT_CONFIGURED: MrtDumpError = {
  code: 'not-configured',
  message: 'no table dumps are configured: give the daemon [mrt] with output_dir',
};
/** The reference's codes: a file that cannot be written is the daemon's trouble, not the caller's. */
const DUMP_CODES = {
  'not-configured': Code.FailedPrecondition,
  'not-written': Code.Internal,
  stopping: Code.Unavailable,
} as const satisfies Record<MrtDumpError['code'], Code>;

export function controlService({
  speaker,
  control,
  metrics,
  mrt,
}: ApiDependencies): ServiceImpl<typeof ControlService> {
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
    async getMetrics() {
      return { prometheusText: await metrics() };
    },
    async triggerMrtDump() {
      const dumped = mrt === undefined ? { ok: false as const, error: NOT_CONFIGURED } : await mrt.dump();
      if (!dumped.ok) {
        const { code, message } = dumped.error;
        throw withDetail(DUMP_CODES[code], message, code, '');
      }
      const { path, routes, octets } = dumped.value;
      return { filePath: path, routes: BigInt(routes), octets: BigInt(octets) };
    },
    shutdown({ reason, forGood }) {
      control.shutdown({ reason: reason === '' ? 'requested by API' : reason, forGood });
      return {};
    },
  };
}
