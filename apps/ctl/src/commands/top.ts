import { RouteEventType } from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { eventLine } from '../render/route.ts';
import { picture, type Size } from '../top/picture.ts';
import { INITIAL, type Poll, type TopState, withEvent, withKey, withPoll, withTrouble } from '../top/state.ts';
import { UsageError } from '../usage-error.ts';

const DEFAULT_INTERVAL_SECONDS = 2;
const MAX_INTERVAL_SECONDS = 60;
const PRINTED: Size = { columns: 120, rows: 40 };

export const TOP_COMMANDS: readonly Command[] = [
  {
    forms: ['top'],
    summary: 'Neighbors, rates and route events, live. Keys: h.',
    rpc: 'NeighborService.ListNeighbors',
    options: [
      { long: '--interval', short: '-i', value: 'SECONDS', help: '1 to 60 between two looks; default 2' },
      { long: '--once', help: 'print one picture and end; needs no terminal' },
    ],
    run: top,
  },
];

async function top(call: Call): Promise<ExitCode> {
  const interval = call.options.number('interval', MAX_INTERVAL_SECONDS) ?? DEFAULT_INTERVAL_SECONDS;
  if (interval < 1) throw new UsageError('--interval: at least 1');
  if (call.options.has('once')) {
    const lines = picture(withPoll(INITIAL, await poll(call), undefined), PRINTED, call.out.palette);
    await call.out.write(`${lines.slice(0, -1).join('\n').trimEnd()}\n`);
    return EXIT.done;
  }
  if (call.openTerminal === undefined) {
    throw new UsageError('top needs a terminal', 'tsbgpctl top --once prints one picture');
  }
  return live(call, call.openTerminal(), interval * 1000);
}

async function live(call: Call, terminal: ReturnType<NonNullable<Call['openTerminal']>>, everyMs: number) {
  let state: TopState = INITIAL;
  let last: Poll | undefined;
  const stop = new AbortController();
  const show = (next: TopState) => {
    state = next;
    terminal.draw(picture(state, terminal.size(), call.out.palette));
  };
  const ended = new Promise<void>((resolve) => {
    terminal.onKey((key) => {
      const next = withKey(state, key);
      if (next === 'quit') resolve();
      else show(next);
    });
  });
  terminal.onResize(() => show(state));
  const look = async () => {
    try {
      const now = await poll(call);
      show(withPoll(state, now, last));
      last = now;
    } catch (error) {
      show(withTrouble(state, sentence(error)));
    }
    if (!stop.signal.aborted) timer = setTimeout(look, everyMs);
  };
  let timer: NodeJS.Timeout | undefined;
  const follow = async () => {
    while (!stop.signal.aborted) {
      try {
        for await (const event of call.clients.rib.watchRoutes({ liveOnly: true }, { signal: stop.signal })) {
          if (event.eventType !== RouteEventType.END_OF_INITIAL_DUMP)
            show(withEvent(state, eventLine(event, call.out.palette)));
        }
      } catch (error) {
        if (!stop.signal.aborted) show(withTrouble(state, sentence(error)));
      }
      if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  try {
    show(state);
    void look();
    void follow(); // what goes wrong there is shown, not thrown
    await ended;
  } finally {
    stop.abort();
    clearTimeout(timer);
    terminal.close();
  }
  return EXIT.done;
}

async function poll({ clients }: Call): Promise<Poll> {
  const [global, health, { neighbors }] = await Promise.all([
    clients.global.getGlobal({}),
    clients.control.getHealth({}),
    clients.neighbor.listNeighbors({}),
  ]);
  return {
    header: {
      asn: global.asn,
      routerId: global.routerId,
      uptimeSeconds: Number(health.uptimeSeconds),
      established: health.activePeers,
      configured: health.configuredPeers,
      routes: health.totalRoutes,
      memoryOctets: Number(health.memoryOctets),
      version: health.version,
    },
    neighbors,
    atMs: performance.now(),
  };
}

function sentence(error: unknown): string {
  return `no answer from the daemon: ${error instanceof Error ? error.message : String(error)}`;
}
