import { ConfigChangeSchema, PendingConfirmationSchema, PlanConfigResponseSchema } from '@bgp/api-proto';
import type { ConfigChange, ConfigPlan, PendingConfirmation, RevisionInfo } from '@bgp/lifecycle';
import type { RouteChange } from '@bgp/speaker';
import type { PathAttributes } from '@bgp/wire';
import { create } from '@bufbuild/protobuf';
import { toRoute } from './route.ts';

export function toRevision({ revision, atMs, origin, note }: RevisionInfo) {
  return { revision: BigInt(revision), appliedAtSeconds: BigInt(Math.floor(atMs / 1000)), origin, note: note ?? '' };
}

export function toPending(pending: PendingConfirmation | undefined, nowMs: number) {
  if (pending === undefined) return {};
  const secondsLeft = Math.max(0, Math.ceil((pending.untilMs - nowMs) / 1000));
  const { revision, fallback } = pending;
  return {
    pending: create(PendingConfirmationSchema, { revision: BigInt(revision), fallback: BigInt(fallback), secondsLeft }),
  };
}

export function toConfigChange({ documents, speaker, needRestart, notices }: ConfigChange) {
  return create(ConfigChangeSchema, {
    documents: documents.map((change) => ({ ...change })),
    neighbors: speaker.peers.map(({ peer, effect }) => ({ address: peer, effect })),
    ranges: speaker.ranges.map(({ prefix, effect }) => ({ prefix, effect })),
    needRestart: [...needRestart],
    notices: notices.map(({ path, reason, line }) => `line ${line}: ${path}: ${reason}`),
  });
}

export function toPlan(plan: ConfigPlan) {
  const { counts, routes, isTruncated, received } = plan.preview;
  return create(PlanConfigResponseSchema, {
    basedOn: BigInt(plan.basedOn),
    change: toConfigChange(plan),
    neighbors: counts.map(({ peer, announced, withdrawn }) => ({
      address: peer,
      announced: BigInt(announced),
      withdrawn: BigInt(withdrawn),
    })),
    routes: routes.map(toRouteChange),
    truncated: isTruncated,
    received: received.counts.map(({ peer, accepted, refused, changed }) => ({
      address: peer,
      accepted: BigInt(accepted),
      refused: BigInt(refused),
      changed: BigInt(changed),
    })),
    receivedRoutes: received.routes.map(toRouteChange),
    receivedTruncated: received.isTruncated,
  });
}

function toRouteChange(change: RouteChange) {
  const { peer, before, after } = change;
  return {
    address: peer,
    ...(before === undefined ? {} : { before: routeOf(change, before) }),
    ...(after === undefined ? {} : { after: routeOf(change, after) }),
  };
}

function routeOf({ peer, family, prefix, pathId }: RouteChange, attributes: PathAttributes) {
  const nextHop = [attributes.nextHop, attributes.linkLocalNextHop].filter((address) => address !== undefined);
  return toRoute({ peer, family, prefix, pathId, nextHop, attributes, best: false, stale: false, receivedAtMs: 0 });
}
