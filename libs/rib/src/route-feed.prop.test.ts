import { pathAttributes } from '@bgp/testkit';
import {
  type CodecContext,
  encodeAttributes,
  type Family,
  INITIAL_CONTEXT,
  IPV4_UNICAST,
  IPV6_UNICAST,
  UpdateView,
} from '@bgp/wire';
import { encodeFlowSpec, IPV4_FLOWSPEC, parseFlowSpecText } from '@bgp/wire/flowspec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Rib } from './rib.ts';
import type { RouteFeed } from './route-feed.ts';
import type { PeerIndex, RouteFilter, UpdateSink } from './types.ts';

/** One rib hears of another's tables through feeds alone; what it knows in the end is what is there. */
const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST, IPV4_FLOWSPEC];
const ADD_PATH = IPV4_UNICAST;
const CTX: CodecContext = {
  ...INITIAL_CONTEXT,
  fourOctetAs: true,
  maxMessageOctets: 65535,
  peerKind: 'internal',
  extendedNextHop: new Set([IPV4_UNICAST]),
  addPath: new Map([[ADD_PATH, { receive: true, send: true }]]),
};
const RULES = ['dst 192.0.2.0/24', 'dst 198.51.100.0/24 proto tcp', 'src 10.0.0.0/8'].map((text) => {
  const parsed = parseFlowSpecText(text, IPV4_FLOWSPEC);
  const encoded = parsed.ok ? encodeFlowSpec(parsed.value) : undefined;
  if (!encoded?.ok) throw new Error(text);
  return encoded.value;
});
const ACCEPTED = { accept: true, by: 0 } as const;
const MED_5 = { accept: true, by: 1, edit: { med: 5 } } as const;
const DENIED = { accept: false, by: 2 } as const;
const FILTERS: readonly RouteFilter[] = [
  { readsPrefix: false, readsSource: false, evaluate: () => ACCEPTED },
  { readsPrefix: true, readsSource: false, evaluate: (route) => ((route.w0 & 0x2_0000) === 0 ? DENIED : MED_5) },
  { readsPrefix: false, readsSource: false, evaluate: () => DENIED },
];

function ribWithPeer(): { readonly rib: Rib; readonly peer: PeerIndex } {
  const rib = new Rib({
    localAs: 4_199_999_999,
    routerId: 0x9e37_79b9,
    clusterId: 0x9e37_79b9,
    med: 'always-compare',
    families: FAMILIES,
  });
  const peer = rib.addPeer({
    name: 'peer',
    kind: 'internal',
    as: 65001,
    bgpIdentifier: 1,
    address: Uint8Array.of(192, 0, 2, 1),
    routeReflectorClient: false,
    routeServerClient: false,
  });
  return { rib, peer };
}

/** A rib that reads what the sink is given. */
function reader() {
  const { rib, peer } = ribWithPeer();
  const view = new UpdateView();
  let longest = 0;
  const sink: UpdateSink = (octets) => {
    for (let at = 0; at < octets.length; ) {
      const end = at + octets[at + 16]! * 256 + octets[at + 17]!;
      longest = Math.max(longest, end - at);
      expect(view.parse(octets.subarray(at, end), CTX)).toBe(true);
      const { action, errors } = rib.receive(peer, view, CTX, 1);
      expect({ action, errors }).toEqual({ action: undefined, errors: [] });
      at = end;
    }
  };
  return { rib, peer, sink, longest: () => longest };
}

function rows(rib: Rib, family: Family, peer: PeerIndex, table: 'received' | 'effective'): string[] {
  const all: string[] = [];
  rib.scanReceived(family, peer, 0, 1e9, (row) => {
    if (row[table] !== 0)
      all.push(`${rib.prefixText(family, row.prefixId)} ${row.pathId} ${rib.canonical(row[table]).join(' ')}`);
    return true;
  });
  return all.sort();
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('put' as const, 'put' as const, 'take' as const),
      family: fc.constantFrom(...FAMILIES),
      prefix: fc.nat(2),
      pathId: fc.constantFrom(0, 1, 70_000),
      set: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('filter' as const), filter: fc.nat(FILTERS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('down' as const, 'decide' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drain' as const), budget: fc.integer({ min: 1, max: 4 }) }) },
);

it('through its feeds another rib knows the tables before and after policy, path for path', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.array(pathAttributes({ confederation: false }), { minLength: 4, maxLength: 4 }),
      (steps, sets) => {
        const { rib, peer } = ribWithPeer();
        const view = new UpdateView();
        const canonical = sets.map((set, at) => {
          const encoded = encodeAttributes({ ...set, nextHop: at === 3 ? '2001:db8::1' : '192.0.2.9' });
          if (!encoded.ok) throw new Error(encoded.error.code);
          return encoded.value;
        });
        const pre = reader();
        const post = reader();
        const feedsOf = () =>
          new Map<Family, RouteFeed>(FAMILIES.map((family) => [family, rib.routeFeed(family, family === ADD_PATH)]));
        const feeds = { received: feedsOf(), accepted: feedsOf() };
        rib.setPathListener({
          received: (family, _peer, prefix, pathId, set) => feeds.received.get(family)!.set(prefix, pathId, set),
          accepted: (family, _peer, prefix, pathId, set) => feeds.accepted.get(family)!.set(prefix, pathId, set),
        });
        const drain = (budget: number) => {
          for (const feed of feeds.received.values()) feed.drain(budget, pre.sink);
          for (const feed of feeds.accepted.values()) feed.drain(budget, post.sink);
        };
        /** Announced by a writer of its own, as a neighbor would. */
        const source = ribWithPeer();
        const put = (family: Family, prefix: number, pathId: number, set: number | undefined) => {
          const id = family === ADD_PATH ? pathId : 0;
          // A next hop that the family can have.
          const octets = set === undefined ? undefined : canonical[family === IPV6_UNICAST ? 3 : set]!;
          const address =
            family === IPV6_UNICAST
              ? Uint8Array.of(0x20, 1, 0xd, 0xb8, prefix, ...new Array(11).fill(0))
              : Uint8Array.of(10, prefix, 0, 0);
          const some = octets ?? canonical[3]!;
          if (family === IPV4_FLOWSPEC) source.rib.injectRule(source.peer, family, RULES[prefix]!, some, 1);
          else source.rib.inject(source.peer, family, address, address.length * 4, id, some, 1);
          const writer = source.rib.routeWriter(family, family === ADD_PATH);
          source.rib.scanReceived(family, source.peer, 0, 10, (row) => {
            if (octets === undefined) writer.withdraw(row.prefixId, row.pathId);
            else writer.announce(row.prefixId, row.pathId, row.received);
            return true;
          });
          writer.flush((frame) => {
            expect(view.parse(frame, CTX)).toBe(true);
            expect(rib.receive(peer, view, CTX, 1).asPathLoops).toBe(0);
          });
          const gone = source.rib.peerDown(source.peer);
          while (!gone.run(10));
        };
        rib.setImportFilter(peer, FILTERS[0]!);
        for (const now of steps) {
          if (now.do === 'put' || now.do === 'take')
            put(now.family, now.prefix, now.pathId, now.do === 'put' ? now.set : undefined);
          else if (now.do === 'filter') {
            const job = rib.setImportFilter(peer, FILTERS[now.filter]!);
            while (!job.run(10));
          } else if (now.do === 'down') {
            const job = rib.peerDown(peer);
            while (!job.run(10));
          } else if (now.do === 'decide') rib.decide(1000);
          else if (now.do === 'drain') drain(now.budget);
        }
        drain(1e6);
        for (const family of FAMILIES) {
          expect(pre.rib.fingerprint('received', family, pre.peer)).toEqual(rib.fingerprint('received', family, peer));
          expect(rows(pre.rib, family, pre.peer, 'received')).toEqual(rows(rib, family, peer, 'received'));
          expect(rows(post.rib, family, post.peer, 'received')).toEqual(rows(rib, family, peer, 'effective'));
          expect(feeds.received.get(family)!.isEmpty).toBe(true);
        }
        // Nothing is held any more: with the paths gone, prefixes go too.
        const job = rib.peerDown(peer);
        while (!job.run(10));
        rib.setPathListener(undefined);
        drain(1e6);
        while (!rib.decide(1000));
        for (const family of FAMILIES) expect(rib.status(family).prefixes).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

it('attributes that fit no usual message go into a longer one, and what fits none is withdrawn and counted', () => {
  const { rib, peer } = ribWithPeer();
  const out = reader();
  const attributes = (count: number) => {
    const unknown = [{ code: 200, flags: 0xc0, value: new Uint8Array(count) }];
    const encoded = encodeAttributes({ origin: 0, asPath: [], nextHop: '192.0.2.1', unknown });
    if (!encoded.ok) throw new Error(encoded.error.code);
    return encoded.value;
  };
  const writer = rib.routeWriter(IPV4_UNICAST, true);
  const write = (count: number) => {
    rib.inject(peer, IPV4_UNICAST, Uint8Array.of(10, 0, 0, 0), 8, 0, attributes(count), 1);
    rib.scanReceived(IPV4_UNICAST, peer, 0, 10, (row) => {
      writer.announce(row.prefixId, row.pathId, row.received);
      return true;
    });
    writer.flush(out.sink);
    return [out.rib.counts(out.peer, IPV4_UNICAST).received, out.longest() > 4096, writer.unencodable];
  };
  expect(write(100)).toEqual([1, false, 0]);
  expect(write(5_000)).toEqual([1, true, 0]);
  expect(write(65_500)).toEqual([0, true, 1]);
});
