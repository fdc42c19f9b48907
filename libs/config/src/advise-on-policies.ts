import { type PeerTemplate, peerKind, type SpeakerConfig } from '@bgp/speaker';
import { RFC_8212_REJECT } from './neighbors.ts';
import type { Report } from './report.ts';

type Chains = Pick<PeerTemplate, 'importChain' | 'exportChain'>;

/** RFC 8212 §3: external neighbors that exchange nothing, because nobody said what. */
export function adviseOnPolicies(speaker: SpeakerConfig, report: Report): void {
  for (const [index, peer] of speaker.peers.entries()) {
    if (peerKind(speaker, peer) === 'external') advise(['neighbors', index], 'external neighbor', peer);
  }
  for (const [index, { templates }] of (speaker.dynamicNeighbors ?? []).entries()) {
    if (templates.external !== undefined) advise(['dynamic_neighbors', index], 'range', templates.external);
  }

  function advise(path: (string | number)[], who: string, { importChain, exportChain }: Chains): void {
    const lacks = (chain: Chains['importChain']) =>
      chain === undefined ? speaker.ebgpRequiresPolicy : chain[0] === RFC_8212_REJECT;
    const directions = [lacks(importChain) ? ['import'] : [], lacks(exportChain) ? ['export'] : []].flat();
    if (directions.length === 0) return;
    const whom = who === 'range' ? 'external neighbors get and send no routes' : 'no routes pass';
    report.notice(
      'advice',
      path,
      `${who} without ${directions.join(' and ')} policy: ${whom} (RFC 8212); set a policy, or ebgp_requires_policy = false`,
    );
  }
}
