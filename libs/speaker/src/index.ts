export type { BestCounts, BestCountsCursor } from './best-counts.ts';
export type {
  AddPathConfig,
  DynamicRange,
  LocalAs,
  LocalRole,
  PeerConfig,
  PeerTemplate,
  PrefixLimit,
  Restarting,
  SpeakerConfig,
} from './config.ts';
export {
  type ChangeEffect,
  compareConfigs,
  type PeerChange,
  type RangeChange,
  type SpeakerChange,
} from './config-change.ts';
export type { ConfigPreview, ReceivedPreview, RouteChange } from './config-preview.ts';
export type { DownReason, SpeakerEvent } from './events.ts';
export type { BestExplanation } from './explain-best.ts';
export type { ExplainedPathOut, ExportExplanation, ImportExplanation } from './explain-policy.ts';
export { defaultPeerConfig } from './peer-defaults.ts';
export { peerKind } from './peer-kind.ts';
export type { PolicyHits } from './policy-hits.ts';
export type {
  AcceptedConnection,
  ClockPort,
  DiscoveryHandlers,
  DiscoveryPort,
  Ports,
  SocketAddress,
  TcpAoKey,
  TcpCloseReason,
  TcpHandle,
  TcpHandlers,
  TcpPort,
  TcpSecurity,
  TcpTarget,
  ValidationChange,
  ValidationPort,
} from './ports.ts';
export { Speaker, type SpeakerStatus } from './speaker.ts';
export type {
  FamilyCounts,
  GracefulRestartStatus,
  InjectedRoute,
  InjectedRule,
  JudgedCounters,
  MessageKind,
  PeerCounters,
  PeerStatus,
  PrefixLimitStatus,
  RibStatus,
  RouteEvent,
  RoutePage,
  RouteQuery,
  RouteRow,
  RouteTable,
  SpeakerError,
  WatchQuery,
  WorkStatus,
} from './status.ts';
export type { TableVisitor, TableWalk, WalkedPeer, WalkedPrefix, WalkedRoute } from './table-walk.ts';
export type {
  SpeakerTap,
  TapHandle,
  TapMessage,
  TapReader,
  TapRoutes,
  TapSession,
  TapSessionEnd,
  TapTable,
  TapWalkHandle,
} from './taps-types.ts';
