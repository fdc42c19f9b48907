/**
 * Kills peers, a BMP collector, an RPKI cache and an API client of a running daemon at random moments of a random churn, and looks whether
 * anything is lost: afterwards all tables are those of a run without kills.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Vrp } from '@bgp/rpki';
import { SeededRandom } from '@bgp/testkit';
import { freePort } from '@bgp/testkit/free-port';
import { Child } from './child.ts';
import type { CachePlan } from './children/cache.ts';
import type { ClientPlan } from './children/client.ts';
import type { CollectorAnswer, CollectorPlan } from './children/collector.ts';
import type { PeerPlan, PeerQuestion } from './children/peer.ts';
import { DaemonProcess } from './daemon-process.ts';

const USAGE = `npm run kills -- [--count N] [--seed N]

  --count N   kills (default 1000; about nine in a second)
  --seed N    what is killed and changed in which order (default 1); the moments are those of this machine
`;
const PEERS = 4;
const ROUTES_EACH = 300;
const SETTLE_MS = 60_000;

/** One neighbor, and what it announces now. */
interface Neighbor {
  readonly child: Child<PeerPlan, PeerQuestion>;
  readonly address: string;
  readonly asn: number;
  readonly routes: Set<string>;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (values.help) console.log(USAGE);
else if (![count, seed].every((value) => Number.isInteger(value) && value >= 0)) {
  console.error('--count and --seed take whole numbers from 0');
  process.exitCode = 2;
} else process.exitCode = (await run()) ? 0 : 1;

/** True: nothing was wrong. */
async function run(): Promise<boolean> {
  const random = new SeededRandom(seed);
  const host = '127.0.0.1';
  const [bgpPort, cachePort, collectorPort] = [await freePort(host), await freePort(host), await freePort(host)];
  const neighbors: Neighbor[] = Array.from({ length: PEERS }, (_, at) => ({
    child: new Child<PeerPlan, PeerQuestion>(`peer ${at + 1}`, 'peer.ts'),
    address: `127.0.7.${at + 1}`,
    asn: 65_001 + at,
    routes: new Set(Array.from({ length: ROUTES_EACH }, (_, index) => prefixOf(at, index))),
  }));
  const collector = new Child<CollectorPlan, object>('collector', 'collector.ts');
  const cache = new Child<CachePlan, object>('cache', 'cache.ts');
  const client = new Child<ClientPlan, object>('client', 'client.ts');
  const daemon = new DaemonProcess({ bgpPort, cachePort, collectorPort, peers: neighbors });
  let vrps: readonly Vrp[] = [];
  let sessionId = 1;

  const startPeer = ({ child, address, asn, routes }: Neighbor) =>
    child.start({ address, asn, daemonPort: bgpPort, routes: [...routes] });
  const startCache = () => {
    vrps = drawVrps(random);
    sessionId = (sessionId + 1) & 0xffff;
    cache.start({ port: cachePort, sessionId, vrps });
  };
  for (const neighbor of neighbors) startPeer(neighbor);
  collector.start({ port: collectorPort });
  startCache();
  client.start({ socket: daemon.socket });

  const kills: Record<string, number> = { peer: 0, collector: 0, cache: 0, client: 0 };
  const startMs = performance.now();
  let wrong: readonly string[];
  let code: number | null;
  try {
    await daemon.ready();
    for (let done = 0; done < count && daemon.isRunning; done++) {
      for (let changes = random.between(0, 20 - 1); changes > 0; changes--) change(random, neighbors);
      const what = random.pick(['peer', 'peer', 'collector', 'cache', 'client'] as const);
      kills[what]!++;
      if (what === 'peer') {
        const neighbor = random.pick(neighbors);
        await neighbor.child.kill();
        startPeer(neighbor);
      } else if (what === 'collector') {
        await collector.kill();
        collector.start({ port: collectorPort });
      } else if (what === 'cache') {
        await cache.kill();
        startCache();
      } else {
        await client.kill();
        client.start({ socket: daemon.socket });
      }
      await pause(random.between(0, 200 - 1));
      if ((done + 1) % 100 === 0) console.log(`${done + 1} kills`);
    }
    wrong = await settled(() => differences(daemon, neighbors, collector, vrps));
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    const counts = Object.entries(kills).map(([what, many]) => `${many} ${what}`);
    console.log(`killed: ${counts.join(', ')}, in ${seconds} s (seed ${seed})`);
  } finally {
    await Promise.all([...neighbors.map(({ child }) => child), collector, cache, client].map((child) => child.kill()));
    code = await daemon.stop();
  }
  if (code !== 0) wrong = [...wrong, `the daemon ended with ${code}`];
  for (const line of wrong) console.log(`wrong: ${line}`);
  console.log(wrong.length === 0 ? 'nothing was lost' : 'FAILED');
  return wrong.length === 0;
}

/** A neighbor that is just being started again takes the change from its list of routes. */
function change(random: SeededRandom, neighbors: readonly Neighbor[]): void {
  const at = random.between(0, neighbors.length - 1);
  const { child, routes } = neighbors[at]!;
  const prefix = prefixOf(at, random.between(0, ROUTES_EACH * 2 - 1));
  if (routes.delete(prefix)) void child.ask({ remove: prefix });
  else {
    routes.add(prefix);
    void child.ask({ add: prefix });
  }
}

/** Asks again until nothing is wrong, or for as long as it may take. */
async function settled(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const wrong = await look();
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await pause(500);
  }
}

async function differences(
  daemon: DaemonProcess,
  neighbors: readonly Neighbor[],
  collector: Child<CollectorPlan, object>,
  vrps: readonly Vrp[],
): Promise<readonly string[]> {
  if (!daemon.isRunning) return ['the daemon has ended'];
  const wrong: string[] = [...daemon.errors];
  const compare = (what: string, has: Iterable<string>, wanted: Iterable<string>) => {
    const [left, right] = [new Set(has), new Set(wanted)];
    const [extra, missing] = [[...left].filter((one) => !right.has(one)), [...right].filter((one) => !left.has(one))];
    if (extra.length > 0) wrong.push(`${what}: ${extra.length} that should not be there, such as ${extra[0]}`);
    if (missing.length > 0) wrong.push(`${what}: ${missing.length} missing, such as ${missing[0]}`);
  };
  const all = neighbors.flatMap(({ routes }) => [...routes]);
  const best = await daemon.routes();
  compare('best routes', best.keys(), all);
  const monitored = ((await collector.ask({})) ?? {}) as CollectorAnswer;
  for (const { child, address, routes } of neighbors) {
    compare(`received from ${child.name}`, (await daemon.routes(address)).keys(), routes);
    compare(`what ${child.name} has`, ((await child.ask({ what: 'best' })) ?? []) as string[], all);
    compare(`what the collector knows of ${child.name}`, monitored[address] ?? [], routes);
  }
  const [has, wants] = [await daemon.vrps(), vrps.length];
  if (has !== wants) wrong.push(`${has} VRPs in use, ${wants} in the cache`);
  const states = neighbors.flatMap(({ routes, asn }) =>
    [...routes].map((prefix) => [prefix, stateOf(prefix, asn, vrps)] as const),
  );
  const misjudged = states.filter(([prefix, state]) => best.has(prefix) && best.get(prefix) !== state);
  if (misjudged.length > 0) {
    const [prefix, state] = misjudged[0]!;
    wrong.push(`validity: ${misjudged.length} wrong, such as ${prefix}: ${best.get(prefix)}, not ${state}`);
  }
  return wrong;
}

/** Prefixes of neighbors do not overlap: 100+N.x.y.0/24. */
function prefixOf(neighbor: number, index: number): string {
  return `${100 + neighbor}.${index >>> 8}.${index & 255}.0/24`;
}

/** Blocks of a neighbor's /16s with its AS or another one. */
function drawVrps(random: SeededRandom): readonly Vrp[] {
  const blocks = new Map<string, Vrp>();
  for (let i = 0; i < 20; i++) {
    const neighbor = random.between(0, PEERS - 1);
    const third = random.between(0, 256 - 1);
    const w0 = ((100 + neighbor) * 0x100_0000 + third * 0x100) >>> 0;
    const asn = random.between(0, 2 - 1) === 0 ? 65_001 + neighbor : 64_999;
    blocks.set(`${w0} ${asn}`, { afi: 1, w0, w1: 0, w2: 0, w3: 0, length: 24, maxLength: 24, asn });
  }
  return [...blocks.values()];
}

/** RFC 6811 §2, by hand. */
function stateOf(prefix: string, asn: number, vrps: readonly Vrp[]): string {
  const [a = 0, b = 0, c = 0] = prefix.split('.').map(Number);
  const w0 = (a * 0x100_0000 + b * 0x1_0000 + c * 0x100) >>> 0;
  const covering = vrps.filter((vrp) => vrp.w0 === w0);
  if (covering.length === 0) return 'not_found';
  return covering.some((vrp) => vrp.asn === asn) ? 'valid' : 'invalid';
}
