import { readFileSync } from 'node:fs';
import { buildPrograms, type DemoDaemon, type DemoPeer, startDaemon } from './daemon.ts';
import { type DemoOptions, readOptions, USAGE } from './options.ts';
import { startDemoPeer } from './peer.ts';
import { progressBar, Screen } from './screen.ts';
import { demoTable } from './table.ts';

const PEERS: readonly DemoPeer[] = [
  { address: '127.0.0.2', asn: 65002, description: 'demo transit' },
  { address: '127.0.0.3', asn: 65003, description: 'demo exchange' },
];

async function main(options: DemoOptions): Promise<number> {
  console.log('Building tsbgpd and tsbgpctl (a few seconds the first time) ...');
  await buildPrograms();
  const daemon = await startDaemon(PEERS);
  console.log(`tsbgpd runs as process ${daemon.process.pid}, BGP on 127.0.0.1:${daemon.port}, API on ${daemon.api}\n`);

  const routes = demoTable(options.seed, options.routes);
  // Each peer knows 70 % of the table, so that for 40 % of it the daemon has to choose.
  const share = Math.ceil(options.routes * 0.7);
  const speakers = [
    startDemoPeer(PEERS[0]!, daemon.port, routes.slice(0, share)),
    startDemoPeer(PEERS[1]!, daemon.port, routes.slice(options.routes - share)),
  ];
  const stopped = new Promise<'interrupted' | 'daemon-ended'>((done) => {
    process.once('SIGINT', () => done('interrupted'));
    process.once('SIGTERM', () => done('interrupted'));
    daemon.process.once('exit', () => done('daemon-ended'));
  });

  let ending: 'full' | 'timeout' | 'interrupted' | 'daemon-ended' = await Promise.race([
    stopped,
    showFilling(daemon, options.routes),
  ]);
  if (ending === 'full') {
    console.log(await summary(daemon, options));
    if (!options.once) ending = await stopped;
  }
  for (const speaker of speakers) speaker.stop('the demo ends');
  await daemon.stop();
  if (ending === 'timeout') console.error('The table did not fill within 60 s.');
  if (ending === 'daemon-ended') console.error('tsbgpd ended by itself; that should not happen.');
  return ending === 'timeout' || ending === 'daemon-ended' ? 1 : 0;
}

async function showFilling(daemon: DemoDaemon, total: number): Promise<'full' | 'timeout'> {
  const screen = new Screen(process.stdout);
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const health = JSON.parse(await daemon.ctl('health', '--json')) as { total_routes: number };
    screen.show(`${await daemon.ctl('neighbor')}\nRIB ${progressBar(health.total_routes, total)} routes`);
    if (health.total_routes >= total) return 'full';
    await new Promise((done) => setTimeout(done, 250));
  }
  return 'timeout';
}

async function summary(daemon: DemoDaemon, options: DemoOptions): Promise<string> {
  // From the middle of the table, which both peers announce: there is something to choose.
  const { prefix } = demoTable(options.seed, options.routes)[Math.floor(options.routes / 2)]!;
  return [
    '',
    await daemon.ctl('rib', '-p', prefix),
    `tsbgpd used ${cpuSeconds(daemon.process.pid!).toFixed(2)} CPU seconds and ${memoryMiB(daemon.process.pid!)} MiB at most.`,
    '',
    'Try, in another terminal in this folder:',
    `  export TSBGPD_ADDR=${daemon.api}`,
    '  npx tsbgpctl neighbor 127.0.0.2',
    `  npx tsbgpctl rib -p ${prefix} --explain`,
    '  npx tsbgpctl rib received 127.0.0.3 --origin-asn 64500',
    '  npx tsbgpctl rib add 203.0.113.0/24 --nexthop 192.0.2.1',
    '  npx tsbgpctl watch',
    '  npx tsbgpctl --help',
    `  curl -s http://127.0.0.1:${daemon.metricsPort}/metrics`,
    ...(options.once ? [] : ['', 'Ctrl-C ends the demo.']),
  ].join('\n');
}

/** From /proc; 0 where there is none. Clock ticks are 1/100 s on every Linux that Node runs on. */
function cpuSeconds(pid: number): number {
  const stat = procFile(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function memoryMiB(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(procFile(pid, 'status'));
  return Math.round(Number(peak?.[1] ?? 0) / 1024);
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // not Linux: the figures read 0
  }
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  console.log(USAGE);
} else if ('problem' in options) {
  console.error(`${options.problem}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await main(options);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
  process.exit();
}
