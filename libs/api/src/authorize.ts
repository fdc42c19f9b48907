import { createHash, timingSafeEqual } from 'node:crypto';
import { AuthorizationTier, Health, ServerReflection, ServerReflectionV1Alpha, tier } from '@bgp/api-proto';
import type { ApiRole } from '@bgp/config';
import { type DescMethod, getOption } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { auditSummary } from './audit-summary.ts';
import { withDetail } from './errors.ts';

/** How one listener decides. */
export interface ListenerAccess {
  /** For logs: `unix` or `tcp`. */
  readonly listener: string;
  readonly accessMode: 'read_write' | 'read_only';
  /** Callers must send `authorization: Bearer <token>`. */
  readonly token?: string;
  /** No call above it gets through here, whoever makes it. */
  readonly maxTier?: AuthorizedCall['tier'];
  /** Who everybody on this listener is; `certificate`: `CALLER` of the call says. */
  readonly principal?: string;
  readonly identifiedBy?: 'certificate';
  /** Principal to role: who has none may do nothing. Absent: principals decide nothing. */
  readonly roles?: Readonly<Record<string, ApiRole>>;
  /** One record per call; must not throw. */
  readonly onCall?: (call: AuthorizedCall) => void;
}

export interface AuthorizedCall {
  readonly listener: string;
  readonly accessMode: 'read_write' | 'read_only';
  /** What callers of this listener show. */
  readonly authn: 'none' | 'token' | 'mtls';
  /** Who it was, where the listener or a certificate says. */
  readonly principal?: string;
  /** `/tsbgpd.v1.RibService/ListBestRoutes`. */
  readonly method: string;
  readonly tier: 'read' | 'sensitive_read' | 'mutating' | 'operator_only';
  /** `handler_ok`, `handler_<status>`, `authn_failed`, `listener_tier_denied`, `principal_unmapped`, `role_tier_denied`. */
  readonly result: string;
  /** Of a call that changes something: what it asked for, without secrets. */
  readonly request?: string;
  /** A failure that is our fault; the caller only learns that it happened. */
  readonly error?: unknown;
}

export interface Authorizer {
  readonly authn: AuthorizedCall['authn'];
  /** The refusal, or undefined. For the HTTP layer, so that nothing of an unknown caller's request is read. */
  refuse(authorizationHeader: string | null | undefined): ConnectError | undefined;
  /** Token again, then the listener's tier, then the caller's role. A stream is decided once, when it opens. */
  readonly interceptor: Interceptor;
}

/** By number; 0, a method without a tier, needs the highest one. */
const TIER_NAMES: readonly AuthorizedCall['tier'][] = ['operator_only', 'read', 'sensitive_read', 'mutating'];

const TIERS = {
  read: AuthorizationTier.READ,
  sensitive_read: AuthorizationTier.SENSITIVE_READ,
  mutating: AuthorizationTier.MUTATING,
  operator_only: AuthorizationTier.OPERATOR_ONLY,
} as const satisfies Record<AuthorizedCall['tier'], AuthorizationTier>;

const ROLE_TIERS = {
  observer: AuthorizationTier.SENSITIVE_READ,
  automation: AuthorizationTier.MUTATING,
  operator: AuthorizationTier.OPERATOR_ONLY,
} as const satisfies Record<ApiRole, AuthorizationTier>;

interface Denial {
  readonly result: 'listener_tier_denied' | 'principal_unmapped' | 'role_tier_denied';
  readonly code: string;
  readonly message: string;
}

/** Who makes a call, as the certificate of the connection says. The HTTP layer sets it. */
export const CALLER = createContextKey<string>('mtls-unresolved', { description: 'principal of the caller' });

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
  const authn = access.identifiedBy === 'certificate' ? 'mtls' : access.token === undefined ? 'none' : 'token';
  const listenerTier = Math.min(
    TIERS[access.maxTier ?? 'operator_only'],
    access.accessMode === 'read_only' ? AuthorizationTier.SENSITIVE_READ : AuthorizationTier.OPERATOR_ONLY,
  );

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

  function judge(method: string, needed: AuthorizationTier, principal: string | undefined): Denial | undefined {
    if (needed > listenerTier) {
      const isReadOnly = access.accessMode === 'read_only';
      const limit = isReadOnly ? 'is read-only' : `lets calls up to ${access.maxTier} through`;
      const message = `this listener ${limit}, ${method} ${isReadOnly ? 'changes something' : `is ${TIER_NAMES[needed]}`}`;
      return { result: 'listener_tier_denied', code: isReadOnly ? 'read-only' : 'tier', message };
    }
    if (access.roles === undefined) return undefined;
    const role =
      principal === undefined || !Object.hasOwn(access.roles, principal) ? undefined : access.roles[principal];
    if (role === undefined) {
      const message = `${principal ?? 'this caller'} has no role here; [security.grpc.roles] gives one`;
      return { result: 'principal_unmapped', code: 'principal-unmapped', message };
    }
    if (needed <= ROLE_TIERS[role]) return undefined;
    const message = `${principal} is ${role}, ${method} needs ${needed > ROLE_TIERS.automation ? 'operator' : 'automation'}`;
    return { result: 'role_tier_denied', code: 'role', message };
  }

  const interceptor: Interceptor = (next) => async (request) => {
    const needed = tierOf(request.method);
    const principal = authn === 'mtls' ? request.contextValues.get(CALLER) : access.principal;
    const isChange = needed > AuthorizationTier.SENSITIVE_READ && !request.stream;
    const report = (result: string, error?: unknown) =>
      access.onCall?.({
        listener: access.listener,
        accessMode: access.accessMode,
        authn,
        method: `/${request.service.typeName}/${request.method.name}`,
        tier: TIER_NAMES[needed] ?? 'operator_only',
        result,
        ...(principal === undefined ? {} : { principal }),
        ...(isChange ? { request: auditSummary(request.method.input, request.message) } : {}),
        ...(error === undefined ? {} : { error }),
      });
    const refusal = refuse(request.header.get('authorization'));
    if (refusal !== undefined) {
      report('authn_failed');
      throw refusal;
    }
    const denial = judge(request.method.name, needed, principal);
    if (denial !== undefined) {
      report(denial.result);
      throw withDetail(Code.PermissionDenied, denial.message, denial.code, '');
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
