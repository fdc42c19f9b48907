import type { BmpCollectorConfig } from '@bgp/config';
import { defaultPeerConfig, type PeerConfig, Speaker } from '@bgp/speaker';
import { createMemoryNetwork, type MemoryHost, type MemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BmpExport } from './bmp-export.ts';
import { TestCollector } from './test-collector.ts';

/** A router with two neighbors and two collectors on a network that cuts connections, and collectors that stop reading. */
const HUB = '10.0.0.1';
const LEAVES = ['10.0.0.2', '10.0.0.3'] as const;
const COLLECTORS = ['10.0.1.1', '10.0.1.2'] as const;
const PREFIXES = Array.from({ length: 12 }, (_, at) => `198.51.${at}.0/24`);
const ALL = ['rib_in_pre', 'rib_in_post', 'rib_out_post', 'loc_rib'] as const;
const KINDS = ['adj-rib-in-pre', 'adj-rib-in-post', 'adj-rib-out-post'] as const;

const index = fc.nat({ max: 99 });
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constantFrom('inject' as const, 'withdraw' as const), at: index, prefix: index }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'kill' as const, 'soft-in' as const), at: index }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), at: index }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }) },
);

it('whatever happens on the way, a collector ends with the tables of the router', () => {
  const seen = { overflows: 0, replays: 0, abandoned: 0 };
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 60 }),
      fc.nat(),
      fc.constantFrom(1_200, 100_000),
      (steps, seed, bufferOctets) => {
        const network = createMemoryNetwork({
          seed,
          maxLatencyMs: 20,
          minChunkOctets: 1,
          maxChunkOctets: 300,
          highWaterOctets: 1_500,
          keepTranscript: false,
        });
        const hub = addSpeaker(
          network,
          HUB,
          65000,
          LEAVES.map((address, at) => [address, 65001 + at] as const),
        );
        const leaves = LEAVES.map((address, at) => addSpeaker(network, address, 65001 + at, [[HUB, 65000]]));
        const collectors = COLLECTORS.map((address) => {
          const collector = new TestCollector();
          network.addHost({ addresses: [address], listenPort: 11019 }).ports.tcp.accept(() => collector.accept());
          return collector;
        });
        const bmp = new BmpExport({
          config: {
            sysName: 'rt1',
            statisticsSeconds: 10,
            collectors: COLLECTORS.map((host) => collectorConfig(host, bufferOctets)),
          },
          speaker: hub.speaker,
          clock: hub.host.ports.clock,
          tcp: hub.host.ports.tcp,
          version: '0',
          log: (level, message) => expect(level, message).not.toBe('error'),
        });
        bmp.start();
        for (const { speaker } of [hub, ...leaves]) speaker.start();
        for (const now of steps) {
          const at = 'at' in now ? now.at : 0;
          const node = [hub, ...leaves][at % 3]!;
          switch (now.do) {
            case 'inject':
            case 'withdraw': {
              const prefix = PREFIXES[now.prefix % PREFIXES.length]!;
              if (now.do === 'withdraw') node.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
              else {
                const attributes = { origin: at % 3, asPath: [] };
                node.speaker.inject({ family: IPV4_UNICAST, prefix, nextHop: ['192.0.2.1'], attributes, pathId: 0 });
              }
              break;
            }
            case 'cut':
              network.cut(HUB, LEAVES[at % 2]!);
              break;
            case 'kill':
              network.cut(HUB, COLLECTORS[at % 2]!);
              break;
            case 'soft-in':
              hub.speaker.resetPeer(LEAVES[at % 2]!, 'refresh-in');
              break;
            case 'pause':
              collectors[at % 2]!.pause();
              break;
            case 'resume':
              collectors[at % 2]!.resume();
              break;
            case 'wait':
              network.runFor(now.ms);
          }
        }
        for (const collector of collectors) collector.resume();
        const isUp = () => hub.speaker.peers().every(({ state }) => state === 'Established');
        expect(network.runUntil(isUp, 900_000)).toBe(true);
        network.runFor(400_000);
        // A report of statistics may be on its way at any moment.
        const isQuiet = () => bmp.readings().every((one) => one.isSynchronized && one.waitingOctets === 0);
        expect(network.runUntil(isQuiet, 200_000)).toBe(true);
        for (const [at, collector] of collectors.entries()) {
          const reading = bmp.readings()[at]!;
          expect(reading).toMatchObject({ state: 'connected', isSynchronized: true, waitingOctets: 0 });
          seen.overflows += reading.overflows;
          seen.replays += reading.replays;
          seen.abandoned += reading.abandonedMessages;
          expect(collector.errors).toEqual([]);
          const { station } = collector;
          expect(station.sysName).toBe('rt1');
          expect(station.locRib()?.fingerprint(IPV4_UNICAST)).toEqual(hub.speaker.fingerprint('best', IPV4_UNICAST));
          for (const leaf of LEAVES) {
            expect(station.peer(leaf)?.isUp).toBe(true);
            expect(station.table(leaf, 'adj-rib-in-pre')?.fingerprint(IPV4_UNICAST)).toEqual(
              hub.speaker.fingerprint('received', IPV4_UNICAST, leaf),
            );
            // Without policy the accepted routes are the received ones.
            expect(station.table(leaf, 'adj-rib-in-post')?.fingerprint(IPV4_UNICAST)).toEqual(
              hub.speaker.fingerprint('received', IPV4_UNICAST, leaf),
            );
            const sent = hub.speaker.listRoutes({ table: 'advertised', peer: leaf, family: IPV4_UNICAST, limit: 100 });
            expect(names(station.table(leaf, 'adj-rib-out-post')?.routes(IPV4_UNICAST) ?? [])).toEqual(
              sent.ok ? names(sent.value.routes) : sent.error,
            );
            for (const kind of KINDS) expect(station.table(leaf, kind)?.hasEnded(IPV4_UNICAST)).toBe(true);
            expect(station.peer(leaf)?.statistics.length).toBeGreaterThan(10);
          }
        }
        expectOrder(collectors);
        let isStopped = false;
        void bmp.stop().then(() => {
          isStopped = true;
        });
        network.runFor(10_000);
        for (const { station } of collectors) expect(station.terminationReason).toBe(0);
        expect(bmp.readings().every(({ state }) => state !== 'connected')).toBe(true);
        void isStopped;
      },
    ),
    { numRuns: 80, endOnFailure: true }, // a shrunk schedule of faults is seldom a shorter one, and takes minutes,
  );
  // The faults have really happened.
  expect(seen.overflows).toBeGreaterThan(0);
  expect(seen.replays).toBeGreaterThan(100);
});

/** RFC 7854 §3.3: Initiation, and before the routes of a peer its Peer Up. */
function expectOrder(collectors: readonly TestCollector[]): void {
  for (const stream of collectors.flatMap(({ streams }) => streams).filter(({ length }) => length > 0)) {
    expect(stream[0]).toBe('initiation');
    expect(stream.filter((type) => type === 'initiation')).toHaveLength(1);
    const [up, route] = [stream.indexOf('peer-up'), stream.indexOf('route-monitoring')];
    if (route >= 0) expect(up).toBeLessThan(route);
  }
}

function names(routes: Iterable<{ readonly prefix: string; readonly attributes: object }>): string[] {
  return [...routes].map(({ prefix, attributes }) => `${prefix} ${JSON.stringify(attributes)}`).sort();
}

function collectorConfig(host: string, bufferOctets: number): BmpCollectorConfig {
  return { host, port: 11019, reconnectSeconds: 5, monitor: ALL, mirror: 'none', bufferOctets };
}

function addSpeaker(
  network: MemoryNetwork,
  address: string,
  asn: number,
  neighbors: readonly (readonly [address: string, as: number])[],
): { readonly host: MemoryHost; readonly speaker: Speaker } {
  const host = network.addHost({ addresses: [address] });
  const peers = neighbors.map(([peer, as]): PeerConfig => defaultPeerConfig(peer, as));
  const config = { asn, routerId: address, ebgpRequiresPolicy: false, med: 'per-neighbor-as', peers } as const;
  return { host, speaker: new Speaker(config, host.ports) };
}
