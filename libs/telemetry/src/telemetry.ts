import { EventCounters } from './event-counters.ts';
import { renderMetrics } from './exposition.ts';
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
    prometheus() {
      const speaker = options.speaker();
      const scrape: Scrape = {
        peers: speaker === undefined ? [] : [...speaker.peers()],
        rib: speaker?.ribStatus() ?? [],
        work: speaker?.work() ?? NO_WORK,
        events,
        ...(options.eventLog === undefined ? {} : { eventLog: options.eventLog() }),
        bmp: options.bmp?.() ?? [],
        process: probe.read(),
        mrt: options.mrt?.(),
        mrtUpdates: options.mrtUpdates?.(),
        rpki: options.rpki?.(),
        lookingGlass: options.lookingGlass?.(),
        risLive: options.risLive?.(),
      };
      const families = METRICS.map(({ name, type, help, samples }) => ({ name, type, help, samples: samples(scrape) }));
      return renderMetrics([...families, ...(options.more?.() ?? [])]);
    },
    close() {
      probe.close();
    },
  };
}
