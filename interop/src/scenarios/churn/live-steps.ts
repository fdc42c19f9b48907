import type { Action } from './action.ts';
import { EXPORT_POLICIES, IMPORT_POLICIES, type Settings } from './settings.ts';
import type { World } from './world.ts';

export function importChain(world: World): Action | undefined {
  return change(world, { importChain: world.pickSome(IMPORT_POLICIES, 2) });
}

export function exportChain(world: World): Action | undefined {
  return change(world, { exportChain: world.pickSome(EXPORT_POLICIES, 2) });
}

export function privateAses(world: World): Action | undefined {
  return change(world, { removePrivateAs: world.random.pick(['no', 'remove', 'all', 'replace']) });
}

export function asOverride(world: World): Action | undefined {
  return change(world, { asOverride: world.random.pick([true, false]) });
}

export function maxPrefixesOut(world: World): Action | undefined {
  return change(world, { maxPrefixesOut: world.random.pick([0, 2, 4]) });
}

function change(world: World, settings: Partial<Settings>): Action | undefined {
  const neighbor = world.pickNeighbor();
  if (neighbor === undefined) return undefined;
  neighbor.settings = { ...neighbor.settings, ...settings };
  const after = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return { text: `reload: for ${neighbor.peer.name} ${after.join(', ')}`, run: () => world.reload() };
}

export function softResetIn(world: World): Action | undefined {
  const neighbor = world.pickSteady();
  if (neighbor === undefined) return undefined;
  const { name, address } = neighbor.peer;
  return {
    text: `we judge ${name}'s routes again`,
    run: () => world.dut.rpc('NeighborService/SoftResetIn', { address }),
  };
}

export function peerAsksAgain(world: World): Action | undefined {
  const peer = world.pickSteady()?.peer;
  if (peer === undefined) return undefined;
  return { text: `${peer.name} asks for our routes again`, run: () => peer.askAgain() };
}

export function peerSendsAgain(world: World): Action | undefined {
  const peer = world.pickSteady(({ peer }) => peer.sendAgain !== undefined)?.peer;
  if (peer === undefined) return undefined;
  return { text: `${peer.name} sends its routes again`, run: () => peer.sendAgain?.() };
}

export function gracefulShutdown(world: World): Action | undefined {
  const neighbor = world.pickNeighbor();
  if (neighbor === undefined) return undefined;
  neighbor.isShuttingDown = !neighbor.isShuttingDown;
  const { isShuttingDown: enabled, peer } = neighbor;
  return {
    text: `graceful shutdown towards ${peer.name} ${enabled ? 'on' : 'off'}`,
    run: () => world.dut.rpc('NeighborService/SetGracefulShutdown', { address: peer.address, enabled }),
  };
}
