import { IPV4_UNICAST } from '@bgp/wire';
import type { LinkPlan } from '../plan/types.ts';
import type { World, WorldNode } from './world.ts';

/** More than any prefix limit in the plan. */
export const FLOOD: readonly string[] = Array.from({ length: 70 }, (_, at) => `100.64.${at}.0/24`);
/** For what is under way when a disturbance ends. */
const GRACE_MS = 30_000;

/** The link's hold time and what may pass before it starts to run. */
export function holdMs(link: LinkPlan): number {
  const seconds = link.ends.map(({ peer }) => peer.holdTime);
  return Math.max(...seconds) * 1000 + GRACE_MS;
}

/** The link's transport has failed, and it takes until the hold time for both ends to see it. */
export function disturb(world: World, link: LinkPlan): void {
  world.explanations.trouble(link.id, holdMs(link));
}

export function unblock(world: World, link: LinkPlan): void {
  world.unblock(link, holdMs(link));
}

export function boot(world: World, node: WorldNode, isRestart: boolean): void {
  // RFC 4724 §4.2: a new connection in place of one that the neighbor still holds for good.
  for (const side of world.sides) if (side.self === node) disturb(world, side.link);
  world.boot(node, isRestart);
}

/** The program says that it will be back and ends; the node is down then. */
export function stopForRestart(world: World, node: WorldNode): boolean {
  const { life } = node;
  if (life === undefined) return false;
  for (const side of world.sides) {
    if (side.self !== node) continue;
    disturb(world, side.link);
    world.explanations.cease(side.link.id, 2, holdMs(side.link));
  }
  life.speaker.stop('upgrade', 'for-restart');
  world.network.runUntil(
    () => !life.speaker.status().running && life.host.events.some(({ type }) => type === 'speaker-stopped'),
    10_000,
  );
  world.crash(node, 'process');
  return true;
}

export function withdrawFlood(world: World, node: WorldNode): void {
  for (const prefix of FLOOD) world.withdraw(node, IPV4_UNICAST, prefix);
}

/** Whatever was done to the network is taken back, except for policies and routes. */
export function healAll(world: World): void {
  for (const link of world.links) {
    if (world.isBlocked(link)) unblock(world, link);
    world.reshape(link);
  }
  for (const node of world.nodes) {
    withdrawFlood(world, node);
    if (node.life === undefined) boot(world, node, false);
  }
  for (const { self, name, link, at } of world.sides) {
    const { speaker } = self.life!; // all are up by now
    const config = self.peers.get(name);
    if (config === undefined) {
      self.peers.set(name, link.ends[at].peer);
      const added = speaker.addPeer(link.ends[at].peer);
      if (!added.ok) throw new Error(added.error.message);
    } else if (!config.enabled || speaker.peer(name)?.state === 'Idle') {
      // Also those that a prefix limit has stopped, and those that wait out their idle hold time.
      self.peers.set(name, { ...config, enabled: true });
      speaker.enablePeer(name);
    }
  }
  // A maintenance ends. While it lasts, a route server that likes a member's routes least may have no stable choice: with seed 96 another
  // member prefers what the server offers, withdraws its own path for it, and so makes the server offer something else.
  const { leaving } = world;
  if (leaving?.self.plan.role === 'rs') {
    leaving.self.life?.speaker.setGracefulShutdown(leaving.name, false);
    world.leaving = undefined;
  }
}

/** What an operator does about sessions that a prefix limit has ended for good, once the flood is over. */
export function startStopped(world: World): void {
  for (const { self, name } of world.sides) {
    const { speaker } = self.life ?? {};
    const stays = self.peers.get(name)?.maxPrefixesRestartTime === 0;
    if (stays && speaker?.peer(name)?.state === 'Idle') speaker.enablePeer(name);
  }
}
