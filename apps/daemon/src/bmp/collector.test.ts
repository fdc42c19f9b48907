import type { BmpCollectorConfig } from '@bgp/config';
import { defaultPeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork, type MemoryHost } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { describe, expect, it } from 'vitest';
import { BmpExport } from './bmp-export.ts';
import { TestCollector } from './test-collector.ts';

const ROUTER = '10.0.0.1';
const COLLECTOR = '10.0.1.1';

function router(change: Partial<BmpCollectorConfig> = {}, highWaterOctets = 262_144) {
  const network = createMemoryNetwork({ keepTranscript: false, highWaterOctets });
  const host = network.addHost({ addresses: [ROUTER] });
  const peers = [defaultPeerConfig('10.0.0.2', 65002)];
  const speaker = new Speaker(
    { asn: 65001, routerId: ROUTER, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers },
    host.ports,
  );
  const logs: string[] = [];
  const defaults = { host: COLLECTOR, port: 11019, reconnectSeconds: 5, monitor: ['loc_rib'], mirror: 'none' } as const;
  const bmp = new BmpExport({
    config: {
      sysName: 'rt1',
      statisticsSeconds: 0,
      collectors: [{ ...defaults, bufferOctets: 1_000_000, ...change }],
    },
    speaker,
    clock: host.ports.clock,
    tcp: host.ports.tcp,
    version: '0',
    log: (_level, message, { reason, retry_seconds: wait }) =>
      logs.push([message, reason, wait].filter((part) => part !== undefined).join(', ')),
  });
  bmp.start();
  speaker.start();
  const collectorHost = network.addHost({ addresses: [COLLECTOR], listenPort: 11019 });
  const inject = (count: number, first = 0) => {
    for (let at = first; at < first + count; at++) {
      const attributes = { origin: 0, asPath: [], med: at };
      speaker.inject({
        family: IPV4_UNICAST,
        prefix: `20.${at >>> 8}.${at & 255}.0/24`,
        nextHop: ['192.0.2.1'],
        attributes,
        pathId: 0,
      });
    }
  };
  return { network, speaker, bmp, logs, collectorHost, inject };
}

function listen(host: MemoryHost): TestCollector {
  const collector = new TestCollector();
  host.ports.tcp.accept(() => collector.accept());
  return collector;
}

describe('a collector that is not there', () => {
  it('is tried again after 1 s, then more and more seldom up to reconnect_interval; the log is not filled', () => {
    const { network, bmp, logs } = router();
    const attempts = () => bmp.readings()[0]?.attempts;
    const times = [500, 1_000, 2_000, 4_000, 5_000, 5_000].map((ms) => {
      network.runFor(ms);
      return attempts();
    });
    expect(times).toEqual([1, 2, 3, 4, 5, 6]);
    network.runFor(3_600_000);
    expect(logs).toEqual([1, 2, 4, 5].map((wait) => `BMP collector not reached, refused, ${wait}`));
  });

  it('when it comes it has everything, and is tried soon again when that was a good connection', () => {
    const { network, bmp, logs, collectorHost, speaker, inject } = router();
    inject(20);
    network.runFor(20_000);
    const collector = listen(collectorHost);
    network.runFor(20_000);
    expect(collector.station.locRib()?.fingerprint(IPV4_UNICAST)).toEqual(speaker.fingerprint('best', IPV4_UNICAST));
    expect(bmp.readings()[0]).toMatchObject({ state: 'connected', isSynchronized: true, connections: 1 });
    network.cut(ROUTER, COLLECTOR);
    network.runFor(500);
    expect(logs.at(-1)).toBe('BMP collector lost, reset, 1');
    network.runFor(2_000);
    expect(bmp.readings()[0]).toMatchObject({ state: 'connected', connections: 2, replays: 2 });
  });
});

describe('a collector that does not read', () => {
  it('is given up after 30 s without progress', () => {
    const { network, logs, collectorHost, inject } = router({}, 2_000);
    const collector = listen(collectorHost);
    network.runFor(1_000);
    collector.pause();
    inject(200);
    network.runFor(29_000);
    expect(logs.filter((line) => line.includes('given up'))).toEqual([]);
    network.runFor(2_000);
    expect(logs.filter((line) => line.includes('given up'))).toEqual([
      'BMP collector given up, nothing was read for 30 s',
    ]);
  });

  it('loses its backlog when that is full, counted, and gets the tables again when it reads', () => {
    const { network, bmp, logs, collectorHost, speaker, inject } = router({ bufferOctets: 4_000 }, 2_000);
    const collector = listen(collectorHost);
    network.runFor(1_000);
    collector.pause();
    inject(300);
    network.runFor(5_000);
    const reading = bmp.readings()[0];
    expect(reading).toMatchObject({ overflows: 1, isSynchronized: false, abandonedMessages: 0 });
    expect(reading?.droppedMessages).toBeGreaterThan(200);
    expect(reading?.waitingOctets).toBeLessThan(10_000);
    collector.resume();
    network.runFor(60_000);
    expect(bmp.readings()[0]).toMatchObject({ state: 'connected', isSynchronized: true, connections: 1 });
    expect(collector.errors).toEqual([]);
    expect(collector.station.locRib()?.fingerprint(IPV4_UNICAST)).toEqual(speaker.fingerprint('best', IPV4_UNICAST));
    expect(logs).toContain('BMP collector too slow, tables are sent again');
  });
});
