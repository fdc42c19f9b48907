import { ok, type Result } from '@bgp/wire';
import type { GlassError } from '../glass-error.ts';
import type { GlassSource } from '../glass-source.ts';
import { publicPeer } from '../viewer.ts';
import { type GlassContext, head, type Pieces, tail } from './document.ts';
import { routeCounts } from './protocol-form.ts';
import { LOCAL_PROTOCOL, notAnId, peerOf } from './protocol-id.ts';
import type { CountSet } from './request.ts';

/** Best paths by neighbor. One empty piece for each step of counting. */
export function* bestCounts(source: GlassSource): Generator<Result<string, GlassError>, Map<string, number>> {
  const totals = new Map<string, number>();
  let step = source.countBest();
  for (;;) {
    for (const [peer, more] of step.counts) totals.set(peer, (totals.get(peer) ?? 0) + more);
    if (step.next === undefined) return totals;
    yield ok('');
    step = source.countBest(step.next);
  }
}

/** `{ routes: number }` */
export function countAnswer(of: CountSet, context: GlassContext): Result<Pieces, GlassError> {
  const { source, viewer } = context;
  if ('table' in of) {
    const { family } = of.table;
    const local = source.listRoutes({ table: 'received', peer: LOCAL_PROTOCOL, limit: 1, ...of.table });
    let total = local.ok ? local.value.total : 0;
    for (const status of source.peers()) {
      const peer = publicPeer(status, viewer);
      const prefixes = peer.prefixes.filter((counts) => family === undefined || counts.family === family);
      total += routeCounts({ ...peer, prefixes }).imported;
    }
    return ok(countPieces(context, total));
  }
  const peer = peerOf(source, of.protocol);
  if (peer === undefined) return notAnId(of.protocol);
  if (peer === 'absent') return ok(countPieces(context, 0));
  if (of.count === 'primary') return ok(primaryCount(context, peer.peer));
  if (peer.peer === LOCAL_PROTOCOL) {
    const page = source.listRoutes({ table: 'received', peer: LOCAL_PROTOCOL, limit: 1 });
    return ok(countPieces(context, page.ok ? page.value.total : 0));
  }
  const status = source.peers().find(({ config }) => config.name === peer.peer);
  return ok(countPieces(context, status === undefined ? 0 : routeCounts(publicPeer(status, viewer)).imported));
}

function* countPieces(context: GlassContext, total: number): Generator<Result<string, GlassError>, undefined> {
  yield ok(`{${head(context)},"routes":${total},${tail(context)}}`);
  return undefined;
}

function* primaryCount(context: GlassContext, peer: string): Generator<Result<string, GlassError>, undefined> {
  const totals = yield* bestCounts(context.source);
  return yield* countPieces(context, totals.get(peer) ?? 0);
}
