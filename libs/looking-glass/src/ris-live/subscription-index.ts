import type { RisMessage } from './message.ts';
import { prefixKey } from './prefix-key.ts';
import { matches, type Subscription } from './subscription.ts';

/**
 * The subscriptions of a client. A monitor subscribes to each of its prefixes and origins, thousands of them, so they are found by what
 * the message says instead of being tried one by one: by a prefix that covers one of the message's, or by an AS of its path.
 * The rest is tried in order.
 */
export class SubscriptionIndex {
  readonly #all = new Map<string, Subscription>();
  readonly #byPrefix = new Map<string, Set<Subscription>>();
  /** How many there are of each length, IPv6 from 64 on: only those lengths are looked up. */
  readonly #lengths = new Map<number, number>();
  readonly #byAs = new Map<number, Set<Subscription>>();
  readonly #others = new Set<Subscription>();

  get size(): number {
    return this.#all.size;
  }

  /** Those that every message is held against. */
  get othersSize(): number {
    return this.#others.size;
  }

  has({ key }: Subscription): boolean {
    return this.#all.has(key);
  }

  isIndexed(subscription: Subscription): boolean {
    return prefixOf(subscription) !== undefined || asOf(subscription) !== undefined;
  }

  add(subscription: Subscription): void {
    if (this.has(subscription)) return;
    this.#all.set(subscription.key, subscription);
    const prefix = prefixOf(subscription);
    const as = asOf(subscription);
    if (prefix !== undefined) {
      bucketOf(this.#byPrefix, prefixKey(prefix.octets, prefix.length)).add(subscription);
      const length = lengthKey(prefix.octets.length, prefix.length);
      this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
    } else if (as !== undefined) bucketOf(this.#byAs, as).add(subscription);
    else this.#others.add(subscription);
  }

  /** False: there is none like it. */
  remove({ key }: Subscription): boolean {
    const subscription = this.#all.get(key);
    if (subscription === undefined) return false;
    this.#all.delete(key);
    const prefix = prefixOf(subscription);
    const as = asOf(subscription);
    if (prefix !== undefined) {
      dropFrom(this.#byPrefix, prefixKey(prefix.octets, prefix.length), subscription);
      const length = lengthKey(prefix.octets.length, prefix.length);
      const left = (this.#lengths.get(length) ?? 1) - 1;
      if (left === 0) this.#lengths.delete(length);
      else this.#lengths.set(length, left);
    } else if (as !== undefined) dropFrom(this.#byAs, as, subscription);
    else this.#others.delete(subscription);
    return true;
  }

  /** Whether any subscription wants the message. */
  wants(message: RisMessage): boolean {
    for (const subscription of this.#others) if (matches(subscription, message)) return true;
    if (this.#byAs.size > 0) {
      for (const step of message.path ?? []) {
        for (const asn of typeof step === 'number' ? [step] : step) {
          if (isAnyWanted(this.#byAs.get(asn), message)) return true;
        }
      }
    }
    for (const length of this.#lengths.keys()) {
      const [family, bits] = length >= 64 ? ([16, length - 64] as const) : ([4, length] as const);
      for (const key of message.keys(family, bits)) {
        if (isAnyWanted(this.#byPrefix.get(key), message)) return true;
      }
    }
    return false;
  }
}

/** Of a subscription that matches only messages with this prefix, or with one inside it. */
function prefixOf({ prefix, lessSpecific }: Subscription) {
  return lessSpecific ? undefined : prefix;
}

/** An AS that the path must have. */
function asOf({ path }: Subscription): number | undefined {
  if (path === undefined || path.isInverted) return undefined;
  const step = path.steps.at(-1);
  return typeof step === 'number' ? step : step?.[0];
}

function lengthKey(octets: number, length: number): number {
  return octets === 16 ? 64 + length : length;
}

function isAnyWanted(bucket: ReadonlySet<Subscription> | undefined, message: RisMessage): boolean {
  for (const subscription of bucket ?? []) if (matches(subscription, message)) return true;
  return false;
}

function bucketOf<K>(map: Map<K, Set<Subscription>>, key: K): Set<Subscription> {
  const bucket = map.get(key) ?? new Set();
  map.set(key, bucket);
  return bucket;
}

function dropFrom<K>(map: Map<K, Set<Subscription>>, key: K, subscription: Subscription): void {
  const bucket = map.get(key);
  bucket?.delete(subscription);
  if (bucket?.size === 0) map.delete(key);
}
