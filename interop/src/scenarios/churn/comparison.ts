import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Dut, RouteJson } from '../../dut.ts';
import { jsonLines } from '../../lab/log-lines.ts';
import { pause } from '../../lab/shell.ts';
import { linesOf, ours, type PathSeen } from './path-seen.ts';
import { afterImport } from './settings.ts';
import type { Neighbor, World } from './world.ts';

/** So long nothing has been sent or received: FRR gathers changes for up to a second. */
const QUIET_MS = 1500;

/** Every session is up and nobody says anything about routes any more. */
export async function isQuiet(world: World): Promise<void> {
  await allUp(world);
  const before = await routeMessages(world.dut);
  await pause(QUIET_MS);
  assert.equal(await routeMessages(world.dut), before, 'routes are still on the way');
  await allUp(world); // one may only have been about to end
}

async function allUp({ dut, neighbors }: World): Promise<void> {
  for (const { peer } of neighbors) {
    const { state } = await dut.neighbor(peer.address);
    assert.equal(state, 'SESSION_STATE_ESTABLISHED', peer.name);
  }
}

/** The counters of the messages that are about routes, one per line. */
async function routeMessages(dut: Dut): Promise<string> {
  const { prometheusText } = await dut.rpc<{ prometheusText: string }>('ControlService/GetMetrics');
  const lines = prometheusText.split('\n');
  return lines.filter((line) => /^bgp_messages_\w+_total.*type="(update|route_refresh)"/.test(line)).join('\n');
}

/** Both ends of every session say the same of what went over it. */
export async function compareTables({ dut, neighbors }: World): Promise<void> {
  const differences: string[] = [];
  for (const { peer, settings, isShuttingDown } of neighbors) {
    const [advertised, atPeer, received, ofPeer] = await Promise.all([
      dut.advertised(peer.address),
      peer.received(),
      dut.received(peer.address),
      peer.announced(),
    ]);
    const lines = (paths: readonly PathSeen[]) =>
      linesOf(
        peer.tellsMedZero ? paths : paths.map((path) => ({ ...path, med: path.med === 0 ? undefined : path.med })),
      );
    const here = (routes: readonly RouteJson[]) => lines(routes.map(ours));
    const imported = lines(ofPeer.map((path) => afterImport(path, settings.importChain, isShuttingDown)));
    differences.push(
      ...missing(`advertised to ${peer.name}, which does not have it`, here(advertised), lines(atPeer)),
      ...missing(`${peer.name} has it from us, we do not say so`, lines(atPeer), here(advertised)),
      ...missing(`${peer.name} announces it, we have not received it`, imported, here(received)),
      ...missing(`received from ${peer.name}, which does not announce it`, here(received), imported),
    );
  }
  assert.equal(differences.length, 0, differences.join('\n'));
}

/** As sets with counts: two equal paths are two. */
function missing(what: string, from: readonly string[], within: readonly string[]): string[] {
  const left = [...within];
  return from.flatMap((line) => {
    const at = left.indexOf(line);
    if (at < 0) return [`${what}: ${line}`];
    left.splice(at, 1);
    return [];
  });
}

/** No session was lost that no step has ended. */
export async function compareFlaps({ dut, neighbors }: World): Promise<void> {
  const flaps = async ({ peer }: Neighbor) => [peer.name, Number((await dut.neighbor(peer.address)).flapCount ?? 0)];
  assert.deepEqual(
    await Promise.all(neighbors.map(flaps)),
    neighbors.map(({ peer, resets }) => [peer.name, resets]),
  );
}

export async function hasNoComplaint({ dut }: World): Promise<void> {
  const lines = jsonLines<{ readonly level: unknown }>(join(dut.node.folder, 'log', 'tsbgpd.log'));
  const errors = lines.filter(({ level }) => level === 'error' || Number(level) >= 50);
  assert.deepEqual(errors, []);
  const found = (await dut.ctl('doctor')).split('\n').filter((line) => line.startsWith('✗'));
  assert.deepEqual(found, []);
}
