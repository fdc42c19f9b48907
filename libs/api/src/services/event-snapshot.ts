import type { BgpEvent } from '@bgp/api-proto';
import { compileFilter, type EventFilter, type EventRecord } from '@bgp/event-log';
import type { RouteQuery, RouteRow } from '@bgp/speaker';
import { formatIpPrefix, type IpPrefix, parseIpPrefix } from '@bgp/wire';
import type { ApiSpeaker } from '../dependencies.ts';
import { speakerValueOrThrow } from '../errors.ts';
import { toSnapshotRoute, toSnapshotSession } from '../mapping/event.ts';

/** What one turn of the event loop makes of a table. */
const SLICE_ROWS = 256;
const NOWHERE = { epoch: 0, durable: 0, volatile: 0 };

/** The state that a filter selects, in pieces, each made at once from the tables as they are then. */
export function* snapshot(speaker: ApiSpeaker, filter: EventFilter, nowMs: () => number): Generator<BgpEvent[]> {
  const matches = compileFilter(filter);
  const isSelected = (body: Partial<EventRecord>) => matches({ ...NOWHERE, atMs: 0, ...body } as EventRecord);
  yield speaker
    .peers()
    .filter(({ config, state }) => isSelected({ type: 'state-changed', peer: config.name, from: state, to: state }))
    .map((peer) => toSnapshotSession(peer, nowMs()));
  const toSelected = (rows: readonly RouteRow[]) =>
    rows
      .filter(
        ({ family, prefix, peer, rule }) =>
          rule === undefined && isSelected({ type: 'route-added', family, prefix, peer }),
      )
      .map((row) => toSnapshotRoute(row, nowMs()));
  if (!(filter.kinds?.has('route') ?? true) || !(filter.types?.has('route-added') ?? true)) return;
  const { family, prefix: condition } = filter;
  const base: RouteQuery = { table: 'best', limit: SLICE_ROWS, ...(family === undefined ? {} : { family }) };
  const list = (query: RouteQuery) => speakerValueOrThrow(speaker.listRoutes(query));
  if (condition?.match === 'covering') {
    // One question for each length: at most 129 that find one prefix or none.
    yield covering(condition.prefix).flatMap((prefix) => toSelected(list({ ...base, prefix }).routes));
    return;
  }
  const { prefix, match } = condition ?? {};
  const query = { ...base, ...(prefix && { prefix }), ...(match === 'longer' ? { longer: true } : {}) };
  for (let cursor: string | undefined; ; ) {
    const page = list(cursor === undefined ? query : { ...query, cursor });
    yield toSelected(page.routes);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
}

function covering(prefix: IpPrefix): IpPrefix[] {
  const parsed = parseIpPrefix(prefix);
  if (!parsed.ok) return [];
  const { octets, length } = parsed.value;
  return Array.from({ length: length + 1 }, (_, bits) => {
    const masked = octets.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * at))) & 0xff);
    return formatIpPrefix(masked, bits);
  });
}
