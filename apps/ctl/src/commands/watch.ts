import { RouteEventType } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { toJson } from '../render/output.ts';
import { eventJson, eventLine } from '../render/route.ts';
import { parseFamily } from '../values.ts';
import { FAMILY } from './options.ts';

export const WATCH_COMMANDS: readonly Command[] = [
  {
    forms: ['watch', 'watch ADDR'],
    summary: 'Best routes as they change, until Ctrl-C. JSON: one object per line.',
    rpc: 'RibService.WatchRoutes',
    options: [
      FAMILY,
      { long: '--dump', help: 'begin with the whole table, closed by an end marker' },
      { long: '--until-dumped', help: 'with --dump: stop at the end marker' },
    ],
    run: watch,
  },
];

async function watch({ argument, options, clients, out }: Call) {
  const untilDumped = options.has('until-dumped');
  const stream = clients.rib.watchRoutes({
    neighborAddress: argument('ADDR'),
    afiSafi: parseFamily(options.text('family')),
    liveOnly: !(options.has('dump') || untilDumped),
  });
  let isWhole = true;
  for await (const event of stream) {
    if (event.eventType === RouteEventType.LAGGED) isWhole = false;
    await out.write(out.format === 'table' ? `${eventLine(event, out.palette)}\n` : toJson(eventJson(event), 'jsonl'));
    if (untilDumped && event.eventType === RouteEventType.END_OF_INITIAL_DUMP) break;
  }
  return isWhole ? EXIT.done : EXIT.partial;
}
