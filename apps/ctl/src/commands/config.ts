import type { ConfigChange, ConfigRevision, PendingConfirmation } from '@bgp/api-proto';
import type { Call, Command, Option } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readFileArgument } from '../read-file.ts';
import { changeJson, changeText, planJson, planText } from '../render/config-change.ts';
import { jsonNumber, writeItem } from '../render/output.ts';
import { printable } from '../render/palette.ts';
import { Table } from '../render/table.ts';
import { UsageError } from '../usage-error.ts';

export const ROUTE_LIMIT: Option = {
  long: '--limit',
  value: 'N',
  help: 'route changes to list; all are counted; default 1000',
};

export const CONFIG_COMMANDS: readonly Command[] = [
  {
    forms: ['config', 'config show'],
    summary: 'The configuration in force; secrets read <redacted>, and mean the present ones when it is applied again.',
    rpc: 'ConfigService.GetConfig',
    options: [{ long: '--revision', value: 'N', help: 'an earlier one; see config history' }],
    examples: ['tsbgpctl config show > new.toml'],
    run: show,
  },
  {
    forms: ['config plan FILE', 'config diff FILE'],
    summary: 'What a configuration would change: sessions, and every route announced or withdrawn. Nothing is done.',
    rpc: 'ConfigService.PlanConfig',
    options: [ROUTE_LIMIT],
    examples: ['tsbgpctl config plan new.toml'],
    run: (call) => plan(call, call.argument('FILE')),
  },
  {
    forms: ['config diff'],
    summary: 'The same as `config plan FILE`.',
    rpc: 'ConfigService.PlanConfig',
    options: [
      { long: '--from-file', value: 'FILE', help: 'the configuration to compare with', isRequired: true },
      ROUTE_LIMIT,
    ],
    run: (call) => plan(call, call.options.text('from-file') ?? ''),
  },
  {
    forms: ['config apply FILE'],
    summary: 'Put a configuration in force and into the file, all of it or nothing.',
    rpc: 'ConfigService.ApplyConfig',
    options: [
      { long: '--confirm-within', value: 'TIME', help: 'take it back after 60s, 5m, … unless `config confirm` comes' },
      { long: '--based-on', value: 'N', help: 'refuse if another revision than this one is in force' },
      { long: '--note', value: 'TEXT', help: 'kept with the revision' },
    ],
    examples: ['tsbgpctl config apply new.toml --confirm-within 60s', 'tsbgpctl config confirm'],
    async run({ argument, options, clients, out }) {
      const within = options.text('confirm-within');
      const applied = await clients.config.applyConfig({
        toml: readFileArgument(argument('FILE')),
        confirmWithinSeconds: within === undefined ? 0 : parseSeconds(within),
        basedOn: BigInt(options.number('based-on') ?? 0),
        note: options.text('note') ?? '',
      });
      await writeApplied(out, applied, 'is in force');
      return EXIT.done;
    },
  },
  {
    forms: ['config confirm'],
    summary: 'The change that waits for its confirmation stays.',
    rpc: 'ConfigService.ConfirmConfig',
    options: [],
    async run({ clients, out }) {
      const { revision } = await clients.config.confirmConfig({});
      await writeItem(
        out,
        () => ({ ok: true, action: 'confirm_config', revision: jsonNumber(revision) }),
        () => `Revision ${revision} is confirmed\n`,
      );
      return EXIT.done;
    },
  },
  {
    forms: ['config rollback', 'config rollback N', 'config abort'],
    summary: 'Back to an earlier revision; without N: take back what waits for confirmation, or the latest change.',
    rpc: 'ConfigService.RollbackConfig',
    options: [],
    async run({ argument, clients, out }) {
      const text = argument('N');
      if (text !== '' && !/^\d{1,15}$/.test(text)) throw new UsageError(`"${text}" is not the number of a revision`);
      const applied = await clients.config.rollbackConfig({ revision: BigInt(text === '' ? 0 : text) });
      await writeApplied(out, applied, 'is in force, with the content of the earlier one');
      return EXIT.done;
    },
  },
  {
    forms: ['config history', 'config status'],
    summary: 'The last revisions, and whether one waits for its confirmation.',
    rpc: 'ConfigService.ListConfigRevisions',
    options: [],
    run: history,
  },
  {
    forms: ['config reload'],
    summary: 'Read the file again and put it in force, as SIGHUP does.',
    rpc: 'ConfigService.ReloadConfig',
    options: [],
    async run({ clients, out }) {
      await writeApplied(out, await clients.config.reloadConfig({}), 'is in force');
      return EXIT.done;
    },
  },
];

async function plan({ options, clients, out }: Call, file: string) {
  const toml = readFileArgument(file);
  const planned = await clients.config.planConfig({ toml, maxRoutes: options.number('limit', 1_000_000) ?? 0 });
  await writeItem(
    out,
    () => planJson(planned),
    () =>
      `${planText(planned, out.palette)}\nApply it with: tsbgpctl config apply ${file} --based-on ${planned.basedOn}\n`,
  );
  return EXIT.done;
}

async function show({ options, clients, out }: Call) {
  const answer = await clients.config.getConfig({ revision: BigInt(options.number('revision') ?? 0) });
  await writeItem(
    out,
    () => ({ ...revisionJson(answer.revision), path: answer.path, toml: answer.toml, ...pendingJson(answer.pending) }),
    () => answer.toml,
  );
  return EXIT.done;
}

async function history({ clients, out }: Call) {
  const { revisions, pending } = await clients.config.listConfigRevisions({});
  await writeItem(
    out,
    () => ({ revisions: revisions.map(revisionJson), ...pendingJson(pending) }),
    () => {
      const columns = [
        { title: 'Revision', align: 'right' } as const,
        { title: 'Since' },
        { title: 'From' },
        { title: 'Note' },
      ];
      const rows = revisions.map(({ revision, appliedAtSeconds, origin, note }) => [
        String(revision),
        new Date(Number(appliedAtSeconds) * 1000).toISOString(),
        origin,
        printable(note),
      ]);
      const waits = pending === undefined ? '' : `\n${out.palette.warn(pendingText(pending))}\n`;
      return new Table(columns, out.palette.strong).lines(rows) + waits;
    },
  );
  return EXIT.done;
}

interface Applied {
  readonly revision: bigint;
  readonly change?: ConfigChange | undefined;
  readonly pending?: PendingConfirmation | undefined;
}

async function writeApplied(out: Call['out'], applied: Applied, what: string): Promise<void> {
  await writeItem(
    out,
    () => ({
      ok: true,
      revision: jsonNumber(applied.revision),
      change: changeJson(applied.change),
      ...pendingJson(applied.pending),
    }),
    () => {
      const waits = applied.pending === undefined ? '' : `${out.palette.warn(pendingText(applied.pending))}\n`;
      return `Revision ${applied.revision} ${what}\n${changeText(applied.change, out.palette)}${waits}`;
    },
  );
}

function pendingText({ revision, fallback, secondsLeft }: PendingConfirmation): string {
  return `Revision ${revision} is taken back in ${secondsLeft} s, to revision ${fallback}, unless you say: tsbgpctl config confirm`;
}

function pendingJson(pending: PendingConfirmation | undefined) {
  if (pending === undefined) return {};
  const { revision, fallback, secondsLeft } = pending;
  return { pending: { revision: jsonNumber(revision), fallback: jsonNumber(fallback), seconds_left: secondsLeft } };
}

function revisionJson(revision: ConfigRevision | undefined) {
  if (revision === undefined) return {};
  return {
    revision: jsonNumber(revision.revision),
    applied_at: jsonNumber(revision.appliedAtSeconds),
    origin: revision.origin,
    ...(revision.note === '' ? {} : { note: revision.note }),
  };
}

/** `90`, `90s`, `5m`, `2h`. */
function parseSeconds(text: string): number {
  const match = /^(\d{1,6})([smh]?)$/.exec(text);
  const unit = { '': 1, s: 1, m: 60, h: 3600 }[match?.[2] ?? ''] ?? 1;
  const seconds = Number(match?.[1] ?? 0) * unit;
  if (match !== null && seconds > 0) return seconds;
  throw new UsageError(`--confirm-within: "${text}" is not a time`, 'write 60s, 5m or 1h');
}
