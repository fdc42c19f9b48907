import type { Report } from './report.ts';
import { valueAt } from './report.ts';
import { resolveRpki } from './rpki.ts';
import type { ConfigDocument } from './schema/root.ts';
import type { ConfigPath } from './toml/path.ts';

interface Row {
  /** `*`: every element or name. */
  readonly path: readonly string[];
  readonly reason: string;
  /** Values that ask for nothing, so that nothing is missing. */
  readonly idle?: readonly unknown[];
}

const LATER = 'is checked but not acted on by this version';

/** Keys that the schema takes and this version does nothing with. A row goes when its function comes. */
const ROWS: readonly Row[] = [
  { path: ['fib_tables'], reason: `${LATER}: no routes are put into the kernel` },
  { path: ['bfd_profiles'], reason: `${LATER}: no BFD runs` },
  { path: ['evpn_instances'], reason: LATER },
  { path: ['evpn_ip_vrfs'], reason: LATER },
  { path: ['ethernet_segments'], reason: LATER },
  { path: ['apply_bum_enforcement'], reason: LATER },
  { path: ['global', 'install_blackhole_discard'], reason: `${LATER}: no discard routes are installed`, idle: [false] },
  { path: ['global', 'allow_blackhole_broad_prefixes'], reason: LATER, idle: [false] },
  { path: ['global', 'multipath_relax'], reason: LATER, idle: [false] },
  ...(['neighbors', 'peer_groups'] as const).flatMap((table): Row[] => [
    { path: [table, '*', 'bfd'], reason: `${LATER}: no BFD runs` },
  ]),
];

const STATEMENTS: readonly (readonly string[])[] = [
  ['policy', 'definitions', '*', 'statements', '*'],
  ...['import', 'export'].map((direction) => ['policy', direction, '*']),
  ...['neighbors', 'peer_groups'].flatMap((table) =>
    ['import_policy', 'export_policy'].map((direction) => [table, '*', direction, '*']),
  ),
];

/** Conditions that always have the same result without a source of RPKI data. */
const WITHOUT_DATA: readonly Row[] = STATEMENTS.flatMap((statement) => [
  { path: [...statement, 'match_rpki_validation'], reason: 'has no data without [rpki]: every route is not_found' },
  { path: [...statement, 'match_aspa_validation'], reason: 'has no data without [rpki]: every path is unknown' },
]);

/** One notice for each thing in the file that has no effect yet. */
export function reportNotYetActive(document: ConfigDocument, report: Report): void {
  for (const row of ROWS) {
    for (const path of expand(document, row.path)) {
      const value = valueAt(document, path);
      if (isIdle(value) || row.idle?.includes(value)) continue;
      report.notice('not-yet-active', path, row.reason);
    }
  }
  if (resolveRpki(document.rpki) !== undefined) return;
  for (const row of WITHOUT_DATA) {
    for (const path of expand(document, row.path)) {
      if (!isIdle(valueAt(document, path))) report.notice('advice', path, row.reason);
    }
  }
}

function isIdle(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function expand(document: unknown, pattern: readonly string[]): ConfigPath[] {
  let paths: ConfigPath[] = [[]];
  for (const part of pattern) {
    paths = paths.flatMap((path) => {
      if (part !== '*') return [[...path, part]];
      const table = valueAt(document, path);
      if (Array.isArray(table)) return table.map((_, index) => [...path, index]);
      return Object.keys(table ?? {}).map((name) => [...path, name]);
    });
  }
  return paths;
}
