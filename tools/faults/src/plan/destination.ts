import type { RouteRow } from '@bgp/speaker';

/** The prefix that a policy sees: of a FlowSpec rule its destination, if it has one. */
export function destinationOf({ prefix, rule }: RouteRow): string | undefined {
  if (rule === undefined) return prefix;
  for (const component of rule.components) if (component.type === 'destination-prefix') return component.prefix;
  return undefined;
}
