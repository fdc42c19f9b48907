import { createHash, timingSafeEqual } from 'node:crypto';
import { AuthorizationTier, Health, ServerReflection, ServerReflectionV1Alpha, tier } from '@bgp/api-proto';
import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { withDetail } from './errors.ts';

/** How one listener decides. */
export interface ListenerAccess {
  /** For logs: `unix` or `tcp`. */
  readonly listener: string;
  readonly accessMode: 'read_write' | 'read_only';
  /** Callers must send `authorization: Bearer <token>`. */
  readonly token?: string;
  /** One record per call; must not throw. */
  readonly onCall?: (call: AuthorizedCall) => void;
}

export interface AuthorizedCall {
  readonly listener: string;
  readonly accessMode: 'read_write' | 'read_only';
  /** What callers of this listener show. */
  readonly authn: 'none' | 'token';
  /** `/tsbgpd.v1.RibService/ListBestRoutes`. */
  readonly method: string;
  readonly tier: 'read' | 'sensitive_read' | 'mutating' | 'operator_only';
  /** `handler_ok`, `handler_<status>`, `authn_failed`, `listener_tier_denied`. */
  readonly result: string;
  /** A failure that is our fault; the caller only learns that it happened. */
  readonly error?: unknown;
}

export interface Authorizer {
  readonly authn: AuthorizedCall['authn'];
  /** The refusal, or undefined. For the HTTP layer, so that nothing of an unknown caller's request is read. */
  refuse(authorizationHeader: string | null | undefined): ConnectError | undefined;
  /** Token again, then the tier. A stream is decided once, when it opens. */
  readonly interceptor: Interceptor;
}

/** By number; 0, a method without a tier, needs the highest one. */
const TIER_NAMES: readonly AuthorizedCall['tier'][] = ['operator_only', 'read', 'sensitive_read', 'mutating'];

/** Their contracts are not ours to annotate; they tell nothing about the network. */
const PUBLIC_SERVICES: ReadonlySet<string> = new Set([
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionV1Alpha.typeName,
]);

/** Without a tier of its own a method needs the highest one. */
export function tierOf(method: DescMethod): AuthorizationTier {
  if (PUBLIC_SERVICES.has(method.parent.typeName)) return AuthorizationTier.READ;
  const declared = getOption(method, tier);
  return declared === AuthorizationTier.UNSPECIFIED ? AuthorizationTier.OPERATOR_ONLY : declared;
}

export function createAuthorizer(access: ListenerAccess): Authorizer {
  const expected = access.token === undefined ? undefined : digest(access.token);
  const authn = access.token === undefined ? 'none' : 'token';
  const ceiling =
    access.accessMode === 'read_only' ? AuthorizationTier.SENSITIVE_READ : AuthorizationTier.OPERATOR_ONLY;

  function refuse(header: string | null | undefined): ConnectError | undefined {
    if (expected === undefined) return undefined;
    if (header === null || header === undefined) {
      return withDetail(Code.Unauthenticated, 'missing authorization metadata', 'token-missing', '');
    }
    const [, token] = /^bearer +(.+)$/i.exec(header) ?? [];
    // Digests have one length, so the comparison tells neither the token's length nor its first wrong octet.
    if (token !== undefined && timingSafeEqual(digest(token.trim()), expected)) return undefined;
    return withDetail(Code.Unauthenticated, 'invalid bearer token', 'token-invalid', '');
  }

  const interceptor: Interceptor = (next) => async (request) => {
    const needed = tierOf(request.method);
    const report = (result: string, error?: unknown) =>
      access.onCall?.({
        listener: access.listener,
        accessMode: access.accessMode,
        authn,
        method: `/${request.service.typeName}/${request.method.name}`,
        tier: TIER_NAMES[needed] ?? 'operator_only',
        result,
        ...(error === undefined ? {} : { error }),
      });
    const refusal = refuse(request.header.get('authorization'));
    if (refusal !== undefined) {
      report('authn_failed');
      throw refusal;
    }
    if (needed > ceiling) {
      report('listener_tier_denied');
      const message = `this listener is read-only, ${request.method.name} changes something`;
      throw withDetail(Code.PermissionDenied, message, 'read-only', '');
    }
    try {
      const response = await next(request);
      report('handler_ok');
      return response;
    } catch (error) {
      // A caller that hangs up makes whatever was going on fail; that is nobody's fault.
      if (request.signal.aborted || isHangUp(error)) report('handler_canceled');
      else if (!(error instanceof ConnectError)) report('handler_internal', error);
      else report(`handler_${Code[error.code].replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()}`);
      throw error;
    }
  };
  return { authn, refuse, interceptor };
}

/** A request that ended in the middle. */
function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET';
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
