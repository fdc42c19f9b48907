import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { type ApiDependencies, type AuthorizedCall, createAuthorizer, registerServices } from '@bgp/api';
import type { DaemonConfig } from '@bgp/config';
import { err, ok, type Result } from '@bgp/wire';
import { createConnectHandler } from './serve/connect-handler.ts';
import { createHttpEndpoints, type HttpEndpoints } from './serve/http-endpoints.ts';
import { createLookingGlass, type LookingGlassOptions } from './serve/looking-glass.ts';
import { ProtocolSwitch } from './serve/protocol-switch.ts';
import { refuseCall } from './serve/refuse.ts';
import { listenTcp } from './serve/tcp-listen.ts';
import { listenUnix } from './serve/unix-socket.ts';
import type { StartError } from './start-error.ts';

const CLOSE_GRACE_MS = 1_000;

export interface Serving {
  /** Where the listeners really are, for logs and tests. */
  readonly endpoints: readonly string[];
  close(): Promise<void>;
}

type OnCall = (call: AuthorizedCall) => void;

/** The API on each configured listener, and the HTTP endpoints. All or none. */
export async function serve(
  config: DaemonConfig,
  api: ApiDependencies,
  http: HttpEndpoints,
  glass: Omit<LookingGlassOptions, 'config'>,
  onCall: OnCall,
): Promise<Result<Serving, StartError>> {
  const endpoints: string[] = [];
  const closers: (() => Promise<void>)[] = [];
  const close = async () => void (await Promise.all(closers.map((one) => one())));
  const fail = async (error: StartError) => {
    await close();
    return err(error);
  };

  const { uds, tcp } = config.grpc;
  if (uds !== undefined) {
    const made = apiListener('unix', uds, api, onCall);
    if (!made.ok) return fail(made.error);
    const bound = await listenUnix(made.value.server, uds.path, uds.mode);
    if (!bound.ok) return fail(bound.error);
    closers.push(() => made.value.close(CLOSE_GRACE_MS));
    endpoints.push(`unix://${uds.path}`);
  }
  if (tcp !== undefined) {
    const made = apiListener('tcp', tcp, api, onCall);
    if (!made.ok) return fail(made.error);
    const bound = await listenTcp(made.value.server, tcp.host, tcp.port, 'API listener');
    if (!bound.ok) return fail(bound.error);
    closers.push(() => made.value.close(CLOSE_GRACE_MS));
    endpoints.push(httpUrl(bound.value));
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
  return ok({ endpoints, close });
}

function apiListener(
  listener: 'unix' | 'tcp',
  { accessMode, tokenFile }: { readonly accessMode: 'read_write' | 'read_only'; readonly tokenFile?: string },
  api: ApiDependencies,
  onCall: OnCall,
): Result<ProtocolSwitch, StartError> {
  const token = tokenFile === undefined ? ok(undefined) : readToken(tokenFile);
  if (!token.ok) return token;
  const authorizer = createAuthorizer({
    listener,
    accessMode,
    onCall,
    ...(token.value === undefined ? {} : { token: token.value }),
  });
  const describe = (method: string) => ({ listener, accessMode, authn: authorizer.authn, method }) as const;
  const handle = createConnectHandler({
    routes: (router) => registerServices(router, api),
    interceptors: [authorizer.interceptor],
    onFailure: (method, error) =>
      onCall({ ...describe(method), tier: 'operator_only', result: 'answer_failed', error }),
  });
  return ok(
    new ProtocolSwitch((request, response) => {
      const refusal = authorizer.refuse(request.headers.authorization);
      if (refusal === undefined) return handle(request, response);
      onCall({ ...describe(request.url ?? ''), tier: 'operator_only', result: 'authn_failed' });
      refuseCall(request, response, refusal);
    }),
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

function httpUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function closeHttp(server: Server & { closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
