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
  if (plan.neighbors.length > 0) {
    parts.push('', palette.strong('What neighbors would hear'));
    for (const { address, announced, withdrawn } of plan.neighbors) {
      const numbers = [
        announced === 0n ? '' : palette.good(`${announced} announced`),
        withdrawn === 0n ? '' : palette.bad(`${withdrawn} withdrawn`),
      ];
      parts.push(`  ${address}: ${numbers.filter((text) => text !== '').join(', ')}`);
    }
    parts.push('', ...plan.routes.map((route) => `  ${routeLine(route, palette)}`));
    if (plan.truncated) parts.push(palette.faint('  … there are more; --limit N lists more of them'));
  } else if ((plan.change?.neighbors ?? []).length > 0) {
    parts.push('', 'No neighbor whose session stays up would hear anything.');
  }
  return `${parts.join('\n')}\n`;
}

function routeLine({ address, before, after }: RouteChange, palette: Palette): string {
  if (after === undefined) {
    return palette.bad(`- ${before === undefined ? '' : idOf(before)} to ${address}`);
  }
  const details = `via ${after.nextHop || '–'}, path ${pathOf(after) || '(empty)'}`;
  if (before === undefined) return palette.good(`+ ${idOf(after)} to ${address}: ${details}`);
  return `~ ${idOf(after)} to ${address}: ${difference(before, after)}`;
}

function idOf(route: Route): string {
  return route.pathId === 0 ? prefixOf(route) : `${prefixOf(route)} (path ${route.pathId})`;
}

/** The attributes that are not the same, old and new. */
function difference(before: Route, after: Route): string {
  const [old, now] = [routeJson(before), routeJson(after)] as [Record<string, unknown>, Record<string, unknown>];
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  const texts = [...keys].flatMap((key) => {
    const [from, to] = [JSON.stringify(old[key]) ?? '–', JSON.stringify(now[key]) ?? '–'];
    return from === to ? [] : [`${key} ${from} → ${to}`];
  });
  return texts.length === 0 ? 'other attributes' : texts.join(', ');
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
    routes: plan.routes.map(({ address, before, after }) => ({
      address,
      ...(before === undefined ? {} : { before: routeJson(before) }),
      ...(after === undefined ? {} : { after: routeJson(after) }),
    })),
    truncated: plan.truncated,
  };
}
