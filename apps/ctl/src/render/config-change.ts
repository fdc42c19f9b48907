import type { ConfigChange, NeighborChange, PlanConfigResponse, Route, RouteChange } from '@bgp/api-proto';
import { jsonNumber } from './output.ts';
import { type Palette, printable } from './palette.ts';
import { pathOf, prefixOf, routeJson } from './route.ts';

export function changeText(change: ConfigChange | undefined, palette: Palette): string {
  const lines: string[] = [];
  for (const { path, before, after } of change?.documents ?? []) {
    const value = after === undefined ? palette.bad('gone') : printable(after);
    lines.push(`  ${printable(path)}: ${before === undefined ? palette.good('new') : printable(before)} → ${value}`);
  }
  for (const neighbor of change?.neighbors ?? []) lines.push(`  ${neighborLine(neighbor, palette)}`);
  for (const { prefix, effect } of change?.ranges ?? []) lines.push(`  range ${prefix}: ${effect}`);
  for (const section of change?.needRestart ?? []) {
    lines.push(`  ${palette.warn(`${section}: takes effect after a restart of the daemon`)}`);
  }
  for (const notice of change?.notices ?? []) lines.push(`  ${palette.faint(printable(notice))}`);
  return lines.length === 0 ? '  no differences\n' : `${lines.join('\n')}\n`;
}

function neighborLine({ address, effect }: NeighborChange, palette: Palette): string {
  switch (effect) {
    case 'added':
      return palette.good(`neighbor ${address}: added`);
    case 'removed':
      return palette.bad(`neighbor ${address}: removed, its session ends`);
    case 'session-reset':
      return palette.warn(`neighbor ${address}: the session starts anew`);
    default:
      return `neighbor ${address}: the session stays up`;
  }
}

export function changeJson(change: ConfigChange | undefined) {
  return {
    documents: (change?.documents ?? []).map(({ path, before, after }) => ({
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    })),
    neighbors: (change?.neighbors ?? []).map(({ address, effect }) => ({ address, effect })),
    ranges: (change?.ranges ?? []).map(({ prefix, effect }) => ({ prefix, effect })),
    need_restart: change?.needRestart ?? [],
    notices: change?.notices ?? [],
  };
}

export function planText(plan: PlanConfigResponse, palette: Palette): string {
  const parts = [palette.strong('What changes'), changeText(plan.change, palette).trimEnd()];
  if (plan.received.length > 0) {
    parts.push('', palette.strong('What becomes of routes that came in'));
    for (const { address, accepted, refused, changed } of plan.received) {
      parts.push(
        `  from ${address}: ${numbers([
          [accepted, 'newly accepted', palette.good],
          [refused, 'newly refused', palette.bad],
          [changed, 'changed', (text) => text],
        ])}`,
      );
    }
    parts.push('', ...routeLines(plan.receivedRoutes, 'from', palette));
    if (plan.receivedTruncated) parts.push(more(palette));
  }
  if (plan.neighbors.length > 0) {
    parts.push('', palette.strong('What neighbors would hear'));
    for (const { address, announced, withdrawn } of plan.neighbors) {
      parts.push(
        `  ${address}: ${numbers([
          [announced, 'announced', palette.good],
          [withdrawn, 'withdrawn', palette.bad],
        ])}`,
      );
    }
    parts.push('', ...routeLines(plan.routes, 'to', palette));
    if (plan.truncated) parts.push(more(palette));
  } else if ((plan.change?.neighbors ?? []).length > 0) {
    parts.push('', 'No neighbor whose session stays up would hear anything.');
  }
  return `${parts.join('\n')}\n`;
}

function numbers(counts: readonly (readonly [bigint, string, (text: string) => string])[]): string {
  return counts.flatMap(([count, what, paint]) => (count === 0n ? [] : [paint(`${count} ${what}`)])).join(', ');
}

function more(palette: Palette): string {
  return palette.faint('  … there are more; --limit N lists more of them');
}

function routeLines(routes: readonly RouteChange[], direction: 'from' | 'to', palette: Palette): string[] {
  return routes.map((route) => `  ${routeLine(route, direction, palette)}`);
}

function routeLine({ address, before, after }: RouteChange, direction: 'from' | 'to', palette: Palette): string {
  if (after === undefined) {
    return palette.bad(`- ${before === undefined ? '' : idOf(before)} ${direction} ${address}`);
  }
  const details = `via ${after.nextHop || '–'}, path ${pathOf(after) || '(empty)'}`;
  if (before === undefined) return palette.good(`+ ${idOf(after)} ${direction} ${address}: ${details}`);
  return `~ ${idOf(after)} ${direction} ${address}: ${difference(before, after)}`;
}

function idOf(route: Route): string {
  return route.pathId === 0 ? prefixOf(route) : `${prefixOf(route)} (path ${route.pathId})`;
}

/** The attributes that are not the same, old and new. */
function difference(before: Route, after: Route): string {
  const [old, now] = [attributesOf(before), attributesOf(after)];
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  const texts = [...keys].flatMap((key) => {
    const [from, to] = [JSON.stringify(old[key]) ?? 'none', JSON.stringify(now[key]) ?? 'none'];
    return from === to ? [] : [`${key} ${from} → ${to}`];
  });
  return texts.length === 0 ? 'other attributes' : texts.join(', ');
}

/** As in JSON, but an attribute that is not there is not 0. */
function attributesOf(route: Route): Readonly<Record<string, unknown>> {
  return { ...routeJson(route), local_pref: route.localPrefAttr, med: route.medAttr };
}

export function planJson(plan: PlanConfigResponse) {
  return {
    based_on: jsonNumber(plan.basedOn),
    change: changeJson(plan.change),
    neighbors: plan.neighbors.map(({ address, announced, withdrawn }) => ({
      address,
      announced: jsonNumber(announced),
      withdrawn: jsonNumber(withdrawn),
    })),
    routes: plan.routes.map(routeChangeJson),
    truncated: plan.truncated,
    received: plan.received.map(({ address, accepted, refused, changed }) => ({
      address,
      accepted: jsonNumber(accepted),
      refused: jsonNumber(refused),
      changed: jsonNumber(changed),
    })),
    received_routes: plan.receivedRoutes.map(routeChangeJson),
    received_truncated: plan.receivedTruncated,
  };
}

function routeChangeJson({ address, before, after }: RouteChange) {
  return {
    address,
    ...(before === undefined ? {} : { before: routeJson(before) }),
    ...(after === undefined ? {} : { after: routeJson(after) }),
  };
}
