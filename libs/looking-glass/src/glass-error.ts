import { err, type Result } from '@bgp/wire';

/** Why a question has no answer. `code` is a closed set. */
export interface GlassError {
  readonly code: GlassErrorCode;
  /** One sentence. */
  readonly message: string;
}

export type GlassErrorCode =
  | 'path-unknown'
  | 'parameter-unknown'
  | 'address-invalid'
  | 'prefix-invalid'
  | 'protocol-invalid'
  | 'table-unknown'
  | 'limit-invalid'
  | 'cursor-invalid'
  /** The neighbor went away while its routes were being listed. */
  | 'interrupted';

/** HTTP status codes (RFC 9110 §15). */
export const ERROR_STATUS = {
  'path-unknown': 404,
  'parameter-unknown': 400,
  'address-invalid': 400,
  'prefix-invalid': 400,
  'protocol-invalid': 400,
  'table-unknown': 404,
  'limit-invalid': 400,
  'cursor-invalid': 400,
  interrupted: 503,
} as const satisfies Record<GlassErrorCode, number>;

export function glassError(code: GlassErrorCode, message: string): Result<never, GlassError> {
  return err({ code, message });
}
