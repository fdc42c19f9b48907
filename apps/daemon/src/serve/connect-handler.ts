import { CALLER } from '@bgp/api';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
  type Interceptor,
} from '@connectrpc/connect';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { cutOffStalled } from './cut-off-stalled.ts';
import type { RequestHandler } from './protocol-switch.ts';

/** Far above every request there is; what a caller can make us hold. */
const MAX_REQUEST_OCTETS = 4 * 1024 * 1024;
/** Who leaves an answer waiting for so long gets no more of it. */
const STALL_MS = 60_000;
const HTTP_NOT_FOUND = 404;

export interface ConnectHandlerOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: readonly Interceptor[];
  /** Whether answers are compressed for callers who can read that; those on this machine get nothing from it. */
  readonly compresses: boolean;
  /** Who calls, where the connection says it. */
  readonly callerOf?: (request: Parameters<RequestHandler>[0]) => string | undefined;
  /** An answer could not be written although the caller did not hang up. */
  readonly onFailure: (method: string, error: ConnectError) => void;
  /** A caller did not read and was cut off. */
  readonly onStalled: (method: string) => void;
  readonly stallMs?: number;
}

/**
 * HTTP requests to services, in all three protocols. As `connectNodeAdapter`, except that a failure goes to our log: the
 * adapter prints one to the console for every caller that hangs up in the middle of an answer.
 */
export function createConnectHandler({
  routes,
  interceptors,
  compresses,
  callerOf,
  onFailure,
  onStalled,
  stallMs = STALL_MS,
}: ConnectHandlerOptions): RequestHandler {
  const router = createConnectRouter({
    acceptCompression: [compressionGzip],
    ...(compresses ? {} : { compressMinBytes: Number.MAX_SAFE_INTEGER }),
    interceptors: [...interceptors],
    readMaxBytes: MAX_REQUEST_OCTETS,
  });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const handler = handlers.get(path);
    if (handler === undefined || !hasAuthority(request.headers)) {
      response.statusCode = HTTP_NOT_FOUND;
      response.end('');
      return;
    }
    const caller = callerOf?.(request);
    const values = createContextValues();
    if (caller !== undefined) values.set(CALLER, caller);
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    handler(universal)
      .then(({ body, ...answer }) => {
        if (body === undefined) return universalResponseToNodeResponse(answer, response);
        const guarded = cutOffStalled(body, response, stallMs, () => onStalled(path));
        return universalResponseToNodeResponse({ ...answer, body: guarded }, response);
      })
      .catch((reason: unknown) => {
        const error = ConnectError.from(reason);
        if (!universal.signal.aborted && !response.destroyed && !isHangUp(error)) onFailure(path, error);
      });
  };
}

/** The system's words for a caller that is not there any more. */
const HANG_UP_CODES: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'ECANCELED', 'ERR_STREAM_PREMATURE_CLOSE'];

function isHangUp({ code, cause }: ConnectError): boolean {
  if (code === Code.Aborted || code === Code.Canceled) return true;
  return cause instanceof Error && 'code' in cause && HANG_UP_CODES.includes(cause.code);
}

/** Without one the adapter's functions throw; HTTP/1.1 and HTTP/2 both require it. */
function hasAuthority(headers: Readonly<Record<string, unknown>>): boolean {
  return headers.host !== undefined || headers[':authority'] !== undefined;
}
