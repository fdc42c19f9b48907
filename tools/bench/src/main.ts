import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DAEMON_CASES, type SubjectName } from './daemon/daemon.ts';
import { type Figure, formatTable, type Report, toJson } from './figure.ts';
import { MRT_CASES } from './mrt/mrt.ts';
import { type BenchName, type BenchOptions, readOptions, USAGE } from './options.ts';
import { RIB_CASES } from './rib/rib.ts';
import { RPKI_CASES } from './rpki/rpki.ts';
import { saveResults } from './save-results.ts';
import { WIRE_CASES } from './wire/wire.ts';

type Cases = Readonly<Record<string, (report: Report, subject: SubjectName) => void | Promise<void>>>;

const CASES: Readonly<Record<BenchName, Cases>> = {
  wire: WIRE_CASES,
  rib: RIB_CASES,
  rpki: RPKI_CASES,
  mrt: MRT_CASES,
  daemon: DAEMON_CASES,
};

async function main(options: BenchOptions): Promise<number> {
  const known = Object.values(CASES).flatMap((cases) => Object.keys(cases));
  const unknown = options.cases.find((name) => !known.includes(name));
  if (unknown !== undefined) return usageError(`there is no case "${unknown}"; there are ${known.join(', ')}`);
  const figures: Figure[] = [];
  let failed = 0;
  for (const bench of options.benches) {
    const wanted = Object.keys(CASES[bench]).filter(
      (name) => options.cases.length === 0 || options.cases.includes(name),
    );
    const ofBench: Figure[] = [];
    const subjects: readonly SubjectName[] = bench === 'daemon' ? ['tsbgpd', ...options.peers] : ['tsbgpd'];
    for (const name of wanted) {
      for (const subject of subjects) {
        const ended = await runCase(bench, name, subject, (figure) => {
          ofBench.push(figure);
          if (options.json) console.log(toJson(figure));
        });
        if (!ended) failed += 1;
      }
    }
    figures.push(...ofBench);
    if (!options.json && ofBench.length > 0) console.log(`\n${bench}\n${formatTable(ofBench)}`);
  }
  if (options.save !== undefined) saveResults(options.save, process.argv.slice(2), figures);
  return failed === 0 ? 0 : 1;
}

/** A process for each case: a peak of one case must not hide in that of another, and all start equally cold. */
function runCase(bench: BenchName, name: string, subject: SubjectName, report: Report): Promise<boolean> {
  const args = [
    ...process.execArgv,
    '--expose-gc',
    process.argv[1]!,
    bench,
    '--case',
    name,
    '--subject',
    subject,
    '--child',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => report(JSON.parse(line) as Figure)); // written below
  return new Promise((done) => child.once('close', (code) => done(code === 0)));
}

async function runAsChild({ benches, cases, subject }: BenchOptions): Promise<number> {
  // So that what a case has started is ended on the way out.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for (const bench of benches) {
    for (const name of cases) await CASES[bench][name]?.((figure) => console.log(JSON.stringify(figure)), subject);
  }
  return 0;
}

function usageError(problem: string): number {
  console.error(`${problem}\n\n${USAGE}`);
  return 2;
}

process.stdout.on('error', () => process.exit(0)); // whoever read our lines has seen enough, like `| head`

const options = readOptions(process.argv.slice(2));
if (options === 'help') {
  console.log(USAGE);
} else if (options === 'list') {
  for (const [bench, cases] of Object.entries(CASES)) console.log(`${bench}: ${Object.keys(cases).join(' ')}`);
} else if ('problem' in options) {
  process.exitCode = usageError(options.problem);
} else {
  process.exitCode = options.child ? await runAsChild(options) : await main(options);
}
