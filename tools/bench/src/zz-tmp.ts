import { encodeTable, fullTable } from '@bgp/testkit';
import { BenchRib } from './rib/bench-rib.ts';
const m = (n: number) => encodeTable(fullTable({ seed: 1, count: 1e6 }), { peerAs: 64500 + n, nextHop: `127.0.1.${n}` }).buffers;
const first = m(1), second = m(2);
globalThis.gc?.();
const bench = new BenchRib();
const [one, two, r] = [bench.addPeer(1), bench.addPeer(2), bench.addPeer(3)];
bench.addReceiver(r);
for (const [n, w] of [['r1', () => bench.receive(one, first)], ['r2', () => bench.receive(two, second)], ['d', () => bench.decide()], ['e', () => bench.drain()]] as const) {
  const s = process.cpuUsage(); const t = performance.now(); w(); const u = process.cpuUsage(s);
  console.log(n, 'user', u.user / 1e3, 'sys', u.system / 1e3, 'wall', performance.now() - t);
}
console.log(bench.rib?.status?.(0x101));
