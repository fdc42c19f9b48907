import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import {
  BmpService,
  ConfigService,
  ControlService,
  EventService,
  GlobalService,
  InjectionService,
  NeighborService,
  PeerGroupService,
  PolicyService,
  RibService,
  RpkiService,
} from '@bgp/api-proto';
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { UsageError } from './usage-error.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const REFUSAL_TIME_MS = 100;
export const DEFAULT_ADDRESS = 'unix:///var/lib/tsbgpd/grpc.sock';

export interface Clients {
  readonly global: Client<typeof GlobalService>;
  readonly neighbor: Client<typeof NeighborService>;
  readonly rib: Client<typeof RibService>;
  readonly event: Client<typeof EventService>;
  readonly rpki: Client<typeof RpkiService>;
  readonly bmp: Client<typeof BmpService>;
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
    event: createClient(EventService, transport),
    rpki: createClient(RpkiService, transport),
    bmp: createClient(BmpService, transport),
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

/** How we show who we are. */
export interface Credentials {
  readonly tokenFile?: string | undefined;
  readonly tls: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
}

/** Reaches the daemon once to tell "nobody there" from "there and refusing"; then one kept-alive connection serves all calls. */
export async function connectDaemon(address: Address, { tokenFile, tls }: Credentials): Promise<Clients> {
  const token = tokenFile === undefined ? undefined : readSecret('--token-file', tokenFile).trim();
  if (token === '') throw new UsageError(`--token-file: ${tokenFile} is empty`);
  const isTls = address.kind === 'http' && address.url.protocol === 'https:';
  const given = Object.values(tls).some((file) => file !== undefined);
  if (given && !isTls) throw new UsageError('--tls-*: the address is not https://', 'write --addr https://host:port');
  const files = isTls ? readTlsFiles(tls) : {};
  await reach(address, isTls ? files : undefined);
  const options = { keepAlive: true, maxSockets: 4 };
  const agent = isTls ? new HttpsAgent({ ...options, ...files }) : new Agent(options);
  return clientsOver(
    createConnectTransport({
      httpVersion: '1.1',
      baseUrl: address.kind === 'unix' ? 'http://localhost' : address.url.origin,
      interceptors: token === undefined ? [] : [bearer(token)],
      nodeOptions: {
        agent,
        ...(address.kind === 'unix' ? { socketPath: address.path } : {}),
      },
    }),
  );
}

function readTlsFiles({ ca, cert, key }: Credentials['tls']): SecureContextOptions {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError(
      `--tls-${cert === undefined ? 'cert' : 'key'} is missing`,
      'a certificate and its key go together',
    );
  }
  return {
    ...(ca === undefined ? {} : { ca: readSecret('--tls-ca', ca) }),
    ...(cert === undefined ? {} : { cert: readSecret('--tls-cert', cert) }),
    ...(key === undefined ? {} : { key: readSecret('--tls-key', key) }),
  };
}

function readSecret(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
}

/** With TLS files: as far as the handshake, and a moment longer: TLS 1.3 lets a server refuse our certificate only after that. */
function reach(address: Address, tls: SecureContextOptions | undefined): Promise<void> {
  const place = address.kind === 'unix' ? address.path : address.url.host;
  return new Promise((resolve, reject) => {
    const socket = openSocket(address, tls);
    const refused = (error: NodeJS.ErrnoException) => {
      socket.destroy(); // its `close` comes too late to say anything
      reject(new Unreachable(explain(error, place), { cause: error }));
    };
    const done = () => {
      socket.destroy();
      resolve();
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      refused(new Error(`no answer from ${place} within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    );
    socket.once('error', refused);
    if (tls === undefined) socket.once('connect', done);
    else {
      const refusal = new Error(`${place} does not take our certificate (--tls-cert, --tls-key)`);
      socket.once('close', () => refused(refusal));
      socket.once('secureConnect', () => setTimeout(done, REFUSAL_TIME_MS));
    }
  });
}

function openSocket(address: Address, tls: SecureContextOptions | undefined): Socket {
  if (address.kind === 'unix') return connectSocket({ path: address.path });
  const host = address.url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(address.url.port || (tls === undefined ? 80 : 443));
  if (tls === undefined) return connectSocket({ host, port });
  return connectTls({ host, port, ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

function explain(error: NodeJS.ErrnoException, place: string): string {
  const why: Readonly<Record<string, string>> = {
    ENOENT: `there is no socket ${place}; is tsbgpd running, and is this its address (-s, TSBGPD_ADDR)?`,
    ECONNREFUSED: `nobody listens at ${place}; is tsbgpd running?`,
    EACCES: `no permission to use ${place}; the socket belongs to another user`,
    SELF_SIGNED_CERT_IN_CHAIN: `the certificate of ${place} is from an authority we do not know; name it with --tls-ca`,
    DEPTH_ZERO_SELF_SIGNED_CERT: `the certificate of ${place} is from an authority we do not know; name it with --tls-ca`,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the certificate of ${place} is from an authority we do not know; name it with --tls-ca`,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the certificate of ${place} is from an authority we do not know; name it with --tls-ca`,
    ERR_TLS_CERT_ALTNAME_INVALID: `the certificate of ${place} is for another name; use the name it has in --addr`,
    ENOTSOCK: `${place} is not a socket`,
  };
  if (error.code?.startsWith('ERR_SSL_TLSV1_ALERT') || error.code?.startsWith('ERR_SSL_TLSV13_ALERT')) {
    return `${place} does not take our certificate (--tls-cert, --tls-key): ${error.message}`;
  }
  return (
    why[error.code ?? ''] ?? (error.code === undefined ? error.message : `cannot reach ${place}: ${error.message}`)
  );
}
