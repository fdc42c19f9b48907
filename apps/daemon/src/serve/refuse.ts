import { Code, type ConnectError } from '@connectrpc/connect';

/** What requests and responses of HTTP/1 and HTTP/2 have in common here. */
interface Request {
  readonly headers: { readonly 'content-type'?: string | undefined };
}
interface Response {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

const HTTP_UNAUTHORIZED = 401;

/**
 * Answers a call that must not be read, in the protocol it was made with. The connection stays: closing it under a body
 * that is still coming would reset it, and the caller would see that instead of the answer.
 */
export function refuseCall(request: Request, response: Response, error: ConnectError): void {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/grpc')) {
    // A response of headers only: the status stands where trailers would be.
    response.statusCode = 200;
    response.setHeader('content-type', type);
    response.setHeader('grpc-status', String(error.code));
    response.setHeader('grpc-message', encodeURIComponent(error.rawMessage));
    response.end('');
    return;
  }
  response.statusCode = HTTP_UNAUTHORIZED;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ code: Code[error.code]?.toLowerCase(), message: error.rawMessage }));
}
