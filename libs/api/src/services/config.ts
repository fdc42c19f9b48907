import type { ConfigService } from '@bgp/api-proto';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ApiDependencies } from '../dependencies.ts';
import { changeOrThrow, requestError, valueOrThrow } from '../errors.ts';
import { toConfigChange, toPending, toPlan, toRevision } from '../mapping/config-change.ts';

export const DEFAULT_PLANNED_ROUTES = 1_000;
const MAX_CONFIRM_SECONDS = 86_400;

export function configService({ lifecycle, configPath, control }: ApiDependencies): ServiceImpl<typeof ConfigService> {
  const pending = () => toPending(lifecycle.pending, control.wallMs());
  const textOf = (toml: string) => {
    if (toml === '') valueOrThrow(requestError('missing', 'toml', 'the text of a configuration is needed'));
    return changeOrThrow(lifecycle.withSecrets(toml));
  };
  return {
    getConfig({ revision }) {
      const known =
        revision === 0n ? lifecycle.revision : lifecycle.revisions().find((one) => BigInt(one.revision) === revision);
      const toml = changeOrThrow(lifecycle.shownText(known?.revision ?? Number(revision)));
      return { revision: toRevision(known ?? lifecycle.revision), toml, path: configPath, ...pending() };
    },
    listConfigRevisions() {
      return { revisions: lifecycle.revisions().map(toRevision), ...pending() };
    },
    async planConfig({ toml, maxRoutes }) {
      return toPlan(changeOrThrow(await lifecycle.plan(textOf(toml), maxRoutes || DEFAULT_PLANNED_ROUTES)));
    },
    applyConfig({ toml, basedOn, confirmWithinSeconds, note }) {
      if (confirmWithinSeconds > MAX_CONFIRM_SECONDS) {
        valueOrThrow(requestError('value-out-of-range', 'confirm_within_seconds', 'at most a day, 86400'));
      }
      const options = {
        ...(basedOn === 0n ? {} : { basedOn: Number(basedOn) }),
        ...(note === '' ? {} : { note }),
        ...(confirmWithinSeconds === 0 ? {} : { confirmWithinMs: confirmWithinSeconds * 1000 }),
      };
      const applied = changeOrThrow(lifecycle.apply(textOf(toml), 'api', options));
      return { revision: BigInt(applied.revision), change: toConfigChange(applied), ...pending() };
    },
    confirmConfig() {
      return { revision: BigInt(changeOrThrow(lifecycle.confirm()).revision) };
    },
    rollbackConfig({ revision }) {
      const applied = changeOrThrow(lifecycle.rollback(revision === 0n ? undefined : Number(revision)));
      return { revision: BigInt(applied.revision), change: toConfigChange(applied) };
    },
    reloadConfig() {
      const applied = changeOrThrow(lifecycle.reload());
      return { revision: BigInt(applied.revision), change: toConfigChange(applied) };
    },
  };
}
