import { writeFileSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { gzipSync } from 'node:zlib';
import {
  ConfigRevisionSchema,
  EventCategory,
  GetBmpStatusResponseSchema,
  GetRpkiStatusResponseSchema,
  GlobalStateSchema,
  HealthStateSchema,
  ListNeighborsResponseSchema,
  ListPoliciesResponseSchema,
} from '@bgp/api-proto';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { toJsonString } from '@bufbuild/protobuf';
import type { Call, Command } from '../command.ts';
import { findingsOf } from '../doctor/findings.ts';
import { type TarFile, tarArchive } from '../doctor/tar.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { CATEGORIES, eventJson } from '../render/event.ts';
import { toJson, writeItem } from '../render/output.ts';
import { printable } from '../render/palette.ts';
import { UsageError } from '../usage-error.ts';

const LATEST_EVENTS = 500;

export const DOCTOR_COMMANDS: readonly Command[] = [
  {
    forms: ['doctor'],
    summary:
      'What looks wrong and what to do; with --archive also everything that a bug report needs, without secrets.',
    rpc: 'ControlService.GetHealth',
    options: [{ long: '--archive', value: 'FILE', help: 'write a .tar.gz; nothing is sent anywhere' }],
    examples: ['tsbgpctl doctor --archive report.tar.gz'],
    run: doctor,
  },
];

async function doctor({ clients, options, out }: Call): Promise<ExitCode> {
  const { control, neighbor } = clients;
  const health = await control.getHealth({});
  const [listed, { prometheusText }] = await Promise.all([neighbor.listNeighbors({}), control.getMetrics({})]);
  // Who may not ask about these, or asks an older daemon, gets the rest.
  const [rpki, bmp] = await Promise.all([
    clients.rpki.getRpkiStatus({}).catch(() => undefined),
    clients.bmp.getBmpStatus({}).catch(() => undefined),
  ]);
  const findings = findingsOf({
    healthy: health.healthy,
    neighbors: listed.neighbors,
    metrics: prometheusText,
    rpki,
    bmp,
  });
  const file = options.text('archive');
  let written: readonly TarFile[] = [];
  if (file !== undefined) {
    written = [
      ...(await ask('health.json', async () => json(HealthStateSchema, health))),
      ...(await ask('neighbors.json', async () => json(ListNeighborsResponseSchema, listed))),
      { name: 'metrics.txt', text: prometheusText },
      ...(await ask('global.json', async () => json(GlobalStateSchema, await clients.global.getGlobal({})))),
      // The daemon blanks secrets out before it answers.
      ...(await ask('config.toml', async () => (await clients.config.getConfig({})).toml)),
      ...(await ask('revisions.json', async () => revisions(clients))),
      ...(await ask('policies.json', async () =>
        json(ListPoliciesResponseSchema, await clients.policy.listPolicies({})),
      )),
      ...(await ask('rpki.json', async () => json(GetRpkiStatusResponseSchema, await clients.rpki.getRpkiStatus({})))),
      ...(await ask('bmp.json', async () => json(GetBmpStatusResponseSchema, await clients.bmp.getBmpStatus({})))),
      ...(await ask('events.jsonl', () => latestEvents(clients))),
      { name: 'findings.txt', text: findings.map(({ severity, text }) => `${severity}: ${text}\n`).join('') },
      { name: 'machine.txt', text: `tsbgpctl on ${platform()} ${release()} ${arch()}, Node ${process.version}\n` },
    ];
    try {
      writeFileSync(file, gzipSync(tarArchive(written, Math.floor(Date.now() / 1000))), { mode: 0o600 });
    } catch (error) {
      throw new UsageError(`--archive: cannot write ${file}: ${error instanceof Error ? error.message : error}`);
    }
  }
  await writeItem(
    out,
    () => ({ findings, ...(file === undefined ? {} : { archive: file, files: written.map(({ name }) => name) }) }),
    () => {
      const { palette } = out;
      const lines = findings.map(
        ({ severity, text }) => `${palette[severity](severity === 'bad' ? '✗' : '!')} ${printable(text)}`,
      );
      if (lines.length === 0)
        lines.push(`${palette.good('✓')} ${listed.neighbors.length} neighbors, nothing looks wrong`);
      if (file !== undefined) {
        lines.push(
          '',
          `${file}: ${written.map(({ name }) => name).join(', ')}`,
          'Look through it before you send it: addresses and descriptions are in it.',
        );
      }
      return `${lines.join('\n')}\n`;
    },
  );
  return findings.some(({ severity }) => severity === 'bad') ? EXIT.refused : EXIT.done;
}

/** A part that cannot be had is in the archive as the reason why: a report with a hole is better than none. */
async function ask(name: string, content: () => Promise<string>): Promise<TarFile[]> {
  try {
    return [{ name, text: await content() }];
  } catch (error) {
    return [{ name: `${name}.error.txt`, text: `${error instanceof Error ? error.message : String(error)}\n` }];
  }
}

async function revisions({ config }: Call['clients']): Promise<string> {
  const { revisions: known } = await config.listConfigRevisions({});
  return `[${known.map((one) => json(ConfigRevisionSchema, one)).join(',')}]`;
}

/** Sessions, configuration and limits; route events would push them out. */
async function latestEvents({ event }: Call['clients']): Promise<string> {
  const categories = CATEGORIES.map(([, category]) => category).filter((category) => category !== EventCategory.ROUTE);
  const { events } = await event.listEvents({ categories, latest: true, pageSize: LATEST_EVENTS });
  return events.map((one) => toJson(eventJson(one), 'jsonl')).join('');
}

function json<S extends DescMessage>(schema: S, message: MessageShape<S>): string {
  return toJsonString(schema, message, { useProtoFieldName: true, prettySpaces: 2 });
}
