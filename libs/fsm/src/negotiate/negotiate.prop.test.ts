import { type Capability, IPV4_MULTICAST, IPV4_UNICAST, IPV6_MULTICAST, IPV6_UNICAST } from '@bgp/wire';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONFIG } from '../testing/samples.ts';
import type { FsmConfig } from '../types.ts';
import { localOpen } from './local-open.ts';
import { negotiate } from './negotiate.ts';

const family = fc.constantFrom(IPV4_UNICAST, IPV6_UNICAST, IPV4_MULTICAST, IPV6_MULTICAST);
const flag = <T>(value: T) => fc.option(fc.constant(value), { nil: undefined });
const capabilities: fc.Arbitrary<Capability[]> = fc
  .tuple(
    flag<Capability>({ type: 'route-refresh' }),
    flag<Capability>({ type: 'enhanced-route-refresh' }),
    flag<Capability>({ type: 'extended-message' }),
    fc.array(fc.record({ family, sendReceive: fc.integer({ min: 0, max: 4 }) }), { maxLength: 3 }),
    fc.array(fc.record({ family, nextHopAfi: fc.constantFrom(1, 2) }), { maxLength: 3 }),
  )
  .map(([refresh, enhanced, extended, addPath, nextHops]): Capability[] => [
    ...[refresh, enhanced, extended].filter((capability) => capability !== undefined),
    { type: 'add-path', entries: addPath },
    { type: 'extended-next-hop', entries: nextHops },
  ]);

const asNumber = fc.oneof(
  fc.constantFrom(65001, 65002, 65535, 65536, 4_294_967_295),
  fc.integer({ min: 1, max: 70000 }),
);
const side = fc.record({
  localAs: asNumber.filter((as) => as !== 23456),
  routerId: fc.constantFrom('10.0.0.1', '10.0.0.2', '255.0.0.1'),
  holdTime: fc.constantFrom(0, 3, 10, 90, 65535),
  families: fc.uniqueArray(family, { minLength: 1 }),
  capabilities,
});

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

it('both sides accept or both refuse, and they agree on everything they share', () => {
  let accepted = 0;
  fc.assert(
    fc.property(side, side, (a, b) => {
      const ours: FsmConfig = { ...CONFIG, ...a, remoteAs: b.localAs };
      const theirs: FsmConfig = { ...CONFIG, ...b, remoteAs: a.localAs };
      const here = negotiate(ours, localOpen(theirs));
      const there = negotiate(theirs, localOpen(ours));
      expect(here.ok).toBe(there.ok);
      if (!here.ok || !there.ok) return;
      accepted++;
      const [x, y] = [here.value, there.value];
      for (const key of ['fourOctetAs', 'maxMessageOctets', 'peerKind', 'holdTime', 'keepaliveTime'] as const)
        expect(x[key]).toBe(y[key]);
      expect(x.routeRefresh).toBe(y.routeRefresh);
      expect(x.enhancedRouteRefresh).toBe(y.enhancedRouteRefresh);
      expect(sorted(x.families)).toEqual(sorted(y.families));
      expect(sorted(x.extendedNextHop)).toEqual(sorted(y.extendedNextHop));
      expect(sorted(x.addPath.keys())).toEqual(sorted(y.addPath.keys()));
      for (const [key, { receive, send }] of x.addPath)
        expect(y.addPath.get(key)).toEqual({ receive: send, send: receive });
      expect([x.remoteAs, y.remoteAs]).toEqual([b.localAs, a.localAs]);
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(100); // else the property says little
});
