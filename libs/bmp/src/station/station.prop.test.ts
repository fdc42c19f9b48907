import { type PeerIndex, Rib } from '@bgp/rib';
import { flowSpecRule, pathAttributes, SeededRandom } from '@bgp/testkit';
import {
  type Capability,
  type CodecContext,
  encodeAttributes,
  type Family,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  UpdateBuilder,
  UpdateView,
} from '@bgp/wire';
import { encodeFlowSpec, FlowSpecUpdateBuilder, IPV4_FLOWSPEC } from '@bgp/wire/flowspec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectorQueue } from '../collector-queue.ts';
import { decodeBmp } from '../decode.ts';
import { Exporter } from '../exporter.ts';
import { BmpFramer } from '../framer.ts';
import { header, monitoring, peerDown, peerUp } from '../testing/messages.ts';
import { Station } from './station.ts';

/** A router made of a `Rib`, an `Exporter` and one collector's connection, and a `Station` at the other end. */
const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST, IPV4_FLOWSPEC];
const PEERS = [header(1), header(2), header(3)];
/** The third peer has ADD-PATH for IPv4. */
const CAPABILITY: Capability[] = [{ type: 'add-path', entries: [{ family: IPV4_UNICAST, sendReceive: 3 }] }];
const capabilitiesOf = (peer: number) => (peer === 2 ? CAPABILITY : []);
const contextOf = (peer: number): CodecContext => ({
  ...INITIAL_CONTEXT,
  fourOctetAs: true,
  maxMessageOctets: 65535,
  peerKind: 'internal',
  extendedNextHop: new Set([IPV4_UNICAST]),
  addPath: new Map(peer === 2 ? [[IPV4_UNICAST, { receive: true, send: true }]] : []),
});

interface Route {
  readonly family: Family;
  readonly prefix: number;
  readonly rule: Uint8Array;
  readonly pathId: number;
}

const rules = fc.sample(flowSpecRule(IPV4_FLOWSPEC), { numRuns: 4, seed: 1 }).map((rule) => {
  const encoded = encodeFlowSpec(rule);
  if (!encoded.ok) throw new Error(encoded.error.code);
  return encoded.value;
});
const route = fc
  .record({ family: fc.constantFrom(...FAMILIES), prefix: fc.nat(7), rule: fc.nat(3), pathId: fc.nat(2) })
  .map(({ rule, ...rest }): Route => ({ ...rest, rule: rules[rule]! }));
const attributes = pathAttributes({ confederation: false }).map((all) => ({ ...all, nextHop: '192.0.2.77' }));

/** UPDATEs that announce the routes with these attributes, or withdraw them. */
function updates(peer: number, routes: readonly Route[], canonical: Uint8Array | undefined): Uint8Array[] {
  const ctx = contextOf(peer);
  return FAMILIES.flatMap((family) => {
    const own = routes.filter((one) => one.family === family);
    if (own.length === 0) return [];
    const common = { family, fourOctetAs: true, maxMessageOctets: 65535, addPath: ctx.addPath.has(family) } as const;
    const isRules = family === IPV4_FLOWSPEC;
    const builder = isRules
      ? new FlowSpecUpdateBuilder(common)
      : new UpdateBuilder({ ...common, extendedNextHop: true });
    if (canonical === undefined) builder.beginWithdraw();
    else if (builder.beginAnnounce(canonical) !== undefined) return [];
    for (const { prefix, rule, pathId } of own) {
      if (builder instanceof FlowSpecUpdateBuilder) builder.add(rule, 0, rule.length, pathId);
      else if (family === IPV6_UNICAST) builder.addIpv6(0x2001_0db8, prefix, 0, 0, 64, pathId);
      else builder.addIpv4(0x0a00_0000 + prefix * 0x1_0000, 16 + prefix, pathId);
    }
    builder.finish();
    return builder.take().map(({ octets }) => octets);
  });
}

class Router {
  readonly rib = new Rib({
    localAs: 4_199_999_999,
    routerId: 0x9e37_79b9,
    clusterId: 0x9e37_79b9,
    med: 'always-compare',
    families: FAMILIES,
  });
  readonly exporter = new Exporter([]);
  readonly queue: CollectorQueue;
  readonly #peers: readonly PeerIndex[];
  readonly #view = new UpdateView();
  readonly isUp = PEERS.map(() => false);

  constructor(maxOctets: number) {
    this.queue = new CollectorQueue(maxOctets);
    this.#peers = PEERS.map(({ as, bgpId, address }) =>
      this.rib.addPeer({
        name: `${as}`,
        kind: 'internal',
        as,
        bgpIdentifier: bgpId,
        address: address.subarray(12),
        routeReflectorClient: false,
        routeServerClient: false,
      }),
    );
  }

  fingerprint(peer: number, family: Family) {
    return this.rib.fingerprint('received', family, this.#peers[peer]!);
  }

  receive(peer: number, update: Uint8Array): void {
    if (!this.isUp[peer]) return;
    const ctx = contextOf(peer);
    expect(this.#view.parse(update, ctx)).toBe(true);
    const report = this.rib.receive(this.#peers[peer]!, this.#view, ctx, 1);
    expect(report.asPathLoops + report.reflectionLoops).toBe(0);
    this.exporter.observe(monitoring(PEERS[peer]!, update));
  }

  setUp(peer: number, isUp: boolean): void {
    if (this.isUp[peer] === isUp) return;
    this.isUp[peer] = isUp;
    const about = PEERS[peer]!;
    this.exporter.observe(isUp ? peerUp(about, capabilitiesOf(peer), capabilitiesOf(peer)) : peerDown(about));
    if (isUp) return;
    const job = this.rib.peerDown(this.#peers[peer]!);
    while (!job.run(100));
  }

  /** The tables, to the collector that begins anew. */
  dump(): void {
    for (const [peer, about] of PEERS.entries()) {
      for (const family of FAMILIES) {
        this.rib.scanReceived(family, this.#peers[peer]!, 0, 1e6, (row) => {
          const rule = this.rib.rule(family, row.prefixId)?.slice() ?? rules[0]!;
          const prefix = family === IPV6_UNICAST ? row.w1 : row.length - 16;
          const one = { family, prefix, rule, pathId: row.pathId };
          for (const update of updates(peer, [one], this.rib.canonical(row.received).slice())) {
            this.exporter.offerTo(this.queue, { type: 'route-monitoring', peer: about, update });
          }
          return true;
        });
      }
    }
  }
}

type Step =
  | { readonly do: 'announce'; readonly peer: number; readonly routes: readonly Route[]; readonly set: number }
  | { readonly do: 'withdraw'; readonly peer: number; readonly routes: readonly Route[] }
  | { readonly do: 'up' | 'down'; readonly peer: number }
  | { readonly do: 'send' | 'kill' };

const peer = fc.nat(PEERS.length - 1);
const routes = fc.array(route, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('announce' as const), peer, routes, set: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('withdraw' as const), peer, routes }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('up' as const), peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('down' as const), peer }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
);

describe('exporter, octets, station', () => {
  it('under churn, kills and overflows the station ends with the tables of the router', () => {
    let overflows = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 30, maxLength: 90 }),
        fc.array(attributes, { minLength: 5, maxLength: 5 }),
        fc.constantFrom(900, 2500, 1e6),
        fc.nat(),
        (steps, sets, maxOctets, seed) => {
          const canonical = sets.map((set) => {
            const encoded = encodeAttributes(set);
            if (!encoded.ok) throw new Error(encoded.error.code);
            return encoded.value;
          });
          const random = new SeededRandom(seed);
          const router = new Router(maxOctets);
          let station = new Station();
          let framer = new BmpFramer();
          const connect = () => {
            station = new Station();
            framer = new BmpFramer();
            router.exporter.attach(router.queue);
            router.dump();
          };
          const send = (octets: number) => {
            // Sequences that fit no chunk, cut anywhere.
            for (const message of router.queue.take(octets)) {
              const cut = Math.floor(random.next() * message.length);
              for (const chunk of [message.slice(0, cut), message.slice(cut)]) {
                framer.push(chunk);
                for (let next = framer.next(); next.ok && next.value !== undefined; next = framer.next()) {
                  const decoded = decodeBmp(next.value);
                  if (!decoded.ok) throw new Error(decoded.error.code);
                  expect(station.apply(decoded.value)).toEqual({ ok: true, value: undefined });
                }
              }
            }
          };
          connect();
          for (const now of steps) {
            switch (now.do) {
              case 'up':
              case 'down':
                router.setUp(now.peer, now.do === 'up');
                break;
              case 'send':
                if (router.queue.state === 'lost') {
                  router.exporter.resynchronize(router.queue, 1, 1);
                  router.dump();
                }
                send(600);
                break;
              case 'kill':
                router.exporter.detach(router.queue);
                connect();
                break;
              case 'announce':
              case 'withdraw':
                for (const update of updates(
                  now.peer,
                  now.routes,
                  now.do === 'announce' ? canonical[now.set] : undefined,
                ))
                  router.receive(now.peer, update);
            }
          }
          overflows += router.queue.counters.overflows;
          // Whatever does not fit at once comes with the next attempt: the test's dump takes no turns, so it needs room.
          for (let tries = 0; router.queue.state === 'lost' && tries < 3; tries++) {
            router.exporter.resynchronize(router.queue, 1, 1);
            send(Number.POSITIVE_INFINITY);
            router.dump();
          }
          if (router.queue.state === 'lost') return;
          send(Number.POSITIVE_INFINITY);
          for (const [index, about] of PEERS.entries()) {
            const monitored = station.peers().find(({ as }) => as === about.as);
            expect(monitored?.isUp ?? false).toBe(router.isUp[index]);
            for (const family of FAMILIES) {
              expect(monitored?.tables.get('adj-rib-in-pre')?.fingerprint(family) ?? [0, 0]).toEqual(
                router.fingerprint(index, family),
              );
            }
          }
          const sizes = station.peers().flatMap(({ tables }) => [...tables.values()]);
          const routesHeld = sizes.reduce((sum, table) => sum + FAMILIES.reduce((all, f) => all + table.size(f), 0), 0);
          expect(station.routeCount).toBe(routesHeld);
        },
      ),
      { numRuns: 300 },
    );
    expect(overflows).toBeGreaterThan(20); // or the small queues were not small enough
  });
});
