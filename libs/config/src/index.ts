export { type FormatOptions, formatDiagnostics, formatNotices } from './diagnostics.ts';
export { type DocumentChange, diffDocuments } from './document-diff.ts';
export { configJsonSchema } from './json-schema.ts';
export { type LoadOptions, loadConfig, parseToml, resolveDynamicRange, resolveNeighbor, testPolicies } from './load.ts';
export { LoadCache } from './load-cache.ts';
export type { PolicyCoverage, PolicyTestOutcome, PolicyTestReport } from './policy-test-report.ts';
export type { ReadFile } from './prefix-lists.ts';
export { isSecretKey, REDACTED, redactSecrets } from './redact.ts';
export { configReference } from './reference.ts';
export { formatPath } from './report.ts';
export type { ConfigDocument } from './schema/root.ts';
export { renderToml } from './toml/render-document.ts';
export { type RewriteError, rewriteToml } from './toml/rewrite.ts';
export type {
  AccessMode,
  ApiRole,
  ApiTier,
  BmpCollectorConfig,
  BmpConfig,
  ConfigDiagnostic,
  ConfigErrorCode,
  ConfigNotice,
  DaemonConfig,
  EventHistoryConfig,
  GrpcConfig,
  GrpcTcpConfig,
  GrpcUdsConfig,
  HostPort,
  ListenConfig,
  ListenerAccessConfig,
  LogConfig,
  LogLevel,
  LookingGlassConfig,
  MrtConfig,
  MrtUpdatesConfig,
  RisLiveConfig,
  RpkiCacheConfig,
  RpkiConfig,
  TlsFiles,
} from './types.ts';
