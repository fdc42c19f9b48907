import {
  type GetRpkiStatusResponse,
  type RpkiSource,
  RpkiSourceKind,
  type ValidateOriginResponse,
} from '@bgp/api-proto';
import type { Call, Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { parseWhole } from '../option-values.ts';
import { jsonNumber, writeItem } from '../render/output.ts';
import type { Palette } from '../render/palette.ts';
import { printable } from '../render/palette.ts';
import { properties, Table } from '../render/table.ts';

export const RPKI_COMMANDS: readonly Command[] = [
  {
    forms: ['rpki', 'rpki status'],
    summary: 'Caches and files with RPKI data: state, serial, how much of it, since when.',
    rpc: 'RpkiService.GetRpkiStatus',
    options: [],
    run: status,
  },
  {
    forms: ['rpki validate PREFIX ASN'],
    summary: 'What a route of this prefix and origin AS would be, and the payloads that say so.',
    rpc: 'RpkiService.ValidateOrigin',
    options: [],
    examples: ['tsbgpctl rpki validate 192.0.2.0/24 65001'],
    run: validate,
  },
];

const COLUMNS = [
  { title: 'Source' },
  { title: 'State' },
  { title: 'RTR' },
  { title: 'Pref', align: 'right' },
  { title: 'VRPs', align: 'right' },
  { title: 'ASPAs', align: 'right' },
  { title: 'Serial', align: 'right' },
  { title: 'Updated' },
  { title: '' },
] as const;

/** Exit code `refused` when no source has data. */
async function status({ clients, out }: Call) {
  const answer = await clients.rpki.getRpkiStatus({});
  await writeItem(
    out,
    () => statusJson(answer),
    () => (answer.isConfigured ? statusText(answer, out.palette) : 'No source of RPKI data is configured\n'),
  );
  return answer.sources.some(({ hasData }) => hasData) ? EXIT.done : EXIT.refused;
}

function statusText(answer: GetRpkiStatusResponse, palette: Palette): string {
  const table = new Table(COLUMNS, palette.strong);
  const rows = answer.sources.map((source) => [
    printable(source.name),
    stateOf(source, palette),
    source.kind === RpkiSourceKind.CACHE ? `v${source.rtrVersion}${source.isEncrypted ? ' TLS' : ''}` : '',
    String(source.preference),
    String(source.vrps),
    String(source.aspas),
    source.serial === undefined ? '' : String(source.serial),
    source.lastUpdate === 0n ? 'never' : isoTime(source.lastUpdate),
    source.lastError === '' ? '' : { text: printable(source.lastError), paint: palette.warn },
  ]);
  const { slurmFilters, slurmAssertions, slurmError } = answer;
  const hasExceptions = slurmFilters + slurmAssertions > 0;
  return `${table.lines(rows)}\n${properties([
    ['In use', `${answer.ipv4Vrps} IPv4 and ${answer.ipv6Vrps} IPv6 VRPs, ${answer.aspas} ASPAs`],
    ['Selection', answer.selection],
    ['Exceptions', hasExceptions ? `${slurmFilters} filters, ${slurmAssertions} assertions` : undefined],
    ['Refused', slurmError === '' ? undefined : palette.bad(printable(slurmError))],
  ])}`;
}

function stateOf({ kind, state, hasData, isUsed }: RpkiSource, palette: Palette) {
  const name = kind === RpkiSourceKind.FILE ? (hasData ? 'read' : 'not read') : state;
  const isGood = kind === RpkiSourceKind.FILE ? hasData : state === 'synchronized';
  return { text: hasData && !isUsed ? `${name}, standby` : name, paint: isGood ? palette.good : palette.warn };
}

function isoTime(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}

function statusJson({ sources, ...answer }: GetRpkiStatusResponse) {
  return {
    configured: answer.isConfigured,
    selection: answer.selection,
    ipv4_vrps: answer.ipv4Vrps,
    ipv6_vrps: answer.ipv6Vrps,
    aspas: answer.aspas,
    sources: sources.map((source) => ({
      kind: source.kind === RpkiSourceKind.FILE ? 'file' : 'cache',
      name: source.name,
      preference: source.preference,
      vrps: source.vrps,
      aspas: source.aspas,
      has_data: source.hasData,
      used: source.isUsed,
      last_update: jsonNumber(source.lastUpdate),
      ...(source.lastError === '' ? {} : { last_error: source.lastError }),
      ...(source.kind === RpkiSourceKind.FILE
        ? {}
        : {
            state: source.state,
            rtr_version: source.rtrVersion,
            encrypted: source.isEncrypted,
            ...(source.sessionId === undefined ? {} : { session_id: source.sessionId }),
            ...(source.serial === undefined ? {} : { serial: source.serial }),
            refresh_interval: source.refreshInterval,
            retry_interval: source.retryInterval,
            expire_interval: source.expireInterval,
          }),
    })),
    ...(answer.slurmFilters + answer.slurmAssertions === 0
      ? {}
      : { slurm: { filters: answer.slurmFilters, assertions: answer.slurmAssertions } }),
    ...(answer.slurmError === '' ? {} : { slurm_error: answer.slurmError }),
  };
}

async function validate({ argument, clients, out }: Call) {
  const prefix = argument('PREFIX');
  const originAsn = parseWhole(argument('ASN').replace(/^AS/i, ''), 'ASN', 0, 0xffff_ffff);
  const answer = await clients.rpki.validateOrigin({ prefix, originAsn });
  await writeItem(
    out,
    () => ({
      prefix,
      origin_asn: originAsn,
      state: answer.state,
      covering: answer.covering.map((vrp) => ({ prefix: vrp.prefix, max_length: vrp.maxLength, asn: vrp.asn })),
    }),
    () => validateText(prefix, originAsn, answer, out.palette),
  );
  return EXIT.done;
}

function validateText(prefix: string, asn: number, { state, covering }: ValidateOriginResponse, palette: Palette) {
  const paint = state === 'valid' ? palette.good : state === 'invalid' ? palette.bad : palette.warn;
  const table = new Table([{ title: 'VRP' }, { title: 'Max', align: 'right' }, { title: 'Origin' }], palette.strong);
  const rows = covering.map((vrp) => [
    vrp.prefix,
    String(vrp.maxLength),
    vrp.asn === 0 ? 'nobody (AS 0)' : `AS${vrp.asn}`,
  ]);
  return `${prefix} from AS${asn}: ${paint(state)}\n${rows.length === 0 ? '' : `\n${table.lines(rows)}`}`;
}
