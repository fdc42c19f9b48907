export type { LinkShape } from './network/memory-connection.ts';
export {
  createMemoryNetwork,
  type HostOptions,
  type MemoryHost,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type TranscriptEntry,
} from './network/memory-network.ts';
export { VirtualClock } from './network/virtual-clock.ts';
export { SeededRandom } from './random/seeded-random.ts';
