import { ElementTable, formatMrtEncodeError, LineWriter, type MrtElement } from '@bgp/mrt';
import { formatIpAddress, formatIpPrefix, parseIpAddress, parseIpPrefix } from '@bgp/wire';
import type { Call, Command, Option } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OptionValues } from '../option-values.ts';
import { writeList } from '../render/list.ts';
import { type MrtRow, mrtJson, mrtRow, mrtView } from '../render/mrt-element.ts';
import { jsonNumber, toJson, writeItem } from '../render/output.ts';
import { UsageError } from '../usage-error.ts';
import { MrtProblems, readElements } from './mrt-file.ts';
import { OutputFile } from './mrt-output.ts';
import { MRT_REPLAY } from './mrt-replay.ts';

const FILTERS: readonly Option[] = [
  { long: '--peer', value: 'ADDR', help: 'of this peer only' },
  { long: '--prefix', short: '-p', value: 'PREFIX', help: 'this prefix only' },
];

export const MRT_COMMANDS: readonly Command[] = [
  {
    forms: ['mrt dump', 'mrt-dump'],
    summary: 'Have the daemon write a table dump now; prints the path of the file when it is there.',
    rpc: 'ControlService.TriggerMrtDump',
    options: [],
    run: dump,
  },
  {
    forms: ['mrt show FILE'],
    summary:
      'What an MRT file says, one line per route or session change; gzip and bzip2 are unpacked, - is standard input.',
    options: [...FILTERS, { long: '--limit', value: 'N', help: 'stop after N lines' }],
    examples: [
      'tsbgpctl mrt show updates.20190101.0000.gz --prefix 192.0.2.0/24',
      'tsbgpctl mrt show rib.mrt --limit 20 --json',
    ],
    run: show,
  },
  {
    forms: ['mrt convert FILE'],
    summary: 'Write an MRT file in another form; no daemon is asked.',
    options: [
      {
        long: '--to',
        value: 'FORM',
        choices: ['bgpdump', 'jsonl', 'table-dump-v2'],
        help: 'bgpdump: the lines of bgpdump -m; jsonl: one object per line; table-dump-v2: the table that the file leaves',
        isRequired: true,
      },
      { long: '--out', value: 'FILE', help: 'default: standard output' },
      ...FILTERS,
    ],
    examples: [
      'tsbgpctl mrt convert updates.mrt.bz2 --to bgpdump',
      'tsbgpctl mrt convert rib.mrt --to table-dump-v2 --out new.mrt',
    ],
    run: convert,
  },
  MRT_REPLAY,
];

async function dump({ clients, out }: Call): Promise<ExitCode> {
  const { filePath, routes, octets } = await clients.control.triggerMrtDump({});
  await writeItem(
    out,
    () => ({ file_path: filePath, routes: jsonNumber(routes), octets: jsonNumber(octets) }),
    () => `${filePath}\n`,
  );
  return EXIT.done;
}

async function show(call: Call): Promise<ExitCode> {
  const { out, options } = call;
  const limit = options.number('limit', Number.MAX_SAFE_INTEGER, 1) ?? Number.POSITIVE_INFINITY;
  const problems = new MrtProblems();
  await writeList<MrtRow>(
    out,
    rowPages(call.argument('FILE'), filterOf(options), problems, limit),
    mrtView(out.palette),
  );
  return finish(call, problems);
}

/** Rows of a chunk of the file at a time. */
async function* rowPages(
  file: string,
  filter: (element: MrtElement) => boolean,
  problems: MrtProblems,
  limit: number,
): AsyncGenerator<readonly MrtRow[]> {
  let rows: MrtRow[] = [];
  let left = limit;
  const visit = (element: MrtElement) => {
    if (left === 0 || !filter(element)) return;
    rows.push(mrtRow(element));
    left--;
  };
  for await (const _chunk of readElements(file, visit, problems)) {
    const page = rows;
    rows = [];
    yield page;
    if (left === 0) return;
  }
}

async function convert(call: Call): Promise<ExitCode> {
  const { options } = call;
  const form = options.text('to') ?? '';
  const converter = CONVERTERS.get(form);
  if (converter === undefined)
    throw new UsageError(`--to: "${form}" is no form`, `one of ${[...CONVERTERS.keys()].join(', ')}`);
  const problems = new MrtProblems();
  const file = options.text('out');
  const output = file === undefined ? call.out : OutputFile.create(file);
  try {
    await converter(call.argument('FILE'), filterOf(options), problems, (octets) => output.write(octets));
    if (output instanceof OutputFile) await output.commit();
  } finally {
    if (output instanceof OutputFile) await output.discard();
  }
  return finish(call, problems);
}

type Converter = (
  file: string,
  filter: Filter,
  problems: MrtProblems,
  write: (octets: string | Uint8Array) => Promise<void>,
) => Promise<void>;

const CONVERTERS: ReadonlyMap<string, Converter> = new Map<string, Converter>([
  [
    'bgpdump',
    async (file, filter, problems, write) => {
      const lines = new LineWriter();
      const visit = (element: MrtElement) => {
        if (filter(element) && !lines.write(element)) problems.addSentence(NO_LINE);
      };
      for await (const _chunk of readElements(file, visit, problems)) {
        // A copy: the stream may still hold it when the writer goes on.
        if (lines.length > 0) await write(lines.view().slice());
        lines.reset();
      }
    },
  ],
  [
    'jsonl',
    async (file, filter, problems, write) => {
      let text = '';
      const visit = (element: MrtElement) => {
        if (filter(element)) text += toJson(mrtJson(mrtRow(element)), 'jsonl');
      };
      for await (const _chunk of readElements(file, visit, problems)) {
        if (text !== '') await write(text);
        text = '';
      }
    },
  ],
  [
    'table-dump-v2',
    async (file, filter, problems, write) => {
      const table = new ElementTable();
      const visit = (element: MrtElement) => {
        if (filter(element) && !table.apply(element)) problems.addSentence(NO_LINE);
      };
      for await (const _chunk of readElements(file, visit, problems));
      if (table.unusable > 0)
        problems.addSentence(
          `${table.unusable} routes are left out: their attributes make them withdrawals (RFC 7606).`,
        );
      const parts: Uint8Array[] = [];
      const written = table.write(1 << 20, (octets) => parts.push(octets.slice()));
      if (!written.ok) throw new UsageError(formatMrtEncodeError(written.error));
      for (const part of parts) await write(part);
    },
  ],
]);

const NO_LINE = 'A route of a family other than IPv4 and IPv6 unicast and multicast has no place in this form.';

type Filter = (element: MrtElement) => boolean;

function filterOf(options: OptionValues): Filter {
  const peerText = options.text('peer');
  const prefixText = options.text('prefix');
  const address = peerText === undefined ? undefined : parseIpAddress(peerText);
  if (address?.ok === false) throw new UsageError(`--peer: "${peerText}" is not an address`);
  const parsed = prefixText === undefined ? undefined : parseIpPrefix(prefixText);
  if (parsed?.ok === false) throw new UsageError(`--prefix: "${prefixText}" is not a prefix`);
  const peer = address === undefined ? undefined : formatIpAddress(address.value);
  const prefix = parsed === undefined ? undefined : formatIpPrefix(parsed.value.octets, parsed.value.length);
  return (element) => {
    if (peer !== undefined && element.peer.address !== peer) return false;
    return prefix === undefined || (element.isPrefix && element.prefix === prefix);
  };
}

/** What was wrong goes to standard error. A file that broke off is part of an answer. */
function finish({ out }: Call, problems: MrtProblems): ExitCode {
  for (const line of problems.lines()) out.writeError(`${line}\n`);
  return problems.fatal === undefined ? EXIT.done : EXIT.partial;
}
