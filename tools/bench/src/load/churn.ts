import { encodeTable, fullTable, type GeneratedTable, SeededRandom } from '@bgp/testkit';
import type { UpdateView } from '@bgp/wire';
import type { LoadSession } from './load-session.ts';
import { asnOf, type ChurnPlan, type LoadEvent, nextHopOf } from './plan.ts';

/** A community that carries the number of a change: far from any that the table has. */
const MARKER = 0xf000_0000;
const COMMUNITIES = 8;
const SETTLE_MS = 1_000;

/**
 * Changes routes at a fixed rate and takes the time from the write of each change to its arrival at the other session.
 * Each change marks its route with a community of its own.
 */
export async function runChurn(plan: ChurnPlan, from: LoadSession, to: LoadSession): Promise<LoadEvent> {
  const total = plan.changesPerSecond * plan.seconds;
  const changes = prepare(plan, total);
  const sentMs = new Float64Array(total);
  const latencyMs = new Float64Array(total).fill(-1);
  to.onUpdate = (view) => {
    const change = markerOf(view);
    if (change >= 0 && change < total && latencyMs[change]! < 0)
      latencyMs[change] = performance.now() - sentMs[change]!;
  };
  const startMs = performance.now();
  let next = 0;
  await new Promise<void>((done) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * plan.changesPerSecond));
      for (; next < due; next++) {
        sentMs[next] = performance.now();
        from.send(changes[next]!);
      }
      if (next < total) return;
      clearInterval(timer);
      setTimeout(done, SETTLE_MS);
    }, 1);
  });
  const arrived = latencyMs.filter((value) => value >= 0).sort();
  const at = (share: number) => arrived[Math.min(arrived.length - 1, Math.floor(arrived.length * share))] ?? Number.NaN;
  return { type: 'churned', p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), missing: total - arrived.length };
}

/** One message per change, each for a route of the table drawn at random. */
function prepare(plan: ChurnPlan, total: number): readonly Uint8Array[] {
  const table = fullTable({ seed: plan.table.seed, count: plan.table.end });
  const random = new SeededRandom(plan.table.seed);
  return Array.from({ length: total }, (_, change) => {
    const route = random.between(plan.table.start, plan.table.end - 1);
    const set = { ...table.sets[table.setOf[route]!]!, communities: [MARKER + change] };
    const one: GeneratedTable = {
      family: table.family,
      count: 1,
      words: table.words.slice(route, route + 1),
      lengths: table.lengths.slice(route, route + 1),
      setOf: Uint32Array.of(0),
      sets: [set],
    };
    const { buffers } = encodeTable(one, { peerAs: asnOf(plan.from), nextHop: nextHopOf(plan.from) });
    return buffers[0]!;
  });
}

/** The number of the change in an UPDATE's communities, or -1. */
function markerOf(view: UpdateView): number {
  const octets = view.attributeOctets();
  let at = 0;
  while (at + 3 <= octets.length) {
    const isExtended = (octets[at]! & 0x10) !== 0;
    const length = isExtended ? octets[at + 2]! * 256 + octets[at + 3]! : octets[at + 2]!;
    const value = at + (isExtended ? 4 : 3);
    if (octets[at + 1] === COMMUNITIES) {
      for (let one = value; one + 4 <= value + length; one += 4) {
        const community =
          ((octets[one]! << 24) | (octets[one + 1]! << 16) | (octets[one + 2]! << 8) | octets[one + 3]!) >>> 0;
        if (community >= MARKER) return community - MARKER;
      }
      return -1;
    }
    at = value + length;
  }
  return -1;
}
