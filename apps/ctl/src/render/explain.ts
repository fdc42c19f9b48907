import type { ExplainBestPathResponse } from '@bgp/api-proto';
import type { Palette } from './palette.ts';
import { pathOf, prefixOf, routeJson } from './route.ts';
import { Table } from './table.ts';

export function explainText(answer: ExplainBestPathResponse, palette: Palette): string {
  const { bestRoute, bestAdvertisedPathId, candidates, peerAddress } = answer;
  if (bestRoute === undefined) return `No route for ${prefixOf(answer)}\n`;
  const table = new Table(
    [
      { title: 'Peer' },
      { title: 'Next Hop' },
      { title: 'AS Path' },
      { title: 'Reason' },
      { title: 'Result' },
      ...(peerAddress === '' ? [] : [{ title: `Sent to ${peerAddress}` }]),
    ],
    palette.strong,
  );
  const sent = (pathId: number | undefined) => {
    if (peerAddress === '') return [];
    return [pathId === undefined ? 'no' : pathId === 0 ? 'yes' : `as path ${pathId}`];
  };
  const rows = [
    [
      bestRoute.peerAddress,
      bestRoute.nextHop,
      pathOf(bestRoute),
      '',
      { text: 'best', paint: palette.good },
      ...sent(bestAdvertisedPathId),
    ],
    ...candidates.map(({ route, vsBestReason, vsBestOrdering, advertisedPathId }) => [
      route?.peerAddress ?? '',
      route?.nextHop ?? '',
      route === undefined ? '' : pathOf(route),
      vsBestReason,
      vsBestOrdering,
      ...sent(advertisedPathId),
    ]),
  ];
  return `${palette.strong(prefixOf(answer))}: ${rows.length} ${rows.length === 1 ? 'path' : 'paths'}\n${table.lines(rows)}`;
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
