import type { PeerIndex } from '@bgp/rib';
import { type Family, formatFamily } from '@bgp/wire';
import type { PeerConfig } from './config.ts';
import type { PeerReporter } from './peer-reporter.ts';
import type { Shared } from './shared.ts';
import type { PrefixLimitStatus } from './status.ts';

type Level = PrefixLimitStatus['level'];

interface Limit {
  readonly max: number;
  /** Undefined: of all families together. */
  readonly family: Family | undefined;
}

/**
 * How many paths a neighbor may announce: in each family and in all together, before policy, since it is memory that they cost.
 * Each limit speaks once when it is reached and again after the neighbor has been below it. What is kept from a session that ended does
 * not count: while the neighbor sends its table again, perhaps another one or under other path identifiers, it is there twice.
 */
export class PrefixLimits {
  readonly #shared: Shared;
  readonly #index: PeerIndex;
  readonly #reporter: PeerReporter;
  /** By family; `undefined` for all together. */
  readonly #levels = new Map<Family | undefined, Level>();

  constructor(shared: Shared, index: PeerIndex, reporter: PeerReporter) {
    this.#shared = shared;
    this.#index = index;
    this.#reporter = reporter;
  }

  begin(): void {
    this.#levels.clear();
  }

  /** False: the session has to end. */
  check(config: PeerConfig): boolean {
    let isWithin = true;
    for (const limit of limitsOf(config)) {
      const received = this.#received(config, limit.family);
      const level = levelOf(received, limit.max, config.maxPrefixesWarning);
      const before = this.#levels.get(limit.family) ?? 'within';
      this.#levels.set(limit.family, level);
      if (level !== before && level !== 'within') this.#report(limit, received, level);
      if (level === 'exceeded' && config.maxPrefixesAction === 'reset') isWithin = false;
    }
    return isWithin;
  }

  /** Where the neighbor stands, as counted now. */
  status(config: PeerConfig): PrefixLimitStatus[] {
    return limitsOf(config).map(({ max, family }) => {
      const received = this.#received(config, family);
      const level = levelOf(received, max, config.maxPrefixesWarning);
      return { max, received, level, ...(family === undefined ? {} : { family }) };
    });
  }

  /** With this configuration its session would have to end. */
  isExceeded(config: PeerConfig): boolean {
    return config.maxPrefixesAction === 'reset' && this.status(config).some(({ level }) => level === 'exceeded');
  }

  #received(config: PeerConfig, family: Family | undefined): number {
    const fresh = (each: Family) => {
      const { received, stale } = this.#shared.rib.counts(this.#index, each);
      return received - stale;
    };
    if (family !== undefined) return fresh(family);
    return config.families.reduce((sum, each) => sum + fresh(each), 0);
  }

  #report({ max, family }: Limit, received: number, level: 'warning' | 'exceeded'): void {
    const type = level === 'warning' ? 'max-prefixes-warning' : 'max-prefixes-exceeded';
    this.#reporter.observe({
      type,
      limit: max,
      received,
      ...(family === undefined ? {} : { family: formatFamily(family) }),
    });
  }
}

function limitsOf(config: PeerConfig): Limit[] {
  const total = config.maxPrefixes === undefined ? [] : [{ max: config.maxPrefixes, family: undefined }];
  return [...total, ...(config.maxPrefixesByFamily ?? [])];
}

function levelOf(received: number, max: number, warningPercent: number | undefined): Level {
  if (received > max) return 'exceeded';
  return warningPercent !== undefined && received * 100 >= max * warningPercent ? 'warning' : 'within';
}
