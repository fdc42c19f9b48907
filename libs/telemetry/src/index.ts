export type {
  LogLevel,
  LogRecord,
  LogValue,
  LoopDelay,
  ProcessProbe,
  ProcessReading,
  Telemetry,
  TelemetryOptions,
  TelemetrySource,
} from './types.ts';
