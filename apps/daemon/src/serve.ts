import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { type ApiDependencies, type AuthorizedCall, createAuthorizer, registerServices } from '@bgp/api';
import type { DaemonConfig, ListenerAccessConfig, TlsFiles } from '@bgp/config';
import { err, ok, type Result } from '@bgp/wire';
import { callerOf } from './serve/certificate-principal.ts';
import { createConnectHandler } from './serve/connect-handler.ts';
import { createHttpEndpoints, type HttpEndpoints } from './serve/http-endpoints.ts';
import { createLookingGlass, type LookingGlassOptions } from './serve/looking-glass.ts';
import { ProtocolSwitch, type TlsFailure } from './serve/protocol-switch.ts';
import { refuseCall } from './serve/refuse.ts';
import type { RisLive } from './serve/ris-live.ts';
import { listenTcp } from './serve/tcp-listen.ts';
import { readTlsFiles } from './serve/tls-files.ts';
import { listenUnix } from './serve/unix-socket.ts';
import type { StartError } from './start-error.ts';

const CLOSE_GRACE_MS = 1_000;

export interface Serving {
  /** Where the listeners really are, for logs and tests. */
  readonly endpoints: readonly string[];
  /** Reads certificates again, for connections that come; an error leaves those in force that were. */
  renewTls(): Result<void, StartError>;
  close(): Promise<void>;
}

export interface ServeObservers {
  readonly onCall: (call: AuthorizedCall) => void;
  readonly onTlsFailure: (failure: TlsFailure) => void;
}

/** The API on each configured listener, and the HTTP endpoints. All or none. */
export async function serve(
  config: DaemonConfig,
  api: ApiDependencies,
  http: HttpEndpoints,
  glass: Omit<LookingGlassOptions, 'config'>,
  risLive: RisLive | undefined,
  observers: ServeObservers,
): Promise<Result<Serving, StartError>> {
  const endpoints: string[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async () => void (await Promise.all(closers.map((one) => one())));
  const fail = async (error: StartError) => {
    await close();
    return err(error);
  };

  let secured: { readonly files: TlsFiles; readonly listener: ProtocolSwitch } | undefined;
  const { uds, tcp } = config.grpc;
  if (uds !== undefined) {
    const made = apiListener('unix', uds, undefined, config.roles, api, observers);
    if (!made.ok) return fail(made.error);
    const bound = await listenUnix(made.value.server, uds.path, uds.mode);
    if (!bound.ok) return fail(bound.error);
    closers.push(() => made.value.close(CLOSE_GRACE_MS));
    endpoints.push(`unix://${uds.path}`);
  }
  if (tcp !== undefined) {
    const context = tcp.tls === undefined ? ok(undefined) : readTlsFiles(tcp.tls);
    if (!context.ok) return fail(context.error);
    const made = apiListener('tcp', tcp, context.value, config.roles, api, observers);
    if (!made.ok) return fail(made.error);
    if (tcp.tls !== undefined) secured = { files: tcp.tls, listener: made.value };
    const bound = await listenTcp(made.value.server, tcp.host, tcp.port, 'API listener');
    if (!bound.ok) return fail(bound.error);
    closers.push(() => made.value.close(CLOSE_GRACE_MS));
    endpoints.push(httpUrl(bound.value, tcp.tls === undefined ? 'http' : 'https'));
  }
  if (config.prometheus !== undefined) {
    const server = createHttpEndpoints(http);
    const bound = await listenTcp(server, config.prometheus.host, config.prometheus.port, 'metrics listener');
    if (!bound.ok) return fail(bound.error);
    closers.push(() => closeHttp(server));
    endpoints.push(`${httpUrl(bound.value)}/metrics`);
  }
  if (config.lookingGlass !== undefined) {
    const { host, port } = config.lookingGlass;
    const server = createLookingGlass({ ...glass, config: config.lookingGlass });
    const bound = await listenTcp(server, host, port, 'looking glass');
    if (!bound.ok) return fail(bound.error);
    closers.push(() => closeHttp(server));
    endpoints.push(`${httpUrl(bound.value)}/status`);
  }
  if (config.risLive !== undefined && risLive !== undefined) {
    const { host, port, path } = config.risLive;
    const bound = await listenTcp(risLive.server, host, port, 'live stream');
    if (!bound.ok) return fail(bound.error);
    closers.push(() => risLive.close());
    endpoints.push(`${httpUrl(bound.value).replace('http', 'ws')}${path}`);
  }
  const renewTls = () => {
    if (secured === undefined) return ok(undefined);
    const context = readTlsFiles(secured.files);
    if (!context.ok) return context;
    secured.listener.renew(context.value);
    return ok(undefined);
  };
  return ok({ endpoints, renewTls, close });
}

function apiListener(
  listener: 'unix' | 'tcp',
  { accessMode, tokenFile, maxTier, principal }: ListenerAccessConfig,
  tls: SecureContextOptions | undefined,
  roles: DaemonConfig['roles'],
  api: ApiDependencies,
  { onCall, onTlsFailure }: ServeObservers,
): Result<ProtocolSwitch, StartError> {
  const token = tokenFile === undefined ? ok(undefined) : readToken(tokenFile);
  if (!token.ok) return token;
  const authorizer = createAuthorizer({
    listener,
    accessMode,
    onCall,
    ...(token.value === undefined ? {} : { token: token.value }),
    ...(maxTier === undefined ? {} : { maxTier }),
    ...(principal === undefined ? {} : { principal }),
    ...(roles === undefined ? {} : { roles }),
    ...(tls === undefined ? {} : { identifiedBy: 'certificate' as const }),
  });
  const describe = (method: string) => ({ listener, accessMode, authn: authorizer.authn, method }) as const;
  const handle = createConnectHandler({
    routes: (router) => registerServices(router, api),
    interceptors: [authorizer.interceptor],
    compresses: listener === 'tcp',
    ...(tls === undefined ? {} : { callerOf }),
    onFailure: (method, error) =>
      onCall({ ...describe(method), tier: 'operator_only', result: 'answer_failed', error }),
    onStalled: (method) => onCall({ ...describe(method), tier: 'operator_only', result: 'answer_cut_off' }),
  });
  return ok(
    new ProtocolSwitch(
      (request, response) => {
        const refusal = authorizer.refuse(request.headers.authorization);
        if (refusal === undefined) return handle(request, response);
        onCall({ ...describe(request.url ?? ''), tier: 'operator_only', result: 'authn_failed' });
        refuseCall(request, response, refusal);
      },
      tls === undefined ? undefined : { context: tls, onFailure: onTlsFailure },
    ),
  );
}

function readToken(file: string): Result<string, StartError> {
  try {
    const token = readFileSync(file, 'utf8').trim();
    return token === '' ? err({ what: `token_file ${file}`, message: 'the file is empty' }) : ok(token);
  } catch (error) {
    return err({ what: `token_file ${file}`, message: error instanceof Error ? error.message : String(error) });
  }
}

function httpUrl({ address, port }: { readonly address: string; readonly port: number }, scheme = 'http'): string {
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function closeHttp(server: Server & { closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
