import { Rib } from '@bgp/rib';
import type { RouteRow } from '@bgp/speaker';
import { encodeAttributes, parseIpAddress, parseIpPrefix } from '@bgp/wire';
import { encodeFlowSpec, type FlowSpecRule } from '@bgp/wire/flowspec';
import { kindOf } from '../plan/kind.ts';
import type { WorldNode } from '../world/world.ts';
import { ipv4Number } from './oracle.ts';
import { FAMILIES } from './rows.ts';

/** A RIB that never saw a withdrawal: what the listings say, put in anew. Its fingerprints are those that the real one must have. */
export class ScratchRib {
  readonly #rib: Rib;
  readonly #peers = new Map<string, number>();

  constructor({ plan, peers }: WorldNode, identifierOf: (peer: string) => string | undefined) {
    const { asn, routerId, clusterId, med } = plan.speaker;
    const own = ipv4Number(routerId);
    const cluster = ipv4Number(clusterId ?? routerId);
    this.#rib = new Rib({ localAs: asn, routerId: own, clusterId: cluster, med, families: FAMILIES });
    const common = { routeReflectorClient: false, routeServerClient: false };
    const local = { ...common, name: 'local', kind: 'local', as: asn, bgpIdentifier: own } as const;
    this.#peers.set('local', this.#rib.addPeer({ ...local, address: new Uint8Array(4) }));
    for (const { name, remoteAs } of peers.values()) {
      const octets = parseIpAddress(name);
      if (!octets.ok) throw new Error(`not an address: ${name}`);
      const kind = kindOf(plan.speaker, { remoteAs });
      const bgpIdentifier = ipv4Number(identifierOf(name) ?? '0.0.0.0');
      this.#peers.set(
        name,
        this.#rib.addPeer({ ...common, name, kind, as: remoteAs, bgpIdentifier, address: octets.value }),
      );
    }
  }

  add(row: RouteRow, peer: string): void {
    const index = this.#peers.get(peer);
    const encoded = encodeAttributes(row.attributes);
    if (row.rule !== undefined) return this.#addRule(row.rule, index, encoded);
    const prefix = parseIpPrefix(row.prefix);
    if (index === undefined || !prefix.ok || !encoded.ok) throw new Error(`cannot rebuild ${row.prefix} of ${peer}`);
    this.#rib.inject(index, row.family, prefix.value.octets, prefix.value.length, row.pathId, encoded.value, 0);
  }

  #addRule(rule: FlowSpecRule, index: number | undefined, encoded: ReturnType<typeof encodeAttributes>): void {
    const octets = encodeFlowSpec(rule);
    if (index === undefined || !octets.ok || !encoded.ok) throw new Error('cannot rebuild a rule');
    this.#rib.injectRule(index, rule.family, octets.value, encoded.value, 0);
  }

  best(family: number): string {
    while (!this.#rib.decide(10_000));
    return this.#rib.fingerprint('best', family).join();
  }

  received(family: number, peer: string): string {
    return this.#rib.fingerprint('received', family, this.#peers.get(peer) ?? 0).join();
  }
}
