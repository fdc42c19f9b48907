import { formatIpPrefix, parseIpPrefix } from '@bgp/wire/net';
import { checkDynamicRange } from './check-dynamic-range.ts';
import { checkReference } from './check-reference.ts';
import { type Report, valueAt } from './report.ts';
import type { ValidParts } from './salvage.ts';
import type { ConfigPath } from './toml/path.ts';

/**
 * References and duplicates in the sections that are not acted on yet. Their values are known to be what the schema
 * says only where nothing was reported, so everything here looks before it takes.
 */
export function checkLater(parts: ValidParts, document: unknown, report: Report): void {
  const ranges = rows(document, 'dynamic_neighbors');
  unique(ranges, 'dynamic_neighbors', 'prefix', report, effectivePrefix);
  ranges.forEach((row, index) => {
    checkDynamicRange(row, parts, ['dynamic_neighbors', index], report);
  });

  const caches = valueAt(document, ['rpki', 'cache_servers']);
  if (Array.isArray(caches)) {
    caches.forEach((cache: Row, index) => {
      const refresh = cache.refresh_interval ?? 3600;
      const expire = cache.expire_interval ?? 7200;
      if (typeof refresh !== 'number' || typeof expire !== 'number' || expire >= refresh) return;
      report.error(
        'conflict',
        ['rpki', 'cache_servers', index, 'expire_interval'],
        'invalid RPKI config: expire_interval must be >= refresh_interval',
      );
    });
  }
  if (Array.isArray(caches)) {
    unique(caches, ['rpki', 'cache_servers'], 'address', report);
    caches.forEach((cache: Row, index) => {
      checkTls(cache.tls, ['rpki', 'cache_servers', index, 'tls'], report);
    });
  }
  const files = valueAt(document, ['rpki', 'files']);
  if (Array.isArray(files)) unique(files, ['rpki', 'files'], 'path', report);
  const collectors = valueAt(document, ['bmp', 'collectors']);
  if (Array.isArray(collectors)) unique(collectors, ['bmp', 'collectors'], 'address', report);

  const tables = rows(document, 'fib_tables');
  unique(tables, 'fib_tables', 'name', report);
  unique(tables, 'fib_tables', 'table_id', report);
  const profiles = rows(document, 'bfd_profiles');
  unique(profiles, 'bfd_profiles', 'name', report);
  const profileNames = namesOf(profiles);
  for (const [index, neighbor] of parts.neighbors.entries()) {
    checkReference(neighbor?.bfd?.profile, profileNames, 'BFD profile', ['neighbors', index, 'bfd', 'profile'], report);
  }
  for (const [name, group] of Object.entries(parts.peer_groups)) {
    checkReference(group.bfd?.profile, profileNames, 'BFD profile', ['peer_groups', name, 'bfd', 'profile'], report);
  }
  checkEvpn(document, report);
}

/** Certificate and key belong together. */
function checkTls(tls: unknown, path: ConfigPath, report: Report): void {
  const { cert_file: certificate, key_file: key } = (tls ?? {}) as Row;
  if ((certificate === undefined) === (key === undefined)) return;
  const [present, missing] = certificate === undefined ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
  report.error('conflict', [...path, present], `invalid RPKI config: ${present} needs ${missing}`);
}

function checkEvpn(document: unknown, report: Report): void {
  const instances = rows(document, 'evpn_instances');
  const vrfs = rows(document, 'evpn_ip_vrfs');
  unique(instances, 'evpn_instances', 'vni', report);
  unique(instances, 'evpn_instances', 'rd', report);
  unique(vrfs, 'evpn_ip_vrfs', 'name', report);
  const layer2 = new Set(instances.map((row) => row.vni));
  vrfs.forEach((row, index) => {
    if (typeof row.vni !== 'number' || !layer2.has(row.vni)) return;
    report.error('duplicate', ['evpn_ip_vrfs', index, 'vni'], `VNI ${row.vni} is an [[evpn_instances]] VNI already`);
  });
  instances.forEach((row, index) => {
    checkReference(row.ip_vrf, namesOf(vrfs), 'ip_vrf', ['evpn_instances', index, 'ip_vrf'], report);
  });
  rows(document, 'ethernet_segments').forEach((row, index) => {
    if (!Array.isArray(row.member_vnis)) return;
    row.member_vnis.forEach((vni, position) => {
      if (typeof vni !== 'number' || layer2.has(vni)) return;
      report.error(
        'undefined-reference',
        ['ethernet_segments', index, 'member_vnis', position],
        `undefined VNI ${vni}`,
        {
          hint: 'each one is an [[evpn_instances]] entry',
        },
      );
    });
  });
}

type Row = Readonly<Record<string, unknown>>;

function rows(document: unknown, name: string): Row[] {
  const value = valueAt(document, [name]);
  return Array.isArray(value) ? value.filter((one): one is Row => typeof one === 'object' && one !== null) : [];
}

/** A name that is no text is reported already; and a table of the document cannot even be turned into one. */
function namesOf(list: readonly Row[]): string[] {
  return list.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

function unique(
  list: readonly Row[],
  table: string | ConfigPath,
  key: string,
  report: Report,
  normalize: (value: unknown) => unknown = (v) => v,
): void {
  const base = typeof table === 'string' ? [table] : table;
  const seen = new Map<unknown, number>();
  list.forEach((row, index) => {
    const value = normalize(row[key]);
    if (value === undefined) return;
    const first = seen.get(value);
    if (first === undefined) seen.set(value, index);
    else
      report.error('duplicate', [...base, index, key], `duplicate ${key} ${String(value)}`, {
        hint: `entry ${first + 1} has it already`,
      });
  });
}

/** Host bits do not make another range. */
function effectivePrefix(value: unknown): string | undefined {
  const parsed = typeof value === 'string' ? parseIpPrefix(value) : undefined;
  return parsed?.ok ? formatIpPrefix(parsed.value.octets, parsed.value.length) : undefined;
}
