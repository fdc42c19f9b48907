import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { figuresOf, type Report } from '../figure.ts';
import { asnOf, type ChurnPlan, type SessionPlan } from '../load/plan.ts';
import { readMrtTable } from '../mrt/read-mrt-table.ts';
import { LoadProcess } from './load-process.ts';
import { startBird, startFrr } from './peers.ts';
import type { Subject } from './subject.ts';
import { Tsbgpd } from './tsbgpd.ts';

/** The scenarios of the design document, with its bars. */
interface Scenario {
  readonly sessions: readonly SessionPlan[];
  readonly cpuBarSeconds?: number;
  readonly rssBarMiB?: number;
  readonly churn?: ChurnPlan;
  /** So many clients list the Loc-RIB over the API, again and again, while the table loads and until the end. */
  readonly listing?: number;
  /** Everything stays up for so long after the load, and is asked about then. A session that ends fails the case. */
  readonly lingerSeconds?: number;
  /** Then so many prefixes go from the first session's list, and the daemon reads its configuration again. */
  readonly reloadWithout?: number;
  /** Then a table dump is written. */
  readonly dump?: true;
}

const SEED = 1;
const REAL_TABLE = resolve(import.meta.dirname, '../../../../../shared/data/rib.20140523.0600.first-half.mrt.gz');

const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'A-1x100k-to-1': () => ({
    sessions: [sender(1, 0, 100_000), receiver(2, 100_000)],
    cpuBarSeconds: 0.5,
    rssBarMiB: 130,
  }),
  'B-2x100k-disjoint-to-1': () => ({
    sessions: [sender(1, 0, 100_000), sender(2, 100_000, 200_000), receiver(3, 200_000)],
    cpuBarSeconds: 0.6,
    rssBarMiB: 150,
  }),
  'C-10x10k-to-10': () => ({
    sessions: [
      ...times(10, (index) => sender(1 + index, index * 10_000, (index + 1) * 10_000)),
      ...times(10, (index) => receiver(11 + index, 100_000, false)),
    ],
    cpuBarSeconds: 0.7,
    rssBarMiB: 140,
  }),
  'D-2x500k-same-to-1': () => ({
    sessions: [sender(1, 0, 500_000), sender(2, 0, 500_000), receiver(3, 500_000)],
    cpuBarSeconds: 2,
    rssBarMiB: 270,
  }),
  'E-1x1M-to-1': () => ({
    sessions: [sender(1, 0, 1_000_000), receiver(2, 1_000_000)],
    cpuBarSeconds: 2.2,
    rssBarMiB: 350,
  }),
  'F-30x3k-full-exchange': () => ({
    sessions: times(30, (index) => ({
      ...sender(1 + index, index * 3_000, (index + 1) * 3_000),
      expect: 29 * 3_000,
    })),
    cpuBarSeconds: 0.8,
    rssBarMiB: 150,
  }),
  'G-churn-1000-per-second-on-100k': () => ({
    sessions: [sender(1, 0, 100_000), receiver(2, 100_000)],
    churn: { from: 1, to: 2, table: { seed: SEED, start: 0, end: 100_000 }, changesPerSecond: 1_000, seconds: 10 },
  }),
  'listing-while-1M-loads': () => ({ sessions: [sender(1, 0, 1_000_000), receiver(2, 1_000_000)], listing: 1 }),
  'scale-500x200-route-server': () => ({
    sessions: times(500, (index) => ({
      ...sender(1 + index, index * 200, (index + 1) * 200),
      expect: 499 * 200,
      isRouteServerClient: true,
    })),
    lingerSeconds: 3,
  }),
  'reload-700x572-route-server': () => ({
    sessions: times(700, (index) => ({
      ...sender(1 + index, index * 572, (index + 1) * 572),
      asn: 70_001 + index, // among 700, one would have the daemon's own
      expect: 699 * 572,
      isRouteServerClient: true,
      hasOwnList: true,
    })),
    reloadWithout: 6,
  }),
  'scale-1000-idle-hold-9-while-1M-loads': () => ({
    sessions: [
      sender(1, 0, 1_000_000),
      receiver(2, 1_000_000),
      ...times(1_000, (index) => ({ ...receiver(3 + index, 0, false), holdSeconds: 9, isIdle: true as const })),
    ],
    listing: 1,
    lingerSeconds: 30,
  }),
  'robust-1000-idle-hold-9-ten-list-1M': () => ({
    sessions: [
      sender(1, 0, 1_000_000),
      receiver(2, 1_000_000),
      ...times(1_000, (index) => ({ ...receiver(3 + index, 0, false), holdSeconds: 9, isIdle: true as const })),
    ],
    listing: 10,
    lingerSeconds: 60,
  }),
  'mrt-dump-1M': () => ({
    sessions: [sender(1, 0, 1_000_000), { ...receiver(2, 0, false), holdSeconds: 9, isIdle: true }],
    dump: true,
  }),
  'real-table': realTable,
};

/** Daemons that can be measured side by side. */
export const SUBJECTS = {
  tsbgpd: (sessions: readonly SessionPlan[]) => Tsbgpd.start(sessions),
  frr: startFrr,
  bird: startBird,
} as const;
export type SubjectName = keyof typeof SUBJECTS;

export const DAEMON_CASES: Readonly<Record<string, (report: Report, subject: SubjectName) => Promise<void>>> =
  Object.fromEntries(
    Object.entries(SCENARIOS).map(([name, scenario]) => [
      name,
      (report, subject) => runScenario(name, scenario, report, subject),
    ]),
  );

function sender(number: number, start: number, end: number): SessionPlan {
  return { number, asn: asnOf(number), announce: { seed: SEED, start, end }, expect: 0, distinct: false };
}

function receiver(number: number, expect: number, distinct = true): SessionPlan {
  return { number, asn: asnOf(number), expect, distinct };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** All peers of a collector to one receiver. Absent file: no sessions, and the case says so. */
function realTable(): Scenario {
  if (!existsSync(REAL_TABLE)) return { sessions: [] };
  const { peers, distinctPrefixes } = readMrtTable(REAL_TABLE);
  const announcing = peers.map(({ asn }, peer): SessionPlan => {
    return { number: 1 + peer, asn, announce: { mrtFile: REAL_TABLE, peer }, expect: 0, distinct: false };
  });
  return { sessions: [...announcing, receiver(1 + peers.length, distinctPrefixes)] };
}

async function runScenario(name: string, make: () => Scenario, report: Report, subject: SubjectName): Promise<void> {
  const scenario = make();
  if (scenario.sessions.length === 0) {
    console.error(`${name}: skipped, ${REAL_TABLE} is not there`);
    return;
  }
  const figure =
    subject === 'tsbgpd'
      ? figuresOf('daemon', name, report)
      : figuresOf(`daemon (${subject})`, name, withoutBar(report));
  if (scenario.listing !== undefined && subject !== 'tsbgpd') return;
  const daemon: Subject = await SUBJECTS[subject](scenario.sessions);
  const { sessions, churn } = scenario;
  const load = new LoadProcess({ port: daemon.port, sessions, ...(churn && { churn }) });
  try {
    const { announcedPrefixes } = await load.next('established');
    figure('CPU before the load', daemon.cpuSeconds, 'CPU s');
    figure('peak RSS before the load', daemon.peakRssMiB, 'MiB');
    const stallBeforeMs = await daemon.longestStallMs();
    if (stallBeforeMs !== undefined) figure('longest stall before the load', stallBeforeMs, 'ms');
    load.tell({ type: 'announce' });
    const listings =
      scenario.listing !== undefined && daemon instanceof Tsbgpd ? listRepeatedly(daemon, scenario.listing) : undefined;
    const { seconds, withdrawn } = await load.next('converged');
    await linger(scenario, load, figure);
    if (scenario.reloadWithout !== undefined && daemon instanceof Tsbgpd) {
      await measureReload(load, daemon, scenario.sessions, scenario.reloadWithout, figure);
    }
    if (scenario.dump && daemon instanceof Tsbgpd) await measureDump(load, daemon, figure);
    await listings?.stop();
    const cpuSeconds = await daemon.cpuSecondsWhenIdle();
    figure('prefixes announced', announcedPrefixes, 'prefixes');
    figure('CPU since its start', cpuSeconds, 'CPU s', scenario.cpuBarSeconds);
    figure('peak RSS', daemon.peakRssMiB, 'MiB', scenario.rssBarMiB);
    figure('until all have all', seconds, 's');
    const stallMs = await daemon.longestStallMs();
    if (stallMs !== undefined) figure('longest stall', stallMs, 'ms', 50);
    figure('time waited for its processor', daemon.waitedMs, 'ms');
    figure('of this, for other programs at least', daemon.waitedForOthersMs, 'ms');
    if (withdrawn > 0) figure('withdrawals on the way', withdrawn, 'prefixes');
    if (listings !== undefined) figure('listings meanwhile', listings.count(), 'listings');
    if (churn !== undefined) await measureChurn(load, daemon, churn, figure);
  } finally {
    load.stop();
    await daemon.stop();
  }
}

async function linger(
  { sessions, lingerSeconds }: Scenario,
  load: LoadProcess,
  figure: ReturnType<typeof figuresOf>,
): Promise<void> {
  if (lingerSeconds === undefined) return;
  await delay(lingerSeconds * 1000);
  load.tell({ type: 'report' });
  const { announcements, longestSilenceMs } = await load.next('report');
  const expected = sessions.reduce((sum, session) => sum + session.expect, 0);
  figure('sessions, all up to the end', sessions.length, 'sessions');
  figure('routes received', announcements, 'routes');
  figure('of these more than once', announcements - expected, 'routes', 0);
  if (longestSilenceMs > 0) figure('longest silence on an idle session', longestSilenceMs, 'ms', 9_000);
}

async function measureReload(
  load: LoadProcess,
  daemon: Tsbgpd,
  sessions: readonly SessionPlan[],
  count: number,
  figure: ReturnType<typeof figuresOf>,
): Promise<void> {
  const report = async () => {
    load.tell({ type: 'report' });
    return await load.next('report');
  };
  await daemon.cpuSecondsWhenIdle();
  const [before, cpuBefore, stallBefore] = [await report(), daemon.cpuSeconds, await daemon.longestStallMs()];
  const started = performance.now();
  await daemon.reloadWithout(sessions[0]!, count); // there are sessions
  const answered = performance.now();
  const expected = count * (sessions.length - 1);
  for (let now = await report(); now.withdrawn - before.withdrawn < expected; now = await report()) {
    if (performance.now() - started > 60_000) throw new Error('the reload did not come to its end in a minute');
    await delay(10);
  }
  const end = await report();
  const lastMs = performance.now() - end.quietMs;
  await daemon.cpuSecondsWhenIdle();
  const after = await report();
  figure('reload: until the API answers', (answered - started) / 1000, 's');
  figure('reload: until the last UPDATE', (lastMs - started) / 1000, 's', 1);
  figure('reload: withdrawals', after.withdrawn - before.withdrawn, 'routes');
  figure('reload: withdrawals that were not due', after.withdrawn - before.withdrawn - expected, 'routes', 0);
  figure('reload: announcements', after.announcements - before.announcements, 'routes', 0);
  figure('reload: CPU', daemon.cpuSeconds - cpuBefore, 'CPU s');
  const stall = await daemon.longestStallMs();
  if (stall !== undefined) figure('reload: longest stall, loading included', Math.max(stall, stallBefore ?? 0), 'ms');
}

/** With a session beside it that must go on hearing KEEPALIVEs. */
async function measureDump(load: LoadProcess, daemon: Tsbgpd, figure: ReturnType<typeof figuresOf>): Promise<void> {
  await daemon.cpuSecondsWhenIdle();
  const [cpuBefore, rssBefore, stallBefore] = [daemon.cpuSeconds, daemon.peakRssMiB, await daemon.longestStallMs()];
  const { seconds, octets, routes } = await daemon.dumpTable();
  load.tell({ type: 'report' });
  const { longestSilenceMs } = await load.next('report');
  figure('dump: longest silence on an idle session', longestSilenceMs, 'ms', 9_000);
  figure('dump: routes', routes, 'routes');
  figure('dump: size', octets / 2 ** 20, 'MiB');
  figure('dump: until it is on the disk', seconds, 's');
  figure('dump: CPU', daemon.cpuSeconds - cpuBefore, 'CPU s');
  figure('dump: more peak RSS', daemon.peakRssMiB - rssBefore, 'MiB');
  figure('dump: longest stall before it', stallBefore ?? Number.NaN, 'ms');
  figure('dump: longest stall, that of the load included', (await daemon.longestStallMs()) ?? Number.NaN, 'ms');
}

/** The bars are ours; another daemon's figures are there to compare. */
function withoutBar(report: Report): Report {
  return ({ bar: _ours, ...figure }) => report(figure);
}

async function measureChurn(
  load: LoadProcess,
  daemon: Subject,
  churn: ChurnPlan,
  figure: ReturnType<typeof figuresOf>,
): Promise<void> {
  const before = daemon.cpuSeconds;
  load.tell({ type: 'churn' });
  const { p50Ms, p99Ms, maxMs, missing } = await load.next('churned');
  figure('latency p50', p50Ms, 'ms', 0.5);
  figure('latency p99', p99Ms, 'ms', 4);
  figure('latency max', maxMs, 'ms');
  figure('changes that did not arrive', missing, 'changes');
  figure(
    'CPU per 1,000 changes',
    ((daemon.cpuSeconds - before) / (churn.changesPerSecond * churn.seconds)) * 1000,
    'CPU s',
  );
}

/** Clients that list the best routes over and over, each time as tsbgpctl does. */
function listRepeatedly(daemon: Tsbgpd, clients: number): { stop(): Promise<void>; count(): number } {
  let running = true;
  let count = 0;
  const loop = async () => {
    while (running) {
      await daemon.list();
      count += 1;
    }
  };
  const loops = Promise.all(times(clients, loop));
  return {
    count: () => count,
    async stop() {
      running = false;
      await loops;
    },
  };
}
