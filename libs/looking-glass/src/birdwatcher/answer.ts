import { ok, type Result } from '@bgp/wire';
import type { GlassError } from '../glass-error.ts';
import type { Page, RouteScan } from '../route-scan.ts';
import { publicPeer } from '../viewer.ts';
import { bestCounts, countAnswer } from './count-answer.ts';
import { type Answer, type Form, type GlassContext, head, type Pieces, tail, whole } from './document.ts';
import { protocolForm, shortProtocolForm } from './protocol-form.ts';
import { protocolId } from './protocol-id.ts';
import type { Question, RouteSet } from './request.ts';
import { scanOf } from './scan-of.ts';
import { formatServerTime } from './time.ts';

const PEERS_PER_STEP = 64;

/** Everything that can be wrong with a question is said before the first piece. */
export function answer(question: Question, context: GlassContext): Result<Answer, GlassError> {
  switch (question.type) {
    case 'version':
      return ok({ contentType: 'text/plain; charset=utf-8', pieces: whole(`${context.version}\n`) });
    case 'status':
      return ok(json(whole(`{${head(context)},"status":${JSON.stringify(statusForm(context))},${tail(context)}}`)));
    case 'protocols':
    case 'protocols-short':
      return ok(json(protocols(context, question.type === 'protocols-short')));
    case 'routes':
      return routes(question.of, question.page, context);
    case 'count': {
      const pieces = countAnswer(question.of, context);
      return pieces.ok ? ok(json(pieces.value)) : pieces;
    }
  }
}

function json(pieces: Pieces): Answer {
  return { contentType: 'application/json', pieces };
}

function statusForm({ source, version, nowMs, configuredAtMs }: GlassContext): Form {
  const { asn, routerId, startedAtMs } = source.status();
  return {
    router_id: routerId,
    current_server: formatServerTime(nowMs()),
    last_reboot: formatServerTime(startedAtMs),
    last_reconfig: formatServerTime(configuredAtMs()),
    message: `tsbgpd AS${asn}`,
    version,
  };
}

function* protocols(context: GlassContext, isShort: boolean): Generator<Result<string, GlassError>, undefined> {
  const { source, viewer, nowMs } = context;
  yield ok(`{${head(context)},"protocols":{`);
  const preferred = isShort ? new Map<string, number>() : yield* bestCounts(source);
  const peers = source.peers();
  for (let at = 0; at < peers.length; at += PEERS_PER_STEP) {
    const texts = peers.slice(at, at + PEERS_PER_STEP).map((status) => {
      const peer = publicPeer(status, viewer);
      const form = isShort
        ? shortProtocolForm(peer, nowMs())
        : protocolForm(peer, preferred.get(peer.name) ?? 0, nowMs());
      return `${JSON.stringify(protocolId(peer.name))}:${JSON.stringify(form)}`;
    });
    yield ok(`${at === 0 ? '' : ','}${texts.join(',')}`);
  }
  yield ok(`},${tail(context)}}`);
  return undefined;
}

function routes(of: RouteSet, page: Page, context: GlassContext): Result<Answer, GlassError> {
  const scan = scanOf(of, page, context);
  if (!scan.ok) return scan;
  if (scan.value === 'nothing') return ok(json(routePieces(context, undefined, [])));
  // A cursor that nobody gave out shows in the first step.
  const first = scan.value.next();
  return first.ok ? ok(json(routePieces(context, scan.value, first.value))) : first;
}

function* routePieces(
  context: GlassContext,
  scan: RouteScan<Form> | undefined,
  first: readonly Form[],
): Generator<Result<string, GlassError>, undefined> {
  yield ok(`{${head(context)},"routes":[`);
  let rows = first;
  let shown = 0;
  for (;;) {
    if (rows.length > 0) yield ok(`${shown === 0 ? '' : ','}${rows.map((row) => JSON.stringify(row)).join(',')}`);
    else yield ok('');
    shown += rows.length;
    if (scan === undefined || scan.isDone) break;
    const step = scan.next();
    if (!step.ok) {
      yield step;
      return undefined;
    }
    rows = step.value;
  }
  const next = scan?.nextCursor;
  const pagination = { shown, complete: next === undefined, ...(next === undefined ? {} : { next_cursor: next }) };
  yield ok(`],"pagination":${JSON.stringify(pagination)},${tail(context)}}`);
  return undefined;
}
