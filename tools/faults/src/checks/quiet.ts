import { formatFamily } from '@bgp/wire';
import type { Side, World } from '../world/world.ts';

/** Longer than a full socket holds a neighbor's update group up, and than a round trip on a normal link. */
const WINDOW_MS = 700;

/** So few octets under way on a normal link, where no message takes as long as the window, are a keepalive. */
const KEEPALIVE_OCTETS = 19;

/** Runs a moment on and returns the directions in which nothing moved. */
export function findQuiet(world: World): Side[] {
  const before = world.sides.map((side) => stateOf(world, side));
  world.network.runFor(WINDOW_MS);
  return world.sides.filter((side, at) => {
    const state = stateOf(world, side);
    return state !== undefined && state === before[at];
  });
}

/** Changes with everything that goes from here to the other end; undefined while the direction cannot be compared. */
function stateOf(world: World, side: Side): string | undefined {
  if (obstacle(world, side) !== undefined) return undefined;
  const [here, there] = [world.status(side), world.status(world.reverse(side))];
  return `${here?.counters.messagesSent.update} ${there?.counters.messagesReceived.update} ${here?.counters.established}`;
}

/** Why a direction cannot be compared. */
export function obstacle(world: World, side: Side): string | undefined {
  const back = world.reverse(side);
  const [here, there] = [world.status(side), world.status(back)];
  if (world.isBlocked(side.link)) return 'the link is silent';
  if (here?.negotiated === undefined || there?.negotiated === undefined) return 'there is no session';
  if (here.state !== 'Established' || there.state !== 'Established') return 'there is no session';
  const mayWait = world.slow.has(side.link.id) ? 0 : KEEPALIVE_OCTETS;
  if (Math.max(here.queuedOctets, there.queuedOctets) > mayWait) return 'octets are under way';
  const isSame = here.local?.port === there.remote?.port && here.remote?.port === there.local?.port;
  if (!isSame) return 'each end has another connection';
  const [sent, received] = [world.session(side)?.endOfRibSent, world.session(back)?.endOfRibReceived];
  for (const family of here.negotiated.families) {
    if (sent?.has(family) !== true) return `no End-of-RIB of ${formatFamily(family)} has been sent`;
    if (received?.has(family) !== true) return `no End-of-RIB of ${formatFamily(family)} has arrived`;
  }
  return undefined;
}
