export type {
  AccessMode,
  ConfigDiagnostic,
  ConfigErrorCode,
  ConfigNotice,
  DaemonConfig,
  GrpcConfig,
  GrpcTcpConfig,
  GrpcUdsConfig,
  HostPort,
  ListenConfig,
  LogConfig,
  LogLevel,
} from './types.ts';
