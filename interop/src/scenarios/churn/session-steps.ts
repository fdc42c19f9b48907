import { pause } from '../../lab/shell.ts';
import type { Action } from './action.ts';
import { type Neighbor, noteReset, type World } from './world.ts';

export function peerResets(world: World): Action | undefined {
  const neighbor = world.pickForReset();
  if (neighbor === undefined) return undefined;
  noteReset(neighbor);
  return { text: `${neighbor.peer.name} resets the session`, run: () => neighbor.peer.reset() };
}

export function weReset(world: World): Action | undefined {
  const neighbor = world.pickForReset();
  if (neighbor === undefined) return undefined;
  noteReset(neighbor);
  const { name, address } = neighbor.peer;
  return {
    text: `we disable ${name} and enable it again`,
    async run() {
      await world.dut.rpc('NeighborService/DisableNeighbor', { address });
      await world.dut.rpc('NeighborService/EnableNeighbor', { address });
    },
  };
}

/** A change that a session cannot live with, because what it decides about is not kept. */
export function otherConfiguration(world: World): Action | undefined {
  const neighbor = world.pickForReset();
  if (neighbor === undefined) return undefined;
  noteReset(neighbor);
  const enforceFirstAs = !neighbor.settings.enforceFirstAs;
  neighbor.settings = { ...neighbor.settings, enforceFirstAs };
  return {
    text: `reload: for ${neighbor.peer.name} enforceFirstAs = ${enforceFirstAs}, which needs a new session`,
    run: () => world.reload(),
  };
}

/** A limit that is below what is there. It is taken away again, and the session comes back. */
export function tooManyPrefixes(world: World): Action | undefined {
  const neighbor = world.pickForReset(({ announced }) => announced.size > 1);
  if (neighbor === undefined) return undefined;
  noteReset(neighbor);
  return {
    text: `reload: ${neighbor.peer.name} has more prefixes than it may, then it may again`,
    async run() {
      neighbor.settings = { ...neighbor.settings, maxPrefixes: 1 };
      world.reload();
      await down(world, neighbor);
      neighbor.settings = { ...neighbor.settings, maxPrefixes: 0 };
      await world.reloaded();
      await world.dut.rpc('NeighborService/EnableNeighbor', { address: neighbor.peer.address });
    },
  };
}

async function down(world: World, { peer }: Neighbor): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    if ((await world.dut.neighbor(peer.address)).state !== 'SESSION_STATE_ESTABLISHED') return;
    await pause(250);
  }
  throw new Error(`the session with ${peer.name} is still up`);
}

/** It is started again at the end of the round. */
export function kill(world: World): Action | undefined {
  const neighbor = world.pickForReset();
  if (neighbor === undefined) return undefined;
  noteReset(neighbor);
  neighbor.isAlive = false;
  if (!neighbor.peer.remembersAnnouncements) neighbor.announced.clear();
  return { text: `${neighbor.peer.name} is killed`, run: () => neighbor.peer.kill() };
}

/** A promised restart (RFC 4724): the peers that can keep our routes do. What was injected is gone, and what was set over the API. */
export function weRestart(world: World): Action | undefined {
  if (world.hasRestarted) return undefined;
  world.hasRestarted = true;
  world.injected.clear();
  for (const neighbor of world.neighbors) {
    neighbor.isShuttingDown = false;
    neighbor.wasReset = true;
    neighbor.resets = 0;
  }
  return {
    text: 'our daemon restarts',
    async run() {
      await world.dut.end('SIGTERM');
      await world.dut.launch();
    },
  };
}
