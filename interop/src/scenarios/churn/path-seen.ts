import type { RouteJson } from '../../dut.ts';

/** One path of a prefix with what every daemon's command line shows of it, whoever shows it. */
export interface PathSeen {
  readonly prefix: string;
  readonly asPath: string;
  /** Of two, the global one. */
  readonly nextHop: string;
  readonly origin: string;
  readonly med: number | undefined;
  /** `a:b`, in any order. */
  readonly communities: readonly string[];
  /** `a:b:c`, in any order. */
  readonly largeCommunities: readonly string[];
}

const ORIGINS = ['igp', 'egp', 'incomplete'];

/** As the API tells it. */
export function ours(route: RouteJson): PathSeen {
  return {
    prefix: `${route.prefix}/${route.prefixLength ?? 0}`,
    asPath: route.asPathText ?? '',
    nextHop: route.nextHop ?? '',
    origin: ORIGINS[route.origin ?? 0] ?? `${route.origin}`,
    med: route.medAttr,
    communities: (route.communities ?? []).map(communityText),
    largeCommunities: route.largeCommunities ?? [],
  };
}

export const communityText = (value: number): string => `${Math.floor(value / 65536)}:${value % 65536}`;

export const originText = (code: number): string => ORIGINS[code] ?? `${code}`;

/** Well-known communities by their names in FRR (`noExport`) and OpenBGPD (`NO_EXPORT`), without case and separators. */
const NAMED = new Map([
  ['gracefulshutdown', '65535:0'],
  ['noexport', '65535:65281'],
]);

export const communityOfName = (text: string): string => NAMED.get(text.toLowerCase().replaceAll('_', '')) ?? text;

/** For a comparison as sets, and for people: one line per path. */
export function linesOf(paths: readonly PathSeen[]): string[] {
  return paths
    .map(({ prefix, asPath, nextHop, origin, med, communities, largeCommunities }) =>
      [
        prefix,
        `path ${asPath}`,
        `via ${nextHop}`,
        origin,
        `med ${med ?? '-'}`,
        `communities ${[...communities].sort().join(' ')}`,
        `large ${[...largeCommunities].sort().join(' ')}`,
      ].join(' | '),
    )
    .sort();
}
