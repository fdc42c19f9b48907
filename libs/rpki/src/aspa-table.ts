import type { AsPath } from '@bgp/wire';

/** RFC 9234 role of the local AS on the session; `rs` is a route server, `rs-client` its client. */
export type LocalRole = 'provider' | 'rs' | 'rs-client' | 'customer' | 'peer';

/** Result of AS_PATH verification. */
export type PathValidity = 'valid' | 'invalid' | 'unknown';

/** Validated ASPA Payload: who may carry routes of the customer upwards. Providers are unique and in ascending order. */
export interface Aspa {
  readonly customerAs: number;
  readonly providerAses: readonly number[];
}

/** An announcement replaces the customer's provider set; a withdrawal names the customer. Announcements come first. */
export interface AspaDelta {
  readonly announce: readonly Aspa[];
  readonly withdraw: readonly number[];
}

/** Provider sets by customer, and draft-ietf-sidrops-aspa-verification-28 §5 on them. */
export class AspaTable {
  readonly #providers = new Map<number, ReadonlySet<number>>();

  get size(): number {
    return this.#providers.size;
  }

  /** Makes the change and returns the customer ASes whose provider set differs now. */
  apply({ announce, withdraw }: AspaDelta): ReadonlySet<number> {
    const before = new Map<number, ReadonlySet<number> | undefined>();
    const remember = (as: number) => before.has(as) || before.set(as, this.#providers.get(as));
    for (const { customerAs, providerAses } of announce) {
      remember(customerAs);
      this.#providers.set(customerAs, new Set(providerAses));
    }
    for (const customerAs of withdraw) {
      remember(customerAs);
      this.#providers.delete(customerAs);
    }
    const changed = new Set<number>();
    for (const [as, old] of before) if (!sameSet(old, this.#providers.get(as))) changed.add(as);
    return changed;
  }

  /**
   * Verifies the AS_PATH of a route received on an EBGP session (draft §5.4 upstream, §5.5 downstream).
   *
   * @param role ours: as a customer we receive from a provider, which is the downstream case; all others are upstream.
   * @param neighborAs the AS that the path has to begin with; a client of a route server does not look at it.
   * @returns `invalid` also for an empty path and for one with an AS_SET. Routes of IBGP and local ones are not to be
   *   asked about (draft §6.2).
   */
  verify(asPath: AsPath, role: LocalRole, neighborAs: number): PathValidity {
    const path = compress(asPath);
    if (path === undefined || path.length === 0) return 'invalid';
    if (role !== 'rs-client' && path.at(-1) !== neighborAs) return 'invalid';
    const up = this.#ramp(path);
    if (role !== 'customer') return verdict(up.max, up.min, path.length);
    const down = this.#ramp(path.toReversed());
    return verdict(up.max + down.max, up.min + down.min, path.length);
  }

  /** Draft §5.3. The path begins at the foot of the ramp. */
  #ramp(path: readonly number[]): { readonly min: number; readonly max: number } {
    let min = path.length;
    for (let index = 0; index + 1 < path.length; index++) {
      const providers = this.#providers.get(path[index]!); // index is inside
      if (providers === undefined) min = Math.min(min, index + 1);
      else if (!providers.has(path[index + 1]!)) return { min: Math.min(min, index + 1), max: index + 1 }; // and so is the next
    }
    return { min, max: path.length };
  }
}

function verdict(max: number, min: number, length: number): PathValidity {
  if (max < length) return 'invalid';
  return min < length ? 'unknown' : 'valid';
}

/** AS(1), the origin, to AS(N) without consecutive duplicates (draft §5.1); undefined when there is an AS_SET. */
function compress(asPath: AsPath): number[] | undefined {
  const path: number[] = [];
  for (const { type, asns } of asPath.toReversed()) {
    if (type === 'set') return undefined;
    // RFC 5065 §4.1: segments of a confederation are not part of the path that others see.
    if (type !== 'sequence') continue;
    for (const as of asns.toReversed()) if (path.at(-1) !== as) path.push(as);
  }
  return path;
}

function sameSet(a: ReadonlySet<number> | undefined, b: ReadonlySet<number> | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.size === b.size && [...a].every((as) => b.has(as));
}
