import type { OriginValidity } from '@bgp/rib';
import type { IpPrefix } from '@bgp/wire';

/** What the services need from whoever keeps the RPKI data. */
export interface ApiRpki {
  status(): ApiRpkiStatus;
  /** Undefined: that is no prefix, or it has host bits. */
  validateOrigin(prefix: IpPrefix, originAs: number): ApiOriginAnswer | undefined;
}

/** A snapshot of everything about RPKI data. */
export interface ApiRpkiStatus {
  readonly sources: readonly ApiRpkiSource[];
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

interface SourceStatus {
  readonly name: string;
  readonly preference: number;
  readonly vrps: number;
  readonly aspas: number;
  readonly hasData: boolean;
  /** It counts, as the selection has it. */
  readonly isUsed: boolean;
  /** Wall time. */
  readonly lastUpdateMs?: number;
  readonly lastError?: string;
}

export type ApiRpkiSource =
  | (SourceStatus & { readonly kind: 'file' })
  | (SourceStatus & {
      readonly kind: 'cache';
      readonly state: string;
      readonly rtrVersion: number;
      readonly isEncrypted: boolean;
      readonly sessionId?: number;
      readonly serial?: number;
      /** Seconds, in force. */
      readonly timers: { readonly refresh: number; readonly retry: number; readonly expire: number };
    });

export interface ApiOriginAnswer {
  readonly state: OriginValidity;
  /** From the shortest prefix to the longest. */
  readonly covering: readonly { readonly prefix: IpPrefix; readonly maxLength: number; readonly asn: number }[];
}
