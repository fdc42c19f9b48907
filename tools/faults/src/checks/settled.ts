import { labelOf } from '../world/label.ts';
import { obstacle } from './quiet.ts';
import { rowText, tableOf } from './rows.ts';
import type { Check } from './types.ts';

/** At rest, with every session up, all that anybody knows is announced somewhere at this moment. */
export const GHOSTS: Check = {
  name: 'no route outlives its origin',
  when: 'settled',
  run(world) {
    const alive = new Set(
      world.nodes.flatMap(({ injected, rules }) => [
        ...[...injected.values()].map(
          (route) => `${route.prefix} ${JSON.stringify(route.attributes.largeCommunities)}`,
        ),
        ...[...rules].map(([text, { attributes }]) => `${text} ${JSON.stringify(attributes.largeCommunities)}`),
      ]),
    );
    return world.nodes.flatMap((node) =>
      tableOf(node, { table: 'received' })
        .filter(({ prefix, attributes }) => !alive.has(`${prefix} ${JSON.stringify(attributes.largeCommunities)}`))
        .map((row) => `${labelOf(node)} from ${row.peer}: ${rowText(row)}`),
    );
  },
};

export const ALL_QUIET: Check = {
  name: 'every session is up and silent',
  when: 'settled',
  run: (world, { quiet }) =>
    world.sides
      .filter((side) => !quiet.includes(side))
      .map((side) => `${labelOf(side)}: ${obstacle(world, side) ?? 'something still moves'}`),
};
