export {
  type CollectorCounters,
  type CollectorDrops,
  CollectorQueue,
  type DropCounts,
  type QueuedMessage,
} from './collector-queue.ts';
export { decodeBmp } from './decode.ts';
export { encodeBmp } from './encode.ts';
export { ALL_TABLES, type CollectorWants, Exporter, MIRRORING_CODE } from './exporter.ts';
export { BmpFramer, DEFAULT_MAX_BMP_OCTETS } from './framer.ts';
export { peerAddress, type TableKind, tableOf, usesTwoOctetAs } from './per-peer-header.ts';
export { type Fingerprint, FingerprintSum } from './station/fingerprint.ts';
export { type MonitoredRoute, MonitoredTable } from './station/monitored-table.ts';
export { Station, type StationCounters, type StationError } from './station/station.ts';
export { MonitoredPeer, type MonitoredPeerId } from './station/station-peer.ts';
export { STATISTICS } from './statistics.ts';
export {
  BMP_TYPE,
  type BmpEncodeError,
  type BmpError,
  type BmpMessage,
  INFORMATION_TLV,
  MIRRORING_TLV,
  PEER_DOWN_REASON,
  PEER_FLAG,
  PEER_TYPE,
  type PerPeerHeader,
  type Statistic,
  TERMINATION_TLV,
  type Tlv,
} from './types.ts';
