import type { SpeakerConfig } from '@bgp/speaker';
import { defined } from './policy-source.ts';
import type { Report } from './report.ts';
import { RPKI_DEFAULTS as D, parseNamePort, type RpkiSection } from './schema/rpki.ts';
import type { RpkiConfig } from './types.ts';

const RTR_VERSIONS = [0, 1, 2] as const;
/** RFC 8210 §6. */
const LEAST_EXPIRE = 600;

/** Sources of RPKI data with everything filled in; undefined: there is none. */
export function resolveRpki(section: RpkiSection | undefined): RpkiConfig | undefined {
  if (section === undefined) return undefined;
  const caches = (section.cache_servers ?? []).flatMap((cache) => {
    const at = parseNamePort(cache.address);
    if (at === undefined) return []; // the schema has checked it
    const { tls } = cache;
    return [
      defined<RpkiConfig['caches'][number]>({
        name: cache.address,
        ...at,
        preference: cache.preference ?? D.preference,
        highestVersion: RTR_VERSIONS[cache.rtr_version ?? D.rtr_version] ?? D.rtr_version,
        refresh: cache.refresh_interval ?? D.refresh_interval,
        retry: cache.retry_interval ?? D.retry_interval,
        expire: cache.expire_interval ?? D.expire_interval,
        tls:
          tls === undefined
            ? undefined
            : defined<NonNullable<RpkiConfig['caches'][number]['tls']>>({
                caFile: tls.ca_file,
                certFile: tls.cert_file,
                keyFile: tls.key_file,
                serverName: tls.server_name ?? at.host,
              }),
      }),
    ];
  });
  const files = (section.files ?? []).map(({ path, preference = D.preference }) => ({ path, preference }));
  if (caches.length + files.length === 0 && section.slurm_file === undefined) return undefined;
  return defined<RpkiConfig>({
    selection: (section.selection ?? D.selection) === 'union' ? 'union' : 'preferred-first',
    caches,
    files,
    slurmFile: section.slurm_file,
  });
}

/** What of the section is the speaker's. */
export function validationOf(
  section: RpkiSection | undefined,
): Pick<SpeakerConfig, 'validityInDecision' | 'pathsWithoutRole'> {
  const origin = section?.origin_in_best_path ?? D.origin_in_best_path;
  const path = section?.aspa_in_best_path ?? D.aspa_in_best_path;
  const pathsWithoutRole = section?.aspa_without_role ?? D.aspa_without_role;
  // Left out where they are what the speaker does anyway: then the section can come and go without touching the speaker.
  return {
    ...(origin && path ? {} : { validityInDecision: { origin, path } }),
    ...(pathsWithoutRole === D.aspa_without_role ? {} : { pathsWithoutRole }),
  };
}

/** What works, but not as one may think. */
export function adviseOnRpki(section: RpkiSection | undefined, withoutRole: readonly number[], report: Report): void {
  for (const [index, cache] of (section?.cache_servers ?? []).entries()) {
    if ((cache.expire_interval ?? D.expire_interval) >= LEAST_EXPIRE) continue;
    const path = ['rpki', 'cache_servers', index, 'expire_interval'];
    report.notice('advice', path, `counts as ${LEAST_EXPIRE} seconds, the least that RFC 8210 §6 allows`);
  }
  const speaksAspa = section?.cache_servers?.some(({ rtr_version = D.rtr_version }) => rtr_version === 2) === true;
  if (!speaksAspa && (section?.files ?? []).length === 0) return;
  if ((section?.aspa_without_role ?? D.aspa_without_role) !== 'upstream') return;
  for (const index of withoutRole) {
    report.notice(
      'advice',
      ['neighbors', index],
      'external neighbor without role: ASPA takes it for a customer or peer, so that what a provider sends may count as invalid; set role',
    );
  }
}
