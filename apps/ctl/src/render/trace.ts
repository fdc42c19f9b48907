import type {
  ExplainAdvertisedRouteResponse,
  ExplainImportPolicyResponse,
  PolicyTraceCondition,
  PolicyTraceEntry,
  Route,
} from '@bgp/api-proto';
import { type Palette, printable } from './palette.ts';
import { pathOf, prefixOf, routeJson } from './route.ts';

/** Reads like an answer: the verdict first, then for each path the gates and statements that led there. */
export function advertisedText(answer: ExplainAdvertisedRouteResponse, palette: Palette): string {
  const { decision, peerAddress, reasons, paths } = answer;
  const verdict =
    decision === 'advertised'
      ? palette.good(`${peerAddress} has ${prefixOf(answer)}`)
      : palette.bad(`${peerAddress} does not have ${prefixOf(answer)}`);
  const lines = [`${verdict}: ${reasons.map(({ message }) => printable(message)).join('; ')}`];
  for (const { route, refusal, trace, sent } of paths) {
    lines.push('', `${palette.strong('path')} from ${routeText(route)}`);
    lines.push(...traceLines(trace, palette).map((line) => `  ${line}`));
    if (refusal !== '') lines.push(`  ${palette.bad(`not sent: ${refusal}`)}`);
    if (sent !== undefined) lines.push(`  ${palette.good('sent as')} ${routeText(sent, false)}`);
  }
  return `${lines.join('\n')}\n`;
}

export function importText(
  prefix: string,
  peer: string,
  answer: ExplainImportPolicyResponse,
  palette: Palette,
): string {
  if (answer.paths.length === 0) return `${peer} has announced nothing under ${prefix} that was kept\n`;
  const lines = answer.paths.flatMap(({ received, accepted, outcome, trace }) => [
    `${palette.strong(prefix)} from ${routeText(received)}: ${outcome === 'permit' ? palette.good('accepted') : palette.bad(`refused (${outcome})`)}`,
    ...traceLines(trace, palette).map((line) => `  ${line}`),
    ...(accepted === undefined ? [] : [`  ${palette.good('kept as')} ${routeText(accepted, false)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

function traceLines(entries: readonly PolicyTraceEntry[], palette: Palette): string[] {
  return entries.map(({ policy, term, outcome, matched, changes, ...failed }) => {
    const name = printable(`${policy}/${term}`);
    if (outcome === 'no-match') return palette.faint(`${name}: no match, ${conditionText(failed)}`);
    const paint = outcome === 'deny' ? palette.bad : outcome === 'permit' ? palette.good : palette.warn;
    const why = matched.length === 0 ? '' : `, ${matched.map(conditionText).join(', ')}`;
    const what = changes.length === 0 ? '' : `: ${printable(changes.join(', '))}`;
    return `${name}: ${paint(outcome)}${why}${what}`;
  });
}

type Condition = Pick<PolicyTraceCondition, 'condition' | 'has' | 'wanted'>;

function conditionText({ condition, has, wanted }: Condition): string {
  return `${condition} ${printable(has)} (wanted ${printable(wanted)})`;
}

function routeText(route: Route | undefined, withPeer = true): string {
  if (route === undefined) return '';
  const { peerAddress, nextHop, localPrefAttr, medAttr, pathId } = route;
  const parts = [
    ...(withPeer ? [peerAddress === '0.0.0.0' ? 'ourselves' : peerAddress] : []),
    `path ${pathOf(route) || '(empty)'}`,
    `next hop ${nextHop || '–'}`,
    ...(localPrefAttr === undefined ? [] : [`LOCAL_PREF ${localPrefAttr}`]),
    ...(medAttr === undefined ? [] : [`MED ${medAttr}`]),
    ...(route.communities.length === 0
      ? []
      : [`communities ${route.communities.map((one) => `${one >>> 16}:${one & 0xffff}`).join(' ')}`]),
    ...(pathId === 0 ? [] : [`path id ${pathId}`]),
  ];
  return parts.join(', ');
}

export function advertisedJson(answer: ExplainAdvertisedRouteResponse) {
  return {
    decision: answer.decision,
    peer_address: answer.peerAddress,
    prefix: prefixOf(answer),
    ...(answer.nextHop === '' ? {} : { next_hop: answer.nextHop }),
    ...(answer.pathId === 0 ? {} : { path_id: answer.pathId }),
    ...(answer.routePeerAddress === ''
      ? {}
      : { route_peer_address: answer.routePeerAddress, route_type: answer.routeType }),
    reasons: answer.reasons.map(({ code, message }) => ({ code, message })),
    paths: answer.paths.map(({ route, refusal, trace, sent }) => ({
      ...(route === undefined ? {} : { route: routeJson(route) }),
      ...(refusal === '' ? {} : { refusal }),
      trace: trace.map(traceJson),
      ...(sent === undefined ? {} : { sent: routeJson(sent) }),
    })),
  };
}

export function importJson(answer: ExplainImportPolicyResponse) {
  return {
    outcome: answer.outcome,
    paths: answer.paths.map(({ received, accepted, outcome, trace }) => ({
      outcome,
      ...(received === undefined ? {} : { received: routeJson(received) }),
      ...(accepted === undefined ? {} : { accepted: routeJson(accepted) }),
      trace: trace.map(traceJson),
    })),
  };
}

function traceJson({ policy, term, outcome, condition, wanted, has, changes, matched }: PolicyTraceEntry) {
  return {
    policy,
    term,
    outcome,
    ...(condition === '' ? {} : { condition, wanted, has }),
    ...(matched.length === 0
      ? {}
      : { matched: matched.map((one) => ({ condition: one.condition, wanted: one.wanted, has: one.has })) }),
    ...(changes.length === 0 ? {} : { changes }),
  };
}
