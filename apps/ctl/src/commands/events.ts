import { type BgpEvent, BgpEventType, EventCategory, PrefixMatch } from '@bgp/api-proto';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import { CATEGORIES, EVENT_TYPES, eventJson, eventLine } from '../render/event.ts';
import { PartialList } from '../render/list.ts';
import { jsonNumber, type Output, toJson, writeItem } from '../render/output.ts';
import { properties } from '../render/table.ts';
import { suggest } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';
import { parseFamily } from '../values.ts';
import { FAMILY } from './options.ts';

const PAGE_SIZE = 500;
const DEFAULT_LIMIT = 100;

const ADDRESS: Option = { long: '--address', value: 'ADDR', help: 'events of this neighbor' };
const TYPE: Option = {
  long: '--type',
  value: 'A,B',
  help: 'session_lost, policy_changed, …: see the names in --json',
};
const LIMIT: Option = { long: '--limit', value: 'N', help: 'the latest N; 0: all' };
const FILTERS: readonly Option[] = [
  {
    long: '--category',
    value: 'A,B',
    help: `${CATEGORIES.map(([name]) => name).join(', ')}; default: all but route, with --prefix or --family only route`,
  },
  TYPE,
  ADDRESS,
  FAMILY,
  { long: '--prefix', short: '-p', value: 'PREFIX', help: 'route events of exactly this prefix' },
  { long: '--longer', short: '-l', help: 'with --prefix: also everything inside it' },
  { long: '--covering', help: 'with --prefix: also everything that contains it' },
];

export const EVENT_COMMANDS: readonly Command[] = [
  {
    forms: ['events', 'events watch'],
    summary:
      'What happens, until Ctrl-C, or with --history what happened. JSON: one object per line, each with its cursor.',
    rpc: 'EventService.WatchEvents',
    options: [
      ...FILTERS,
      { long: '--since', value: 'CURSOR', help: 'go on behind the event that came with this cursor' },
      { long: '--snapshot', help: 'begin with the state of sessions, and of routes if they are wanted' },
      { long: '--history', help: `what is kept instead of what comes; without --since the latest ${DEFAULT_LIMIT}` },
      { ...LIMIT, help: 'with --history: the latest N, with --since the next N; 0: all' },
    ],
    examples: [
      'tsbgpctl events --category session,limit',
      'tsbgpctl events --prefix 192.0.2.0/24 --longer --snapshot',
      'tsbgpctl events --history --address 10.0.0.2 --limit 20',
      'tsbgpctl events --json --since mi8x2k1q.98.120',
    ],
    run: (call) => (call.options.has('history') ? history(call) : follow(call)),
  },
  {
    forms: ['events sessions'],
    summary: 'The latest state changes of sessions.',
    rpc: 'EventService.ListSessionEvents',
    options: [TYPE, ADDRESS, LIMIT],
    async run({ clients, options, out }) {
      return await writeEvents(out, (await clients.event.listSessionEvents(ringQuery(options))).events);
    },
  },
  {
    forms: ['events policy'],
    summary: 'The latest policy changes; with --address those that are of one neighbor alone.',
    rpc: 'EventService.ListPolicyEvents',
    options: [TYPE, ADDRESS, LIMIT],
    async run({ clients, options, out }) {
      return await writeEvents(out, (await clients.event.listPolicyEvents(ringQuery(options))).events);
    },
  },
  {
    forms: ['events status'],
    summary: 'How many events are kept, and whether writing works.',
    rpc: 'EventService.GetEventLog',
    options: [],
    run: status,
  },
];

async function follow({ options, clients, out }: Call) {
  if (options.has('limit')) throw new UsageError('--limit needs --history');
  const stream = clients.event.watchEvents({
    ...parseFilters(options),
    since: options.text('since') ?? '',
    snapshot: options.has('snapshot'),
  });
  let isWhole = true;
  let cursor = options.text('since') ?? '';
  try {
    for await (const event of stream) {
      if (event.eventType === BgpEventType.STREAM_LAGGED) isWhole = false;
      await out.write(
        out.format === 'table' ? `${eventLine(event, out.palette)}\n` : toJson(eventJson(event), 'jsonl'),
      );
      if (event.cursor !== '') cursor = event.cursor;
    }
  } finally {
    if (out.format === 'table' && cursor !== '') {
      await out.write(out.palette.faint(`the stream ended; to go on: tsbgpctl events --since ${cursor}\n`));
    }
  }
  return isWhole ? EXIT.done : EXIT.partial;
}

async function history({ options, clients, out }: Call) {
  if (options.has('snapshot')) throw new UsageError('--snapshot does not go with --history');
  const since = options.text('since') ?? '';
  const limit = options.number('limit') ?? (since === '' ? DEFAULT_LIMIT : 0);
  const filters = parseFilters(options);
  if (since === '' && limit > 0 && limit <= PAGE_SIZE) {
    const { events } = await clients.event.listEvents({ ...filters, latest: true, pageSize: limit });
    return await writeEvents(out, events);
  }
  if (since === '' && limit > 0) throw new UsageError(`--limit: at most ${PAGE_SIZE} without --since, or 0 for all`);
  const writer = new EventWriter(out);
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  let pageToken = '';
  do {
    try {
      const pageSize = Math.min(PAGE_SIZE, left);
      const page = await clients.event.listEvents({ ...filters, since, pageToken, pageSize });
      await writer.add(page.events);
      left -= page.events.length;
      pageToken = page.nextPageToken;
    } catch (error) {
      if (writer.written === 0) throw error;
      await writer.end();
      throw new PartialList(writer.written, error);
    }
  } while (pageToken !== '' && left > 0);
  return await writer.end();
}

async function writeEvents(out: Output, events: readonly BgpEvent[]) {
  const writer = new EventWriter(out);
  await writer.add(events);
  return await writer.end();
}

/** A list of events that comes in pages: lines, JSON lines, or one array. */
class EventWriter {
  readonly #out: Output;
  #isWhole = true;
  written = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  async add(events: readonly BgpEvent[]): Promise<void> {
    const { format, palette } = this.#out;
    let text = '';
    for (const event of events) {
      if (event.eventType === BgpEventType.STREAM_LAGGED) this.#isWhole = false;
      if (format === 'json') text += `${this.written === 0 ? '[\n' : ',\n'}  ${JSON.stringify(eventJson(event))}`;
      else text += format === 'table' ? `${eventLine(event, palette)}\n` : toJson(eventJson(event), 'jsonl');
      this.written++;
    }
    if (text !== '') await this.#out.write(text);
  }

  /** 4 when the daemon said that something is missing. */
  async end() {
    if (this.#out.format === 'json') await this.#out.write(this.written === 0 ? '[]\n' : '\n]\n');
    if (this.#out.format === 'table' && this.written === 0) await this.#out.write('No events\n');
    return this.#isWhole ? EXIT.done : EXIT.partial;
  }
}

async function status({ clients, out }: Call) {
  const state = await clients.event.getEventLog({});
  await writeItem(
    out,
    () => ({
      cursor: state.cursor,
      durable: state.isDurable,
      octets: jsonNumber(state.octets),
      segments: state.segments,
      written_events: jsonNumber(state.writtenEvents),
      lost_events: jsonNumber(state.lostEvents),
      waiting_events: jsonNumber(state.waitingEvents),
      failing: state.isFailing,
      subscribers: state.subscribers,
      records_routes: state.recordsRoutes,
    }),
    () => {
      const { good, bad } = out.palette;
      const disk = state.isDurable
        ? `${(Number(state.octets) / 1_000_000).toFixed(1)} MB in ${state.segments} segments`
        : 'events are in memory only';
      return properties([
        ['Cursor', state.cursor],
        ['Disk', disk],
        ['Writing', !state.isDurable ? undefined : state.isFailing ? bad('fails, see the log') : good('works')],
        ['Written', state.isDurable ? String(state.writtenEvents) : undefined],
        ['Not on disk', state.isDurable ? `${state.lostEvents} lost, ${state.waitingEvents} waiting` : undefined],
        ['Readers', String(state.subscribers)],
        ['Routes', state.recordsRoutes ? 'recorded' : 'recorded while somebody reads them'],
      ]);
    },
  );
  return state.isFailing ? EXIT.refused : EXIT.done;
}

function ringQuery(options: OptionValues) {
  return {
    eventTypes: eventTypesOf(options),
    neighborAddress: options.text('address') ?? '',
    limit: options.number('limit') ?? DEFAULT_LIMIT,
  };
}

function parseFilters(options: OptionValues) {
  const eventTypes = eventTypesOf(options);
  const categories = options.list('category').map((name) => named('--category', name, CATEGORIES));
  const isLonger = options.has('longer');
  const isCovering = options.has('covering');
  const prefix = options.text('prefix');
  if ((isLonger || isCovering) && prefix === undefined) throw new UsageError('--longer and --covering need --prefix');
  if (isLonger && isCovering) throw new UsageError('--longer and --covering do not go together');
  const isAboutRoutes = prefix !== undefined || options.has('family');
  const defaults = isAboutRoutes
    ? [EventCategory.ROUTE]
    : CATEGORIES.map(([, category]) => category).filter((category) => category !== EventCategory.ROUTE);
  return {
    categories: categories.length + eventTypes.length === 0 ? defaults : categories,
    eventTypes,
    neighborAddress: options.text('address') ?? '',
    afiSafi: parseFamily(options.text('family')),
    prefix: prefix ?? '',
    prefixMatch: isLonger ? PrefixMatch.LONGER : isCovering ? PrefixMatch.COVERING : PrefixMatch.UNSPECIFIED,
  };
}

function eventTypesOf(options: OptionValues): BgpEventType[] {
  return options.list('type').map((name) => named('--type', name, EVENT_TYPES));
}

function named<T>(option: string, text: string, known: readonly (readonly [string, T])[]): T {
  const name = text.toLowerCase().replaceAll('-', '_');
  const found = known.find(([one]) => one === name);
  if (found !== undefined) return found[1];
  const names = known.map(([one]) => one);
  const near = suggest(name, names);
  const hint = near === undefined ? `one of ${names.join(', ')}` : `did you mean ${near}?`;
  throw new UsageError(`${option}: "${text}" is unknown`, hint);
}
