import { setImmediate } from 'node:timers/promises';
import type { PeerStatus } from '@bgp/speaker';
import { EventCounters } from './event-counters.ts';
import { type MetricFamily, renderParts } from './exposition.ts';
import { METRICS, type Scrape } from './metrics-table.ts';
import { nodeProcessProbe } from './process-probe.ts';
import type { Telemetry, TelemetryOptions } from './types.ts';

const NO_WORK: Scrape['work'] = {
  updateGroups: [],
  waiting: { routes: 0, jobs: 0, tasks: 0 },
  policies: [],
  revalidations: { origin: 0, path: 0 },
};

/**
 * Counts events between scrapes and reads snapshots at scrapes. A neighbor's series appear, at zero, with the first
 * scrape that sees it and are gone with the first one that does not.
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const events = new EventCounters();
  const probe = options.process ?? nodeProcessProbe();
  return {
    observe(event) {
      events.observe(event);
    },
    async prometheus() {
      const speaker = options.speaker();
      const peers = speaker === undefined ? [] : [...speaker.peers()];
      const scrape: Scrape = {
        peers,
        rib: speaker?.ribStatus() ?? [],
        work: speaker?.work() ?? NO_WORK,
        events: countersOf(events, peers),
        ...(options.eventLog === undefined ? {} : { eventLog: options.eventLog() }),
        bmp: options.bmp?.() ?? [],
        process: probe.read(),
        mrt: options.mrt?.(),
        mrtUpdates: options.mrtUpdates?.(),
        rpki: options.rpki?.(),
        lookingGlass: options.lookingGlass?.(),
        risLive: options.risLive?.(),
      };
      let text = '';
      for (const part of renderParts(familiesOf(scrape, options.more?.() ?? []))) {
        text += part;
        // A thousand neighbors are forty thousand lines: sessions have their turn in between.
        await setImmediate();
      }
      return text;
    },
    close() {
      probe.close();
    },
  };
}

function* familiesOf(scrape: Scrape, more: readonly MetricFamily[]): Generator<MetricFamily> {
  for (const { name, type, help, samples } of METRICS) yield { name, type, help, samples: samples(scrape) };
  yield* more;
}

/** The counters of neighbors that are there when the scrape begins: one that leaves meanwhile must not get new ones. */
function countersOf(events: EventCounters, peers: readonly PeerStatus[]): Scrape['events'] {
  const counters = new Map(peers.map(({ config: { name } }) => [name, events.peer(name)]));
  return { refused: events.refused, peer: (name) => counters.get(name) ?? events.peer(name) };
}
