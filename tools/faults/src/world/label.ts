import type { Side, WorldNode } from './world.ts';

/** For the log: `n3(rs)`, `n3(rs)→n7(ebgp)`. */
export function labelOf(what: WorldNode | Side): string {
  if ('link' in what) return `${labelOf(what.self)}→${labelOf(what.other)}`;
  return `n${what.plan.id}(${what.plan.role})`;
}
