import { type LargeCommunity, parseLargeCommunity } from '@bgp/wire';
import { canonical } from './policy-source.ts';
import type { TelemetrySection } from './schema/global.ts';
import { PUBLIC_VIEW_DEFAULTS } from './schema/public-views.ts';
import { parseHostPort } from './schema/scalars.ts';
import type { HostPort, LookingGlassConfig, RisLiveConfig } from './types.ts';

/** The looking glass with everything filled in; undefined: there is none. */
export function resolveLookingGlass(section: TelemetrySection['looking_glass']): LookingGlassConfig | undefined {
  const at = hostPort(section?.addr);
  if (section === undefined || at === undefined) return undefined;
  const reasons = Object.entries(section.rejection_reasons ?? {}).flatMap(
    ([reason, text]): [string, LargeCommunity][] => {
      const community = parseLargeCommunity(text);
      return community.ok ? [[reason, community.value]] : []; // the schema has checked it
    },
  );
  return {
    ...at,
    showDescriptions: section.show_descriptions ?? PUBLIC_VIEW_DEFAULTS.show_descriptions,
    maxRoutes: section.max_routes ?? PUBLIC_VIEW_DEFAULTS.max_routes,
    requestsPerSecond: section.requests_per_second ?? PUBLIC_VIEW_DEFAULTS.requests_per_second,
    rejectionReasons: Object.fromEntries(reasons),
  };
}

/** The live stream with everything filled in; undefined: there is none. */
export function resolveRisLive(section: TelemetrySection['ris_live'], routerId: string): RisLiveConfig | undefined {
  const at = hostPort(section?.addr);
  if (section === undefined || at === undefined) return undefined;
  const path = section.path ?? PUBLIC_VIEW_DEFAULTS.path;
  return {
    ...at,
    path: path.endsWith('/') ? path : `${path}/`,
    collector: section.host ?? routerId,
    maxClients: section.max_clients ?? PUBLIC_VIEW_DEFAULTS.max_clients,
    maxSubscriptions: section.max_subscriptions ?? PUBLIC_VIEW_DEFAULTS.max_subscriptions,
    maxQueueOctets: section.max_queue_octets ?? PUBLIC_VIEW_DEFAULTS.max_queue_octets,
  };
}

export function hostPort(text: string | undefined): HostPort | undefined {
  const parsed = text === undefined ? undefined : parseHostPort(text);
  return parsed === undefined ? undefined : { host: canonical(parsed.host), port: parsed.port };
}
