import { ErrorDetailSchema } from '@bgp/api-proto';
import type { ConfigChangeError } from '@bgp/lifecycle';
import type { SpeakerError } from '@bgp/speaker';
import { err, type Result } from '@bgp/wire';
import { Code, ConnectError } from '@connectrpc/connect';

/** A request that cannot be carried out as written: the field, a stable code, one sentence. */
export interface RequestError {
  readonly code:
    | 'missing'
    | 'address-invalid'
    | 'prefix-invalid'
    | 'family-invalid'
    | 'community-invalid'
    | 'value-out-of-range'
    | 'page-token-invalid'
    | 'cursor-invalid'
    | 'combination-invalid'
    | 'not-supported'
    | 'neighbor-invalid'
    | 'name-unknown'
    | 'toml-invalid';
  readonly field: string;
  readonly message: string;
}

/** Spec §3.2: a peer that cannot do what was asked is a precondition, not an internal error. */
const SPEAKER_CODES = {
  'peer-not-found': Code.NotFound,
  'peer-exists': Code.AlreadyExists,
  'peer-invalid': Code.InvalidArgument,
  'route-invalid': Code.InvalidArgument,
  'route-not-found': Code.NotFound,
  'not-established': Code.FailedPrecondition,
  'route-refresh-not-negotiated': Code.FailedPrecondition,
  'family-not-negotiated': Code.FailedPrecondition,
  'policy-invalid': Code.InvalidArgument,
  'query-invalid': Code.InvalidArgument,
  'restart-needed': Code.FailedPrecondition,
  stopping: Code.Unavailable,
} as const satisfies Record<SpeakerError['code'], Code>;

/** A change that is wrong in itself, and one that this moment does not allow. */
const CHANGE_CODES = {
  invalid: Code.InvalidArgument,
  refused: Code.InvalidArgument,
  'restart-needed': Code.FailedPrecondition,
  stale: Code.FailedPrecondition,
  'confirmation-pending': Code.FailedPrecondition,
  'nothing-to-confirm': Code.FailedPrecondition,
  'unknown-revision': Code.NotFound,
  'file-changed': Code.FailedPrecondition,
  'not-read': Code.FailedPrecondition,
  'not-written': Code.FailedPrecondition,
  'not-rewritable': Code.FailedPrecondition,
} as const satisfies Record<ConfigChangeError['code'], Code>;

export function requestError(code: RequestError['code'], field: string, message: string) {
  return err<RequestError>({ code, field, message });
}

/** The value, or the error as the RPC's status. Only services call this. */
export function valueOrThrow<T>(result: Result<T, RequestError>): T {
  if (result.ok) return result.value;
  const { code, field, message } = result.error;
  throw withDetail(Code.InvalidArgument, `${field}: ${message}`, code, field);
}

/** As `valueOrThrow`, for answers of the speaker. */
export function speakerValueOrThrow<T>(result: Result<T, SpeakerError>): T {
  if (result.ok) return result.value;
  throw withDetail(SPEAKER_CODES[result.error.code], result.error.message, result.error.code, '');
}

/** As `valueOrThrow`, for changes of the configuration. Every mistake is in the message, the first one's place is the field. */
export function changeOrThrow<T>(result: Result<T, ConfigChangeError>): T {
  if (result.ok) return result.value;
  const { code, message, diagnostics = [] } = result.error;
  const mistakes = diagnostics.map(({ path, line, message: what, hint }) => {
    const place = line > 0 ? `line ${line}: ` : '';
    return `${place}${path === '' ? '' : `${path}: `}${what}${hint === undefined ? '' : ` (${hint})`}`;
  });
  throw withDetail(CHANGE_CODES[code], [message, ...mistakes].join('\n'), code, diagnostics[0]?.path ?? '');
}

/** An error status with the machine-readable code that `ErrorDetail` promises. */
export function withDetail(status: Code, message: string, code: string, field: string): ConnectError {
  return new ConnectError(message, status, undefined, [{ desc: ErrorDetailSchema, value: { code, field } }]);
}
