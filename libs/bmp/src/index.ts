export { type CollectorCounters, CollectorQueue, type QueuedMessage } from './collector-queue.ts';
export { decodeBmp } from './decode.ts';
export { encodeBmp } from './encode.ts';
export { Exporter } from './exporter.ts';
export { BmpFramer, DEFAULT_MAX_BMP_OCTETS } from './framer.ts';
export { peerAddress, type TableKind, tableOf, usesTwoOctetAs } from './per-peer-header.ts';
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
