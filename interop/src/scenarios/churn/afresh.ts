import assert from 'node:assert/strict';
import { linesOf, ours } from './path-seen.ts';
import type { World } from './world.ts';

/** Peer by peer what we say that it was sent. */
export async function advertisedTables({ dut, neighbors }: World): Promise<string[]> {
  const table = async (name: string, address: string) =>
    linesOf((await dut.advertised(address)).map(ours)).map((line) => `${name}: ${line}`);
  return (await Promise.all(neighbors.map(({ peer }) => table(peer.name, peer.address)))).flat();
}

/** Without the one setting for which it matters what came first. */
export function withoutHistory(world: World): Promise<void> {
  for (const neighbor of world.neighbors) neighbor.settings = { ...neighbor.settings, maxPrefixesOut: 0 };
  return world.reloaded();
}

/** Our daemon starts with the configuration that it has come to, and is told what was ever said to it over the API and still holds. */
export async function startAfresh({ dut, neighbors, injected }: World): Promise<void> {
  await dut.end('SIGTERM');
  await dut.launch();
  for (const neighbor of neighbors) {
    neighbor.resets = 0;
    if (!neighbor.isShuttingDown) continue;
    await dut.rpc('NeighborService/SetGracefulShutdown', { address: neighbor.peer.address, enabled: true });
  }
  await Promise.all([...injected.values()].map((route) => dut.rpc('InjectionService/AddPath', route)));
}

/** Changes, one by one, have led to where a start with all of them leads. */
export async function isAsBefore(world: World, before: readonly string[]): Promise<void> {
  assert.deepEqual(await advertisedTables(world), before);
}
