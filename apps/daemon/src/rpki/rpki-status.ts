import type { OriginValidity } from '@bgp/rib';
import type { CacheCounts, RtrSession, Vrp } from '@bgp/rpki';

/** A snapshot of everything about RPKI data. */
export interface RpkiStatus {
  readonly sources: readonly RpkiSourceStatus[];
  readonly selection: 'union' | 'preferred-first';
  /** In use, of all sources together. */
  readonly ipv4Vrps: number;
  readonly ipv6Vrps: number;
  readonly aspas: number;
  /** Local exceptions in force (RFC 8416). */
  readonly slurm?: { readonly filters: number; readonly assertions: number };
  /** Why the last file with exceptions was refused; those before stay in force. */
  readonly slurmError?: string;
}

interface SourceStatus extends CacheCounts {
  readonly name: string;
  readonly preference: number;
  /** Wall time. */
  readonly lastUpdateMs?: number;
  readonly lastError?: string;
}

export type RpkiSourceStatus =
  | (SourceStatus & { readonly kind: 'file' })
  | (SourceStatus & {
      readonly kind: 'cache';
      readonly state: RtrSession['state'];
      readonly rtrVersion: number;
      readonly isEncrypted: boolean;
      readonly sessionId?: number;
      readonly serial?: number;
      /** Seconds, in force. */
      readonly timers: RtrSession['timers'];
    });

export interface OriginAnswer {
  readonly state: OriginValidity;
  /** From the shortest prefix to the longest. */
  readonly covering: readonly Vrp[];
}
