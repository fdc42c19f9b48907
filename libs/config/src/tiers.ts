import { GLOBAL_DEFAULTS } from './schema/global.ts';
import type { Security } from './schema/later.ts';

/** Who uses a socket that only its owner can open, where the file names nobody. */
export const LOCAL_OPERATOR = 'local-operator';
/** Who shows a certificate that names nobody. */
export const MTLS_UNRESOLVED = 'mtls-unresolved';
export const RESERVED_PRINCIPALS: readonly string[] = [LOCAL_OPERATOR, MTLS_UNRESOLVED];

/** Whether roles decide about calls. */
export function isTiered(security: Security | undefined): boolean {
  return security?.grpc !== undefined && security.grpc.enforcement !== 'legacy';
}

export function isOwnerOnly(mode: number = GLOBAL_DEFAULTS.uds_mode): boolean {
  return (mode & 0o077) === 0;
}
