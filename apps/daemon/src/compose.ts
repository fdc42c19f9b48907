import { setTimeout as delay } from 'node:timers/promises';
import { type AuthorizedCall, CallCounter, type ShutdownRequest } from '@bgp/api';
import {
  type DaemonConfig,
  type LoadCache,
  resolveDynamicRange,
  resolveNeighbor,
  type testPolicies,
} from '@bgp/config';
import { ConfigLifecycle, type LoadConfig } from '@bgp/lifecycle';
import { Speaker, type SpeakerEvent } from '@bgp/speaker';
import { createTelemetry, escapeText, logRecordFor } from '@bgp/telemetry';
import { nodeClock, nodeDiscovery, nodeTcp } from '@bgp/transport';
import { err, ok, type Result } from '@bgp/wire';
import { BmpExport } from './bmp/bmp-export.ts';
import { configFile, fileBesideLater, pathBeside, stateFiles } from './config-files.ts';
import { logConfigEvent } from './config-log.ts';
import { EventRecorder } from './events/event-recorder.ts';
import { isAtLeast, type Log } from './log.ts';
import { MrtDumps } from './mrt/mrt-dumps.ts';
import { MrtUpdates } from './mrt/mrt-updates.ts';
import { leaveRestartMarker, takeRestartMarker } from './restart-marker.ts';
import { logRpkiEvent } from './rpki/rpki-event.ts';
import { RpkiService } from './rpki/rpki-service.ts';
import { rtrConnections } from './rpki/rtr-connection.ts';
import { createRisLive } from './serve/ris-live.ts';
import { serve } from './serve.ts';
import type { StartError } from './start-error.ts';
import { prepareStateDir } from './state-dir.ts';

/** Sessions get this long to send their Cease and close; containers are killed after ten seconds. */
const SESSIONS_END_MS = 5_000;

/** A collector that does not read gets little: what waits for it is in its own buffer. */
const BMP_SOCKETS = { highWaterOctets: 262_144, lowWaterOctets: 65_536, connectTimeoutMs: 10_000, endTimeoutMs: 1_500 };
/** For what waits for collectors, and Termination. */
const BMP_ENDS_MS = 2_000;

/** What a slow disk may take for the last events. */
const EVENTS_END_MS = 1_000;

/** A dump that is being written is given up, which a disk that hangs may not notice. */
const DUMP_END_MS = 500;
/** What neighbors have sent is to reach the disk. */
const UPDATES_END_MS = 1_000;

export interface RunningDaemon {
  readonly endpoints: readonly string[];
  /** What the API's Shutdown asked for. */
  readonly stopRequested: Promise<ShutdownRequest>;
  /** Reads the configuration file again and applies what is different. */
  reload(): void;
  /**
   * Cease to every neighbor, then the listeners. Bounded in time; later calls join the first one. `for-restart`: neighbors with Graceful
   * Restart keep our routes for the next process.
   */
  stop(reason: string, how: 'for-good' | 'for-restart'): Promise<void>;
}

/** A configuration and where it came from. */
export interface LoadedConfig {
  readonly config: DaemonConfig;
  readonly text: string;
  readonly path: string;
  /** Another text of the same file. */
  readonly load: LoadConfig;
  /** What the tests beside the policies of another text say. */
  readonly test: (text: string) => ReturnType<typeof testPolicies>;
  /** Of `load`. */
  readonly cache: LoadCache;
}

/** Everything the daemon is made of, connected. What has been opened is closed again when a later part fails. */
export async function startDaemon(
  { config, text, path, load, test, cache }: LoadedConfig,
  version: string,
  log: Log,
): Promise<Result<RunningDaemon, StartError>> {
  const stateDir = prepareStateDir(config.runtimeStateDir);
  if (!stateDir.ok) return stateDir;

  const stopping = new AbortController();
  const stopRequest = Promise.withResolvers<ShutdownRequest>();
  const sessionsEnded = Promise.withResolvers<void>();
  const clock = nodeClock();
  const discovery = nodeDiscovery();
  const tcp = nodeTcp({ onNotice: ({ type, ...fields }) => log.write('warn', type, fields) });
  const calls = new CallCounter();
  const events = new EventRecorder({
    config: config.eventHistory,
    stateDir: config.runtimeStateDir,
    document: config.document,
    clock,
    log,
  });
  const telemetry = createTelemetry({
    speaker: () => speaker,
    eventLog: () => events.reading(),
    mrt: () => dumps.reading(),
    mrtUpdates: () => updates.reading(),
    more: () => calls.families(),
    lookingGlass: () => (config.lookingGlass === undefined ? undefined : glassRequests),
    risLive: () => risLive?.reading(),
    rpki: () => rpki?.reading(),
    bmp: () => bmp?.readings() ?? [],
  });
  const glassRequests = { answered: 0, refused: 0, too_fast: 0, broken_off: 0 };
  const risLive = config.risLive === undefined ? undefined : createRisLive(config.risLive, () => speaker);
  const restarting = takeRestartMarker(config.runtimeStateDir, clock.wallMs(), log);
  if (restarting !== undefined) log.write('info', 'restarting: routes wait for the neighbors', { ...restarting });
  const rpki: RpkiService | undefined =
    config.rpki === undefined
      ? undefined
      : new RpkiService({
          config: config.rpki,
          clock,
          open: rtrConnections(pathBeside(path)),
          readFile: fileBesideLater(path),
          changed: (change) => speaker.validationChanged(change),
          observe: (event) => logRpkiEvent(log, event),
        });
  const speaker: Speaker = new Speaker(
    { ...config.speaker, ...(restarting === undefined ? {} : { restarting }) },
    {
      clock,
      tcp,
      discovery,
      random: Math.random,
      ...(rpki === undefined ? {} : { validation: rpki.validation }),
      observe(event) {
        telemetry.observe(event);
        events.observe(event);
        logEvent(log, lifecycle.config, event);
        if (event.type === 'speaker-stopped') sessionsEnded.resolve();
      },
    },
  );
  const lifecycle: ConfigLifecycle = new ConfigLifecycle({
    text,
    config,
    load,
    speaker,
    file: configFile(path),
    state: stateFiles(config.runtimeStateDir),
    clock,
    observe(event) {
      logConfigEvent(log, event);
      // Other events can come while the life cycle is being made.
      events.observeConfig(event, event.type === 'config-applied' ? lifecycle.config.document : config.document);
      if (event.type !== 'config-applied') return;
      dumps.configure(lifecycle.config.mrt);
      updates.configure(lifecycle.config.mrt);
    },
  });
  const dumps = new MrtDumps(speaker, clock, log);
  const updates = new MrtUpdates(speaker, clock, log);
  const bmpTcp = nodeTcp(BMP_SOCKETS);
  const bmp =
    config.bmp === undefined
      ? undefined
      : new BmpExport({
          config: config.bmp,
          speaker,
          clock,
          tcp: bmpTcp,
          version,
          log: (level, message, fields) => log.write(level, message, fields),
        });
  let bound: readonly { readonly address: string; readonly port: number }[] = [];

  const serving = await serve(
    config,
    {
      speaker,
      ...(rpki === undefined ? {} : { rpki }),
      ...(bmp === undefined ? {} : { bmp: () => bmp.readings() }),
      mrt: dumps,
      events,
      metrics: () => telemetry.prometheus(),
      lifecycle,
      configPath: path,
      testPolicies: (other) => (other === undefined ? ok(lifecycle.config.policyTests) : test(other)),
      resolveNeighbor: (table) => resolveNeighbor(lifecycle.config, table, cache),
      resolveDynamicRange: (table) => resolveDynamicRange(lifecycle.config, table, cache),
      control: {
        version,
        ebgpRequiresPolicy: config.speaker.ebgpRequiresPolicy,
        listening: () => ({
          addresses: bound.map(({ address }) => address),
          port: bound[0]?.port ?? config.listen.port,
        }),
        wallMs: () => clock.wallMs(),
        memoryOctets: () => process.memoryUsage.rss(),
        stopping: stopping.signal,
        shutdown: stopRequest.resolve,
      },
    },
    {
      metrics: () => telemetry.prometheus(),
      isReady: () => speaker.status().running && !stopping.signal.aborted,
      onFailure: (target, error) => logFailure(log, 'metrics request failed', target, error),
    },
    {
      source: speaker,
      version,
      wallMs: () => clock.wallMs(),
      configuredAtMs: () => lifecycle.revision.atMs,
      count: (result) => {
        glassRequests[result]++;
      },
      onFailure: (target, error) => logFailure(log, 'looking glass request failed', target, error),
    },
    risLive,
    {
      onCall(call) {
        calls.add(call);
        logCall(log, lifecycle.config, call);
      },
      onTlsFailure: ({ remoteAddress, message }) =>
        log.write('info', 'API connection refused', {
          target: 'grpc_authz',
          remote_address: remoteAddress,
          error: message,
        }),
    },
  );
  if (!serving.ok) {
    telemetry.close();
    return serving;
  }
  const close = async () => {
    discovery.close();
    await Promise.all([tcp.close(), bmpTcp.close(), serving.value.close()]);
    telemetry.close();
  };

  const listening = await tcp.listen(config.listen.addresses, config.listen.port);
  if (!listening.ok) {
    await close();
    const { address, port, message } = listening.error;
    return err({ what: `BGP listener ${address.includes(':') ? `[${address}]` : address}:${port}`, message });
  }
  bound = listening.value;
  events.start(speaker, version);
  bmp?.start();
  updates.configure(config.mrt); // before the first session
  speaker.start();
  dumps.configure(config.mrt);
  rpki?.start();

  let stopped: Promise<void> | undefined;
  return ok({
    endpoints: [
      ...bound.map(({ address, port }) => `bgp://${address.includes(':') ? `[${address}]` : address}:${port}`),
      ...serving.value.endpoints,
    ],
    stopRequested: stopRequest.promise,
    reload() {
      void lifecycle.reload();
      const renewed = serving.value.renewTls();
      if (!renewed.ok) {
        log.write('error', 'certificates not renewed', { what: renewed.error.what, error: renewed.error.message });
      }
      rpki?.reloadFiles();
    },
    stop(reason, how) {
      stopped ??= (async () => {
        stopping.abort();
        rpki?.stop();
        lifecycle.close();
        const dumpsClosed = dumps.close();
        if (how === 'for-restart')
          leaveRestartMarker(config.runtimeStateDir, speaker.restartPlan(), clock.wallMs(), log);
        speaker.stop(reason, how);
        await Promise.race([sessionsEnded.promise, delay(SESSIONS_END_MS, undefined, { ref: false })]);
        await Promise.all([
          Promise.race([bmp?.stop(), delay(BMP_ENDS_MS, undefined, { ref: false })]),
          Promise.race([events.stop(reason), delay(EVENTS_END_MS, undefined, { ref: false })]),
          Promise.race([dumpsClosed, delay(DUMP_END_MS, undefined, { ref: false })]),
          // With the ends of the sessions in it.
          Promise.race([updates.close(), delay(UPDATES_END_MS, undefined, { ref: false })]),
        ]);
        await close();
      })();
      return stopped;
    },
  });
}

function logEvent(log: Log, { log: { level, levelByPeer } }: DaemonConfig, event: SpeakerEvent): void {
  const record = logRecordFor(event);
  const threshold = ('peer' in event ? levelByPeer[event.peer] : undefined) ?? level;
  if (isAtLeast(record.level, threshold)) log.write(record.level, record.message, record.fields);
}

function logFailure(log: Log, message: string, target: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.write('error', message, { request: escapeText(target), error: text });
}
const DENIED: ReadonlySet<string> = new Set([
  'authn_failed',
  'listener_tier_denied',
  'principal_unmapped',
  'role_tier_denied',
]);

/** Questions are routine, changes are worth a line, and what ends the process or was refused may need a person. */
function logCall(log: Log, { log: { level } }: DaemonConfig, { error, accessMode, ...call }: AuthorizedCall): void {
  const isDenied = DENIED.has(call.result);
  const isChange = call.tier === 'mutating' || call.tier === 'operator_only';
  const weight =
    error !== undefined ? 'error' : isDenied || call.tier === 'operator_only' ? 'warn' : isChange ? 'info' : 'debug';
  if (!isAtLeast(weight, level)) return;
  const cause =
    error === undefined ? {} : { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  log.write(weight, 'API call', { target: 'grpc_authz', ...call, access_mode: accessMode, ...cause });
}
