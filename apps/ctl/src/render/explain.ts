import type { ExplainBestPathResponse } from '@bgp/api-proto';
import type { Palette } from './palette.ts';
import { pathOf, prefixOf, routeJson } from './route.ts';
import { Table } from './table.ts';

export function explainText(answer: ExplainBestPathResponse, palette: Palette): string {
  const { bestRoute, candidates } = answer;
  if (bestRoute === undefined) return `No route for ${prefixOf(answer)}\n`;
  const table = new Table(
    [{ title: 'Peer' }, { title: 'Next Hop' }, { title: 'AS Path' }, { title: 'Reason' }, { title: 'Result' }],
    palette.strong,
  );
  const rows = [
    [bestRoute.peerAddress, bestRoute.nextHop, pathOf(bestRoute), '', { text: 'best', paint: palette.good }],
    ...candidates.map(({ route, vsBestReason, vsBestOrdering }) => [
      route?.peerAddress ?? '',
      route?.nextHop ?? '',
      route === undefined ? '' : pathOf(route),
      vsBestReason,
      vsBestOrdering,
    ]),
  ];
  return `${palette.strong(prefixOf(answer))}: ${rows.length} ${rows.length === 1 ? 'path' : 'paths'}\n${table.lines(rows)}`;
}

export function explainJson(answer: ExplainBestPathResponse) {
  return {
    prefix: prefixOf(answer),
    ...(answer.bestRoute === undefined ? {} : { best_route: routeJson(answer.bestRoute) }),
    candidates: answer.candidates.map(({ route, vsBestReason, vsBestOrdering }) => ({
      ...(route === undefined ? {} : { route: routeJson(route) }),
      vs_best_reason: vsBestReason,
      vs_best_ordering: vsBestOrdering,
    })),
  };
}
