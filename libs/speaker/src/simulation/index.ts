export type { LinkShape } from './memory-connection.ts';
export {
  createMemoryNetwork,
  type HostInterface,
  type HostOptions,
  type MemoryHost,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  type TranscriptEntry,
} from './memory-network.ts';
export { SeededRandom } from './seeded-random.ts';
export { VirtualClock } from './virtual-clock.ts';
