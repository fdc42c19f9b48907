import { formatIpPrefix, parseIpPrefix } from '@bgp/wire/net';
import { didYouMean } from './did-you-mean.ts';
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
    if (row.remote_asn && Array.isArray(row.remote_asns) && row.remote_asns.length > 0) {
      report.error(
        'conflict',
        ['dynamic_neighbors', index, 'remote_asns'],
        'remote_asn and remote_asns are mutually exclusive',
        { hint: 'put all of them into remote_asns' },
      );
    }
    reference(
      row.peer_group,
      Object.keys(parts.peer_groups),
      'peer_group',
      ['dynamic_neighbors', index, 'peer_group'],
      report,
    );
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
  const collectors = valueAt(document, ['bmp', 'collectors']);
  if (Array.isArray(collectors)) unique(collectors, ['bmp', 'collectors'], 'address', report);

  const tables = rows(document, 'fib_tables');
  unique(tables, 'fib_tables', 'name', report);
  unique(tables, 'fib_tables', 'table_id', report);
  const profiles = rows(document, 'bfd_profiles');
  unique(profiles, 'bfd_profiles', 'name', report);
  const profileNames = profiles.map((row) => String(row.name));
  for (const [index, neighbor] of parts.neighbors.entries()) {
    reference(neighbor?.bfd?.profile, profileNames, 'BFD profile', ['neighbors', index, 'bfd', 'profile'], report);
  }
  for (const [name, group] of Object.entries(parts.peer_groups)) {
    reference(group.bfd?.profile, profileNames, 'BFD profile', ['peer_groups', name, 'bfd', 'profile'], report);
  }
  checkEvpn(document, report);
}

function checkEvpn(document: unknown, report: Report): void {
  const instances = rows(document, 'evpn_instances');
  const vrfs = rows(document, 'evpn_ip_vrfs');
  unique(instances, 'evpn_instances', 'vni', report);
  unique(instances, 'evpn_instances', 'rd', report);
  unique(vrfs, 'evpn_ip_vrfs', 'name', report);
  const layer2 = new Set(instances.map((row) => row.vni));
  vrfs.forEach((row, index) => {
    if (!layer2.has(row.vni)) return;
    report.error(
      'duplicate',
      ['evpn_ip_vrfs', index, 'vni'],
      `VNI ${String(row.vni)} is an [[evpn_instances]] VNI already`,
    );
  });
  instances.forEach((row, index) => {
    reference(
      row.ip_vrf,
      vrfs.map((vrf) => String(vrf.name)),
      'ip_vrf',
      ['evpn_instances', index, 'ip_vrf'],
      report,
    );
  });
  rows(document, 'ethernet_segments').forEach((row, index) => {
    if (!Array.isArray(row.member_vnis)) return;
    row.member_vnis.forEach((vni, position) => {
      if (layer2.has(vni)) return;
      report.error(
        'undefined-reference',
        ['ethernet_segments', index, 'member_vnis', position],
        `undefined VNI ${String(vni)}`,
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

function reference(name: unknown, known: readonly string[], what: string, path: ConfigPath, report: Report): void {
  if (typeof name !== 'string' || known.includes(name)) return;
  const meant = didYouMean(name, known);
  report.error(
    'undefined-reference',
    path,
    `undefined ${what} "${name}"`,
    meant === undefined ? {} : { hint: `did you mean "${meant}"?` },
  );
}
