import { type RpkiService, RpkiSourceKind, RpkiSourceSchema } from '@bgp/api-proto';
import { create } from '@bufbuild/protobuf';
import { Code, type ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { withDetail } from '../errors.ts';
import { VALIDATION_STATES } from '../mapping/route.ts';
import type { ApiRpkiSource } from '../rpki-source.ts';

/** Without a source in the configuration it answers too: there is just nothing. */
export function rpkiService({ rpki }: ApiDependencies): ServiceImpl<typeof RpkiService> {
  return {
    getRpkiStatus() {
      if (rpki === undefined) return { isConfigured: false };
      const { selection, ipv4Vrps, ipv6Vrps, aspas, sources, slurm, slurmError } = rpki.status();
      return {
        isConfigured: true,
        selection: selection === 'union' ? 'union' : 'preferred_first',
        ipv4Vrps,
        ipv6Vrps,
        aspas,
        sources: sources.map(toSource),
        slurmFilters: slurm?.filters ?? 0,
        slurmAssertions: slurm?.assertions ?? 0,
        slurmError: slurmError ?? '',
      };
    },
    validateOrigin({ prefix, originAsn }) {
      if (rpki === undefined) {
        const message = 'no source of RPKI data is configured; add [[rpki.cache_servers]] and restart';
        throw withDetail(Code.FailedPrecondition, message, 'rpki-not-configured', '');
      }
      const answer = rpki.validateOrigin(prefix, originAsn);
      if (answer === undefined) {
        const message = `"${prefix}" is not a prefix; write it like 192.0.2.0/24, without host bits`;
        throw withDetail(Code.InvalidArgument, message, 'prefix-invalid', 'prefix');
      }
      return { state: VALIDATION_STATES[answer.state], covering: answer.covering.map((vrp) => ({ ...vrp })) };
    },
  };
}

function toSource(source: ApiRpkiSource) {
  const { name, preference, vrps, aspas, hasData, isUsed, lastUpdateMs = 0, lastError = '' } = source;
  const common = { name, preference, vrps, aspas, hasData, isUsed, lastError };
  const lastUpdate = BigInt(Math.floor(lastUpdateMs / 1000));
  if (source.kind === 'file') return create(RpkiSourceSchema, { ...common, lastUpdate, kind: RpkiSourceKind.FILE });
  const { state, rtrVersion, isEncrypted, sessionId, serial, timers } = source;
  return create(RpkiSourceSchema, {
    ...common,
    lastUpdate,
    kind: RpkiSourceKind.CACHE,
    state,
    rtrVersion,
    isEncrypted,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(serial === undefined ? {} : { serial }),
    refreshInterval: timers.refresh,
    retryInterval: timers.retry,
    expireInterval: timers.expire,
  });
}
