import { parseArgs } from 'node:util';
import { SUBJECTS, type SubjectName } from './daemon/daemon.ts';

export const BENCHES = ['wire', 'rib', 'rpki', 'mrt', 'daemon'] as const;
export type BenchName = (typeof BENCHES)[number];

export interface BenchOptions {
  readonly benches: readonly BenchName[];
  readonly json: boolean;
  /** Empty: all cases. */
  readonly cases: readonly string[];
  /** File name without ending in tools/bench/results. */
  readonly save?: string;
  /** Measured beside ours in the daemon bench. */
  readonly peers: readonly SubjectName[];
  /** Of the case that a child runs. */
  readonly subject: SubjectName;
  /** Set in the process that runs one case for the program that was started. */
  readonly child: boolean;
}

export const USAGE = `npm run bench -- [wire] [rib] [rpki] [mrt] [daemon] [options]

  wire, rib, rpki in this machine's Node, one process for each case
  mrt            files of collectors, beside bgpdump and the built tsbgpctl on the same file
  daemon         the built daemon over real TCP, fed by a separate process (Linux; uses taskset and /proc)

  --case NAME    only this case (may be repeated); --list shows the names
  --peers A,B    daemon: also measure frr, bird (from the interop lab's files; needs root)
  --json         one line of JSON for each figure
  --save NAME    also write results/<date>-NAME.md and .jsonll
`;

export function readOptions(args: readonly string[]): BenchOptions | 'help' | 'list' | { readonly problem: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        case: { type: 'string', multiple: true, default: [] },
        save: { type: 'string' },
        peers: { type: 'string', default: '' },
        subject: { type: 'string', default: 'tsbgpd' },
        list: { type: 'boolean', default: false },
        child: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    if (values.list) return 'list';
    const unknown = positionals.find((name) => !BENCHES.some((bench) => bench === name));
    if (unknown !== undefined) return { problem: `there is no bench "${unknown}"; there are ${BENCHES.join(', ')}` };
    const benches = BENCHES.filter((name) => positionals.length === 0 || positionals.includes(name));
    const { save, subject } = values;
    const peers = values.peers.split(',').filter((name) => name !== '');
    const notSubject = [subject, ...peers].find((name) => !isSubject(name));
    if (notSubject !== undefined || !isSubject(subject)) {
      return { problem: `there is no daemon "${notSubject}"; there are ${Object.keys(SUBJECTS).join(', ')}` };
    }
    const { json, child } = values;
    return {
      benches,
      json,
      cases: values.case,
      child,
      subject,
      peers: peers.filter(isSubject),
      ...(save !== undefined && { save }),
    };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function isSubject(name: string): name is SubjectName {
  return Object.hasOwn(SUBJECTS, name);
}
