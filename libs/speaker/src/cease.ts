import type { CeaseReason, Negotiated } from '@bgp/fsm';
import type { PeerConfig } from './config.ts';

/** Why we end a session: subcodes of Cease (RFC 4486 §4). */
export const CEASE = {
  maximumPrefixes: 1,
  administrativeShutdown: 2,
  peerDeConfigured: 3,
  administrativeReset: 4,
  otherConfigurationChange: 6,
} as const;

/** RFC 8538 §3.1: what we end for good is a Hard Reset for a neighbor that would keep our routes over a NOTIFICATION. */
export function finalCease(
  negotiated: Negotiated | undefined,
  config: PeerConfig,
  subcode: number,
  text?: string,
): CeaseReason {
  const hardReset = negotiated?.gracefulRestart?.notification === true && config.gracefulRestart;
  return { subcode, ...(text === undefined ? {} : { text }), ...(hardReset ? { hardReset } : {}) };
}
