import type { Action } from './action.ts';
import {
  asOverride,
  exportChain,
  gracefulShutdown,
  importChain,
  maxPrefixesOut,
  peerAsksAgain,
  peerSendsAgain,
  privateAses,
  softResetIn,
} from './live-steps.ts';
import { announce, deleteInjected, deleteMany, inject, injectMany, withdraw } from './route-steps.ts';
import { kill, otherConfiguration, peerResets, tooManyPrefixes, weReset, weRestart } from './session-steps.ts';
import type { World } from './world.ts';

/** A kind of step. */
interface Step {
  /** How often it is drawn, compared with the others. */
  readonly weight: number;
  /** Chooses what to do and notes it in the world; undefined: there is nothing now that it could be done to. */
  draw(world: World): Action | undefined;
}

const STEPS: readonly Step[] = [
  { weight: 14, draw: announce },
  { weight: 7, draw: withdraw },
  { weight: 5, draw: inject },
  { weight: 3, draw: deleteInjected },
  { weight: 2, draw: injectMany },
  { weight: 1, draw: deleteMany },
  { weight: 4, draw: importChain },
  { weight: 5, draw: exportChain },
  { weight: 3, draw: privateAses },
  { weight: 2, draw: asOverride },
  { weight: 3, draw: maxPrefixesOut },
  { weight: 3, draw: softResetIn },
  { weight: 3, draw: peerAsksAgain },
  { weight: 3, draw: peerSendsAgain },
  { weight: 3, draw: gracefulShutdown },
  { weight: 1, draw: peerResets },
  { weight: 1, draw: weReset },
  { weight: 1, draw: otherConfiguration },
  { weight: 1, draw: tooManyPrefixes },
  { weight: 2, draw: kill },
  { weight: 0.5, draw: weRestart },
];

export function drawAction(world: World): Action {
  for (;;) {
    let at = world.random.next() * STEPS.reduce((sum, { weight }) => sum + weight, 0);
    const step = STEPS.find(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    const action = step?.draw(world);
    if (action !== undefined) return action;
  }
}
