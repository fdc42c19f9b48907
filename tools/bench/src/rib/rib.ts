import { encodeTable, fullTable } from '@bgp/testkit';
import { figuresOf, type Report } from '../figure.ts';
import { heldOctets, measure, peakRssMiB } from '../measure.ts';
import { BenchRib } from './bench-rib.ts';
import { policy } from './policy.ts';

const MILLION = 1_000_000;

export const RIB_CASES: Readonly<Record<string, (report: Report) => void>> = {
  'million-x2': millionTwice,
  'memory-per-route': memoryPerRoute,
  'tenth-receiver': tenthReceiver,
  listing,
  'peer-down': peerDown,
  policy,
};

/** decode + intern + insert + decide + encode, one million prefixes from each of two neighbors. */
function millionTwice(report: Report): void {
  const figure = figuresOf('rib', 'million-x2', report);
  const first = messages(MILLION, 1);
  const second = messages(MILLION, 2);
  const bench = new BenchRib();
  const [one, two, receiver] = [bench.addPeer(1), bench.addPeer(2), bench.addPeer(3)];
  bench.addReceiver(receiver);
  const steps: readonly (readonly [string, () => void])[] = [
    ['receive 1st', () => bench.receive(one, first)],
    ['receive 2nd', () => bench.receive(two, second)],
    ['decide', () => bench.decide()],
    ['encode', () => bench.drain()],
  ];
  let total = 0;
  for (const [name, work] of steps) {
    const { cpuSeconds } = measure(work);
    figure(name, cpuSeconds, 'CPU s');
    total += cpuSeconds;
  }
  figure('all', total, 'CPU s', 1.2);
  figure('prefixes sent', bench.sentPrefixes, 'prefixes');
  figure('longest slice', bench.longestSliceMs, 'ms', 50);
  figure('peak RSS with the prepared messages', peakRssMiB(), 'MiB');
}

/** The same 200,000 prefixes from more and more neighbors. */
function memoryPerRoute(report: Report): void {
  const figure = figuresOf('rib', 'memory-per-route', report);
  const count = 200_000;
  const tables = [1, 2, 3, 4, 5].map((number) => messages(count, number));
  const bench = new BenchRib();
  const held = [heldOctets()];
  for (const [index, buffers] of tables.entries()) {
    const peer = bench.addPeer(index + 1);
    bench.receive(peer, buffers);
    bench.decide();
    held.push(heldOctets());
  }
  figure('first neighbor, octets per route with its attributes', (held[1]! - held[0]!) / count, 'octets');
  // Growth of arrays comes in jumps: the mean over four further neighbors smooths it.
  figure('each further neighbor, octets per additional route', (held[5]! - held[1]!) / (4 * count), 'octets', 64);
}

/** CPU time for sending a table to ten receivers against sending it to one. */
function tenthReceiver(report: Report): void {
  const figure = figuresOf('rib', 'tenth-receiver', report);
  const buffers = messages(300_000, 1);
  const sendTo = (receivers: number) => {
    const bench = new BenchRib();
    const sender = bench.addPeer(1);
    for (let number = 0; number < receivers; number++) bench.addReceiver(bench.addPeer(10 + number));
    bench.drain(); // empty initial tables: from now on all follow
    bench.receive(sender, buffers);
    bench.decide();
    return measure(() => bench.drain()).cpuSeconds;
  };
  sendTo(1); // warm up
  const one = Math.min(sendTo(1), sendTo(1));
  const ten = Math.min(sendTo(10), sendTo(10));
  figure('one receiver', one, 'CPU s');
  figure('ten receivers', ten, 'CPU s');
  figure('each further receiver, of the first', Math.max(0, ((ten - one) / 9 / one) * 100), '%', 10);
}

function listing(report: Report): void {
  const figure = figuresOf('rib', 'listing', report);
  const bench = new BenchRib();
  const peer = bench.addPeer(1);
  bench.receive(peer, messages(MILLION, 1));
  bench.decide();
  bench.longestSliceMs = 0;
  let rows = 0;
  const { elapsedSeconds } = measure(() => {
    rows = bench.list();
  });
  figure('rows', rows, 'routes');
  figure('speed', rows / elapsedSeconds, 'routes/s');
  figure('longest slice', bench.longestSliceMs, 'ms', 50);
}

function peerDown(report: Report): void {
  const figure = figuresOf('rib', 'peer-down', report);
  const bench = new BenchRib();
  const [one, two, receiver] = [bench.addPeer(1), bench.addPeer(2), bench.addPeer(3)];
  bench.addReceiver(receiver);
  bench.receive(one, messages(MILLION, 1));
  bench.receive(two, messages(MILLION, 2));
  bench.decide();
  bench.drain();
  bench.longestSliceMs = 0;
  const { cpuSeconds } = measure(() => {
    bench.withdrawPeer(one);
    bench.decide();
    bench.drain();
  });
  figure('remove one of two, decide and send', cpuSeconds, 'CPU s');
  figure('longest slice', bench.longestSliceMs, 'ms', 50);
}

/** The same prefixes for every neighbor, with paths of its own. */
function messages(count: number, neighbor: number): readonly Uint8Array[] {
  const table = fullTable({ seed: 1, count });
  return encodeTable(table, { peerAs: 64_500 + neighbor, nextHop: `127.0.1.${neighbor}` }).buffers;
}
