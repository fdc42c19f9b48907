import type { Side, World } from '../world/world.ts';

/** What must hold. */
export interface Check {
  readonly name: string;
  /** `always`: after every step. `settled`: at the end, when nothing happens any more. */
  readonly when: 'always' | 'settled';
  /** Sentences about what does not hold. */
  run(world: World, look: Look): readonly string[];
}

export interface Look {
  /** Directions over which nothing is under way: both ends have the session, and the table was sent and has arrived. */
  readonly quiet: readonly Side[];
}
