export { CALLS_METRIC } from './calls-metric.ts';
export { escapeText } from './escape-text.ts';
export { type Labels, METRICS_CONTENT_TYPE, type MetricFamily, renderMetrics, type Sample } from './exposition.ts';
export { logRecordFor } from './log.ts';
export { nodeProcessProbe } from './process-probe.ts';
export { createTelemetry } from './telemetry.ts';
export type {
  BmpCollectorReading,
  EventLogReading,
  LogLevel,
  LogRecord,
  LogValue,
  LookingGlassReading,
  LoopDelay,
  MrtReading,
  MrtUpdatesReading,
  ProcessProbe,
  ProcessReading,
  RisLiveReading,
  RpkiReading,
  Telemetry,
  TelemetryOptions,
  TelemetrySource,
} from './types.ts';
