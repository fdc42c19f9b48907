import type { SeededRandom } from '@bgp/testkit';
import type { Dut } from '../../dut.ts';
import type { Announcement, ChurnPeer } from './peer.ts';
import { configToml, FIRST_SETTINGS, type Settings } from './settings.ts';

/** Sessions that one peer loses at most, as each is waited for longer than the last. */
const MOST_RESETS = 2;

/** A neighbor as the steps left it. */
export interface Neighbor {
  readonly peer: ChurnPeer;
  /** Our IPv6 address towards it. */
  readonly us6: string;
  readonly announced: Map<string, Announcement>;
  settings: Settings;
  /** RFC 8326 is switched on towards it. */
  isShuttingDown: boolean;
  isAlive: boolean;
  /** Sessions that a step has ended since our daemon started. */
  resets: number;
  /** In this round: it has no second one before the first is over. */
  wasReset: boolean;
}

/** What a random choice of the next step depends on, which is nothing but the steps before it. */
export class World {
  readonly random: SeededRandom;
  readonly dut: Dut;
  readonly neighbors: readonly Neighbor[];
  /** Routes of our own, by prefix. */
  readonly injected = new Map<string, object>();
  hasRestarted = false;

  constructor(random: SeededRandom, dut: Dut, peers: readonly (readonly [ChurnPeer, string])[]) {
    this.random = random;
    this.dut = dut;
    this.neighbors = peers.map(([peer, us6]) => neighbor(peer, us6));
  }

  /** Of those that run. */
  pickNeighbor(where: (neighbor: Neighbor) => boolean = () => true): Neighbor | undefined {
    const candidates = this.neighbors.filter((one) => one.isAlive && where(one));
    return candidates.length === 0 ? undefined : this.random.pick(candidates);
  }

  /** One whose session may end now. */
  pickForReset(where: (neighbor: Neighbor) => boolean = () => true): Neighbor | undefined {
    return this.pickNeighbor((one) => !one.wasReset && one.resets < MOST_RESETS && where(one));
  }

  /** One whose session no step of this round has ended. */
  pickSteady(where: (neighbor: Neighbor) => boolean = () => true): Neighbor | undefined {
    return this.pickNeighbor((one) => !one.wasReset && where(one));
  }

  /** Some of them, in any order, at most `most`. */
  pickSome<T>(values: readonly T[], most: number): T[] {
    const chosen = new Set<T>();
    for (let count = this.random.between(0, most); count > 0; count--) chosen.add(this.random.pick(values));
    return [...chosen];
  }

  /** Begins it. */
  reload(): void {
    this.dut.reload(configOf(this.neighbors));
  }

  /** Ends when it is done. */
  async reloaded(): Promise<void> {
    this.reload();
    await this.dut.ctl('config', 'reload'); // the same once more, and this is answered
  }
}

export function configOf(neighbors: readonly Pick<Neighbor, 'peer' | 'us6' | 'settings'>[]): string {
  return configToml(neighbors.map(({ peer, us6, settings }) => ({ ...peer, us6, settings })));
}

export function firstConfig(peers: readonly (readonly [ChurnPeer, string])[]): string {
  return configOf(peers.map(([peer, us6]) => ({ peer, us6, settings: FIRST_SETTINGS })));
}

function neighbor(peer: ChurnPeer, us6: string): Neighbor {
  return {
    peer,
    us6,
    announced: new Map(),
    settings: FIRST_SETTINGS,
    isShuttingDown: false,
    isAlive: true,
    resets: 0,
    wasReset: false,
  };
}

export function noteReset(neighbor: Neighbor): void {
  neighbor.resets++;
  neighbor.wasReset = true;
}
