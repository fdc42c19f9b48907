import { ACCEPT_ALL, compileChain, type Policy, type PolicySource, REJECT_ALL, sourceFingerprint } from '@bgp/policy';
import { err, ok, type Result } from '@bgp/wire';
import type { PeerConfig, SpeakerConfig } from './config.ts';
import { peerKind } from './peer-kind.ts';
import type { PolicyCounters, SpeakerError } from './status.ts';

export type Direction = 'import' | 'export';

/** A compiled policy with a name for its content: equal chains give the same object and key. */
export interface KeyedPolicy {
  readonly key: string;
  readonly policy: Policy;
  /** How often each term matched when routes were judged; see `PolicyCounters`. */
  readonly hits: Float64Array;
  /** What it was made of. */
  readonly sources: readonly PolicySource[];
}

/** What a neighbor runs. */
export type Policies = Readonly<Record<Direction, KeyedPolicy>>;

/** Compiles each distinct chain once; a thousand neighbors with the same policy share it, and so can share an update group. */
export class PolicyCache {
  readonly #byName = new Map<string, KeyedPolicy>();
  readonly #nothing: KeyedPolicy = {
    key: 'rfc8212',
    policy: REJECT_ALL,
    hits: new Float64Array(1),
    sources: [{ name: 'rfc8212', defaultAction: 'deny', statements: [] }],
  };
  readonly #everything: KeyedPolicy = { key: 'all', policy: ACCEPT_ALL, hits: new Float64Array(1), sources: [] };
  #next = 0;

  counters(): PolicyCounters[] {
    return [...this.#byName.values()].map(({ policy, hits }) => ({ chain: policy.name, terms: policy.terms, hits }));
  }

  #compile(chain: readonly PolicySource[]): Result<KeyedPolicy, SpeakerError> {
    const name = chain.map(sourceFingerprint).join(' ');
    const known = this.#byName.get(name);
    if (known !== undefined) return ok(known);
    const compiled = compileChain(chain);
    if (!compiled.ok) {
      const first = compiled.error[0];
      const where = first === undefined ? '' : `${first.path.join('.')}: ${first.message}`;
      return err({ code: 'policy-invalid', message: `The policy cannot be used: ${where}.` });
    }
    const hits = new Float64Array(compiled.value.terms.length);
    const keyed = { key: `chain-${this.#next++}`, policy: compiled.value, hits, sources: chain };
    this.#byName.set(name, keyed);
    return ok(keyed);
  }

  /** What nobody runs any more goes: a daemon that reloads for years keeps no old lists. */
  keepOnly(used: ReadonlySet<KeyedPolicy>): void {
    for (const [name, keyed] of this.#byName) if (!used.has(keyed)) this.#byName.delete(name);
  }

  /** What a neighbor runs. RFC 8212 §3: an external one without policy exchanges nothing, unless that is switched off. */
  policiesFor(speaker: SpeakerConfig, peer: PeerConfig): Result<Policies, SpeakerError> {
    const importPolicy = this.policyFor(speaker, peer, 'import');
    if (!importPolicy.ok) return importPolicy;
    const exportPolicy = this.policyFor(speaker, peer, 'export');
    if (!exportPolicy.ok) return exportPolicy;
    return ok({ import: importPolicy.value, export: exportPolicy.value });
  }

  policyFor(speaker: SpeakerConfig, peer: PeerConfig, direction: Direction): Result<KeyedPolicy, SpeakerError> {
    const chain = direction === 'import' ? peer.importChain : peer.exportChain;
    if (chain !== undefined) return this.#compile(chain);
    return ok(needsPolicy(speaker, peer) ? this.#nothing : this.#everything);
  }
}

/** RFC 8212: directions in which nothing passes because no policy is set. */
export function missingPolicies(speaker: SpeakerConfig, peer: PeerConfig): Direction[] {
  if (!needsPolicy(speaker, peer)) return [];
  const missing: Direction[] = [];
  if (peer.importChain === undefined) missing.push('import');
  if (peer.exportChain === undefined) missing.push('export');
  return missing;
}

function needsPolicy(speaker: SpeakerConfig, peer: PeerConfig): boolean {
  return speaker.ebgpRequiresPolicy && peerKind(speaker, peer) === 'external';
}
