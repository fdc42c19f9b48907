import { type EventBody, EventLog, fromRouteEvent, fromSpeakerEvent, kindOf } from '@bgp/event-log';
import type { Speaker, SpeakerEvent } from '@bgp/speaker';
import type { ApiEvents } from '../dependencies.ts';

/** The stream without a disk, for tests. */
export function memoryEvents({ capacity = 256, epoch = 1 } = {}) {
  const lagged: number[] = [];
  let speaker: Speaker | undefined;
  let stop: (() => void) | undefined;
  const log = new EventLog({
    epoch,
    lastDurable: 0,
    bounds: { maxRecords: capacity, maxOctets: 1 << 24 },
    isDurable: (type) => kindOf(type) !== 'route',
    hasHistory: false,
    onRoutesWanted(areWanted) {
      stop?.();
      stop = areWanted ? speaker?.watchRoutes({ initialDump: false }, push) : undefined;
    },
  });
  const publish = (body: EventBody | undefined, atMs = 0) => {
    if (body !== undefined) log.publish(body, atMs);
  };
  const push: Parameters<Speaker['watchRoutes']>[1] = (events) => {
    for (const event of events) publish(fromRouteEvent(event), event.atMs);
    return true;
  };
  const events: ApiEvents = {
    get head() {
      return log.head;
    },
    subscribe: (...args) => log.subscribe(...args),
    async *history() {},
    latest: async (limit, matches) => log.latest(limit, matches),
    latestInMemory: (limit, matches) => log.latest(limit, matches),
    noteLagged: (lost) => void lagged.push(lost),
    reading: () => ({
      subscribers: log.subscribers,
      published: new Map(),
      lagged: { times: lagged.length, events: 0 },
      inMemory: { ...log.inMemory, capacity },
      areRoutesRecorded: stop !== undefined,
    }),
  };
  return {
    events,
    lagged,
    publish,
    observe: (event: SpeakerEvent) => publish(fromSpeakerEvent(event), event.atMs),
    attach: (to: Speaker) => {
      speaker = to;
    },
  };
}
