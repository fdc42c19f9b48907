import { encodeTable, fullTable, type GeneratedTable } from '@bgp/testkit';
import { type MrtTable, readMrtTable } from '../mrt/read-mrt-table.ts';
import { runChurn } from './churn.ts';
import { LoadSession } from './load-session.ts';
import { type LoadCommand, type LoadEvent, type LoadPlan, nextHopOf, type SessionPlan } from './plan.ts';

/*
 * The load of the daemon bench: a process of its own, on a processor of its own. It prepares every message before it
 * connects, so that during a measurement it only writes, reads and counts.
 */

interface Prepared {
  readonly buffers: readonly Uint8Array[];
  readonly prefixes: number;
}

const tables = new Map<string, GeneratedTable>();
const mrtTables = new Map<string, MrtTable>();

function prepare({ announce, number, asn }: SessionPlan, tableEnd: number): Prepared {
  if (announce === undefined) return { buffers: [], prefixes: 0 };
  if ('mrtFile' in announce) {
    const mrt = mrtTables.get(announce.mrtFile) ?? readMrtTable(announce.mrtFile);
    mrtTables.set(announce.mrtFile, mrt);
    return mrt.peers[announce.peer]!; // the plan was made from the same file
  }
  const key = `${announce.seed}/${tableEnd}`;
  const table = tables.get(key) ?? fullTable({ seed: announce.seed, count: tableEnd });
  tables.set(key, table);
  const { start, end } = announce;
  const { buffers } = encodeTable(table, { peerAs: asn, nextHop: nextHopOf(number), start, end });
  return { buffers, prefixes: end - start };
}

function tell(event: LoadEvent): void {
  process.send?.(event);
}

function fail(reason: string): void {
  tell({ type: 'failed', reason });
}

async function run(plan: LoadPlan): Promise<void> {
  const tableEnd = Math.max(
    1,
    ...plan.sessions.map(({ announce }) => (announce && 'end' in announce ? announce.end : 0)),
  );
  const prepared = plan.sessions.map((session) => prepare(session, tableEnd));
  tables.clear();
  mrtTables.clear();
  const sessions = plan.sessions.map((session) => new LoadSession(session, plan.port, fail));
  await Promise.all(sessions.map(({ established }) => established));
  tell({
    type: 'established',
    announcedOctets: prepared.flatMap(({ buffers }) => buffers).reduce((sum, { length }) => sum + length, 0),
    announcedPrefixes: prepared.reduce((sum, { prefixes }) => sum + prefixes, 0),
  });
  process.on('message', (command: LoadCommand) => {
    if (command.type === 'announce') announce(sessions, prepared);
    else if (command.type === 'churn') void churn(plan, sessions);
    else if (command.type === 'report') report(sessions);
    else {
      for (const session of sessions) session.stop();
      process.disconnect();
    }
  });
}

function announce(sessions: readonly LoadSession[], prepared: readonly Prepared[]): void {
  const startMs = performance.now();
  const check = () => {
    if (sessions.some((session) => session.arrived < session.plan.expect)) return;
    for (const session of sessions) session.onArrival = undefined;
    const withdrawn = sessions.reduce((sum, session) => sum + session.withdrawn, 0);
    tell({ type: 'converged', seconds: (performance.now() - startMs) / 1000, withdrawn });
  };
  for (const session of sessions) session.onArrival = check;
  for (const [index, session] of sessions.entries()) {
    for (const buffer of prepared[index]!.buffers) session.send(buffer);
  }
}

function report(sessions: readonly LoadSession[]): void {
  const total = (of: (session: LoadSession) => number) => sessions.reduce((sum, session) => sum + of(session), 0);
  const last = Math.max(...sessions.map((session) => session.lastUpdateAtMs));
  const idle = sessions.filter(({ plan }) => plan.isIdle);
  tell({
    type: 'report',
    announcements: total((session) => session.announcements),
    withdrawn: total((session) => session.withdrawn),
    quietMs: performance.now() - last,
    longestSilenceMs: Math.max(0, ...idle.map((session) => session.longestSilenceMs)),
  });
}

async function churn(plan: LoadPlan, sessions: readonly LoadSession[]): Promise<void> {
  const of = (number: number | undefined) => sessions.find((session) => session.plan.number === number);
  const [from, to] = [of(plan.churn?.from), of(plan.churn?.to)];
  if (plan.churn === undefined || from === undefined || to === undefined) return fail('the plan has no churn');
  tell(await runChurn(plan.churn, from, to));
}

process.once('message', (plan: LoadPlan) => {
  run(plan).catch((error: Error) => fail(error.message));
});
process.once('disconnect', () => process.exit());
