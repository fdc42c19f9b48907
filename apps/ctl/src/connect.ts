import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect as connectSocket } from 'node:net';
import {
  ConfigService,
  ControlService,
  GlobalService,
  InjectionService,
  NeighborService,
  PeerGroupService,
  PolicyService,
  RibService,
} from '@bgp/api-proto';
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { UsageError } from './usage-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;
export const DEFAULT_ADDRESS = 'unix:///var/lib/tsbgpd/grpc.sock';

export interface Clients {
  readonly global: Client<typeof GlobalService>;
  readonly neighbor: Client<typeof NeighborService>;
  readonly rib: Client<typeof RibService>;
  readonly injection: Client<typeof InjectionService>;
  readonly control: Client<typeof ControlService>;
  readonly config: Client<typeof ConfigService>;
  readonly policy: Client<typeof PolicyService>;
  readonly group: Client<typeof PeerGroupService>;
}

export function clientsOver(transport: Transport): Clients {
  return {
    global: createClient(GlobalService, transport),
    neighbor: createClient(NeighborService, transport),
    rib: createClient(RibService, transport),
    injection: createClient(InjectionService, transport),
    control: createClient(ControlService, transport),
    config: createClient(ConfigService, transport),
    policy: createClient(PolicyService, transport),
    group: createClient(PeerGroupService, transport),
  };
}

/** Nobody answers at the address. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export type Address = { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'http'; readonly url: URL };

/** `unix:///path`, `http://host:port`, `host:port`. */
export function parseAddress(text: string): Address {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    if (path.startsWith('/')) return { kind: 'unix', path };
    throw new UsageError(`--addr: "${text}" has no absolute path`, 'write unix:///var/lib/tsbgpd/grpc.sock');
  }
  if (text.startsWith('/')) return { kind: 'unix', path: text };
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url !== undefined && url.port !== '') return { kind: 'http', url };
  if (url !== undefined && /^https?:\/\/.+:(80|443)\/?$/.test(withScheme)) return { kind: 'http', url };
  throw new UsageError(`--addr: "${text}" is not an address`, 'write unix:///path or http://host:port');
}

/** Reaches the daemon once to tell "nobody there" from "there and refusing"; then one kept-alive connection serves all calls. */
export async function connectDaemon(address: Address, tokenFile: string | undefined): Promise<Clients> {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  await reach(address);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return clientsOver(
    createConnectTransport({
      httpVersion: '1.1',
      baseUrl: address.kind === 'unix' ? 'http://localhost' : address.url.origin,
      interceptors: token === undefined ? [] : [bearer(token)],
      nodeOptions: {
        ...(address.kind === 'http' && address.url.protocol === 'https:' ? {} : { agent }),
        ...(address.kind === 'unix' ? { socketPath: address.path } : {}),
      },
    }),
  );
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--token-file: cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
  if (token === '') throw new UsageError(`--token-file: ${file} is empty`);
  return token;
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}

function reach(address: Address): Promise<void> {
  const place = address.kind === 'unix' ? address.path : address.url.host;
  const fallbackPort = address.kind === 'http' && address.url.protocol === 'https:' ? 443 : 80;
  return new Promise((resolve, reject) => {
    const socket =
      address.kind === 'unix'
        ? connectSocket({ path: address.path })
        : connectSocket({
            host: address.url.hostname.replace(/^\[|\]$/g, ''),
            port: Number(address.url.port || fallbackPort),
          });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      socket.destroy();
      reject(new Unreachable(`no answer from ${place} within ${CONNECT_TIMEOUT_MS / 1000} s`));
    });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Unreachable(explain(error, place), { cause: error })),
    );
  });
}

function explain(error: NodeJS.ErrnoException, place: string): string {
  const why: Readonly<Record<string, string>> = {
    ENOENT: `there is no socket ${place}; is tsbgpd running, and is this its address (-s, TSBGPD_ADDR)?`,
    ECONNREFUSED: `nobody listens at ${place}; is tsbgpd running?`,
    EACCES: `no permission to use ${place}; the socket belongs to another user`,
    ENOTSOCK: `${place} is not a socket`,
  };
  return why[error.code ?? ''] ?? `cannot reach ${place}: ${error.message}`;
}
