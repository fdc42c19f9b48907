export {
  type BgpMessage,
  decodeMrtBody,
  type MrtBody,
  type MrtPeer,
  type OtherBody,
  type PeerIndexTable,
  type Rib,
  type StateChange,
  type TableDump,
} from './body.ts';
export { BGP4MP_SUBTYPE, MRT_TYPE, TABLE_DUMP_V2_SUBTYPE } from './codes.ts';
export { formatMrtError, type MrtError } from './errors.ts';
export { DEFAULT_MAX_RECORD_OCTETS, MRT_HEADER_OCTETS, MrtFramer, type MrtRecord } from './framer.ts';
export { readMrt } from './read-mrt.ts';
export { RibEntryCursor } from './rib-entry-cursor.ts';
