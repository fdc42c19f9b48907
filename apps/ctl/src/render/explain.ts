import type { ExplainBestPathResponse, Route } from '@bgp/api-proto';
import { type Palette, printable } from './palette.ts';
import { pathOf, prefixOf, routeJson } from './route.ts';
import { type Cell, Table } from './table.ts';

/** What is wrong with a path, where the best one is better; by the decision step that removed it. */
const LOST: Readonly<Record<string, string>> = {
  stale_preference: 'stale',
  rpki_preference: 'worse origin validity',
  aspa_preference: 'worse path validity',
  higher_local_pref: 'lower LOCAL_PREF',
  shorter_as_path: 'longer AS path',
  lower_origin: 'higher ORIGIN',
  lower_med: 'higher MED',
  ebgp_over_ibgp: 'from an internal neighbor',
  lower_interior_cost: 'farther next hop',
  lower_originator_id: 'higher router id',
  shorter_cluster_list: 'longer cluster list',
  lower_peer_address: 'higher neighbor address',
  lower_path_id: 'higher path id',
  next_hop_unreachable: 'next hop unreachable',
};

export function explainText(answer: ExplainBestPathResponse, palette: Palette): string {
  const { bestRoute, bestAdvertisedPathId, candidates, peerAddress } = answer;
  const prefix = prefixOf(answer);
  if (bestRoute === undefined && candidates.length === 0) return `No route for ${prefix}\n`;
  const table = new Table(
    [
      { title: 'Peer' },
      { title: 'Next Hop' },
      { title: 'AS Path' },
      { title: 'LP', align: 'right' },
      { title: 'MED', align: 'right' },
      { title: 'Result' },
      ...(peerAddress === '' ? [] : [{ title: `Sent to ${peerAddress}` }]),
    ],
    palette.strong,
  );
  const row = (route: Route | undefined, result: Cell, pathId: number | undefined) => {
    const sent = pathId === undefined ? 'no' : pathId === 0 ? 'yes' : `as path ${pathId}`;
    return [
      route?.peerAddress ?? '',
      route?.nextHop ?? '',
      route === undefined ? '' : pathOf(route),
      route?.localPrefAttr === undefined ? '' : String(route.localPrefAttr),
      route?.medAttr === undefined ? '' : String(route.medAttr),
      result,
      ...(peerAddress === '' ? [] : [sent]),
    ];
  };
  const rows = candidates.map(({ route, vsBestReason, advertisedPathId }) =>
    row(route, lostCell(route, vsBestReason, palette), advertisedPathId),
  );
  if (bestRoute !== undefined) {
    rows.unshift(row(bestRoute, { text: 'best', paint: palette.good }, bestAdvertisedPathId));
  }
  const count = `${rows.length} ${rows.length === 1 ? 'path' : 'paths'}${bestRoute === undefined ? ', none usable' : ''}`;
  const refused = candidates.find(({ vsBestReason }) => vsBestReason === REFUSED)?.route?.peerAddress;
  const hint =
    bestRoute === undefined && refused !== undefined ? `\nWhy: tsbgpctl rib explain ${prefix} --from ${refused}\n` : '';
  return `${palette.strong(prefix)}: ${count}\n${table.lines(rows)}${hint}`;
}

const REFUSED = 'rejected_by_policy';

function lostCell(route: Route | undefined, reason: string, { bad, faint }: Palette): Cell {
  if (reason === REFUSED) return { text: printable(`refused by ${route?.rejectedBy || 'policy'}`), paint: bad };
  return { text: LOST[reason] ?? reason, paint: faint };
}

export function explainJson(answer: ExplainBestPathResponse) {
  return {
    prefix: prefixOf(answer),
    ...(answer.bestRoute === undefined ? {} : { best_route: routeJson(answer.bestRoute) }),
    ...(answer.peerAddress === '' ? {} : { peer_address: answer.peerAddress }),
    ...(answer.bestAdvertisedPathId === undefined ? {} : { best_advertised_path_id: answer.bestAdvertisedPathId }),
    candidates: answer.candidates.map(({ route, vsBestReason, vsBestOrdering, advertisedPathId }) => ({
      ...(advertisedPathId === undefined ? {} : { advertised_path_id: advertisedPathId }),
      ...(route === undefined ? {} : { route: routeJson(route) }),
      vs_best_reason: vsBestReason,
      vs_best_ordering: vsBestOrdering,
    })),
  };
}
