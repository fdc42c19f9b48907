import { createMemoryNetwork } from '@bgp/testkit';
import { IPV4_UNICAST } from '@bgp/wire';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { RouteEvent, RouteRow } from './status.ts';
import { addNode, type Node, prefixes } from './testing/lab.ts';

/** More than is kept for a watcher that does not read, so that it loses some. */
const ALL = prefixes(5_000);

type Step =
  | { readonly do: 'announce' | 'withdraw'; readonly start: number; readonly count: number; readonly variant: number }
  /** The watcher has room for this many batches. */
  | { readonly do: 'read'; readonly batches: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('announce' as const, 'announce' as const, 'withdraw' as const),
      start: fc.nat(ALL.length - 1),
      count: fc.constantFrom(1, 600, ALL.length),
      variant: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), batches: fc.constantFrom(0, 1, 2, 1_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 500) }) },
);

function line({ peer, attributes }: RouteRow): string {
  return `${peer} ${JSON.stringify(attributes)}`;
}

function listed({ speaker }: Node): Map<string, string> {
  const page = speaker.listRoutes({ table: 'best', family: IPV4_UNICAST, limit: 10_000 });
  if (!page.ok) throw new Error(page.error.message);
  return new Map(page.value.routes.map((route) => [route.prefix, line(route)]));
}

test.prop([fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 12 })], { numRuns: 40 })(
  'who watches, and lists the table when told of a loss, has the table, however seldom it reads',
  (before, steps) => {
    const network = createMemoryNetwork({ keepTranscript: false });
    const pace = { routesPerRound: 300, rounds: 1, ms: 2 };
    const node = addNode(network, { address: '10.0.0.1', asn: 65001, pace, peers: [] });
    node.speaker.start();
    let batches = 0;
    let table = new Map<string, string>();
    const types: string[] = [];
    const take = ({ type, prefix, route }: RouteEvent): void => {
      if (type === 'lagged') table = listed(node);
      else if (type === 'withdrawn') table.delete(prefix);
      else if (route !== undefined) table.set(prefix, line(route));
      if (route === undefined) types.push(type);
    };
    for (const each of before) perform(each);
    node.speaker.watchRoutes({ initialDump: true }, (events) => {
      if (batches === 0) return false;
      batches--;
      for (const event of events) take(event);
      return true;
    });
    for (const each of steps) perform(each);
    batches = Number.POSITIVE_INFINITY;
    network.runFor(20_000);
    expect(types.filter((type) => type === 'end-of-initial-dump')).toHaveLength(1);
    expect(new Map([...table].sort())).toEqual(new Map([...listed(node)].sort()));

    function perform(step: Step): void {
      if (step.do === 'wait') return network.runFor(step.ms);
      if (step.do === 'read') {
        batches = step.batches;
        return;
      }
      for (const prefix of ALL.slice(step.start, step.start + step.count)) {
        const attributes = { origin: 0, asPath: [], med: step.variant };
        const route = { family: IPV4_UNICAST, prefix, nextHop: ['192.0.2.1'], attributes, pathId: 0 };
        if (step.do === 'announce') node.speaker.inject(route);
        else node.speaker.withdrawInjected(IPV4_UNICAST, prefix, 0);
      }
    }
  },
);
