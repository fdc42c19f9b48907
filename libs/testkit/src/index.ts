export {
  createMemoryNetwork,
  type HostInterface,
  type HostOptions,
  type LinkShape,
  type MemoryHost,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  SeededRandom,
  type TranscriptEntry,
  VirtualClock,
} from '@bgp/speaker/simulation';
export { flowSpecAction, flowSpecRule } from './arbitraries/flowspec.ts';
export { anyFamily, capability, message, notification, open, routeRefresh, update } from './arbitraries/messages.ts';
export {
  asn,
  asPath,
  attributeEdit,
  chunksOf,
  ipv4Address,
  ipv4NextHop,
  ipv4Prefix,
  ipv6Prefix,
  pathAttributes,
  u32,
} from './arbitraries/wire.ts';
export {
  announcedAttributes,
  type EncodedTable,
  type EncodeTableOptions,
  encodeTable,
  encodeWithdrawals,
} from './table/encode-table.ts';
export { fullTable, type GeneratedTable, type TableOptions } from './table/generated-table.ts';
export { type TableRoute, tableRoute } from './table/table-routes.ts';
