import type { Vrp } from '../vrp.ts';

/** RFC 6810 is 0, RFC 8210 is 1, draft-ietf-sidrops-8210bis is 2. */
export type RtrVersion = 0 | 1 | 2;

/** Seconds, RFC 8210 §6. */
export interface RtrTimers {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

/** PDUs of RFC 8210 §5, and ASPA of version 2. `version` is that of the header. */
export type RtrPdu = { readonly version: RtrVersion } & (
  | { readonly type: 'serial-notify' | 'serial-query'; readonly sessionId: number; readonly serial: number }
  | { readonly type: 'reset-query' | 'cache-reset' }
  | { readonly type: 'cache-response'; readonly sessionId: number }
  | { readonly type: 'prefix'; readonly announce: boolean; readonly vrp: Vrp }
  | {
      readonly type: 'end-of-data';
      readonly sessionId: number;
      readonly serial: number;
      /** Absent in version 0. */
      readonly timers?: RtrTimers;
    }
  | {
      readonly type: 'router-key';
      readonly announce: boolean;
      /** 20 octets. */
      readonly subjectKeyIdentifier: Uint8Array;
      readonly asn: number;
      readonly subjectPublicKeyInfo: Uint8Array;
    }
  | {
      readonly type: 'aspa';
      readonly announce: boolean;
      readonly customerAs: number;
      readonly providerAses: readonly number[];
    }
  | {
      readonly type: 'error-report';
      readonly errorCode: number;
      /** The PDU that was wrong, or nothing. */
      readonly pdu: Uint8Array;
      readonly text: string;
    }
);

/** RFC 8210 §12; 9 is of the draft of version 2. */
export const RTR_ERROR = {
  corruptData: 0,
  internalError: 1,
  noDataAvailable: 2,
  invalidRequest: 3,
  unsupportedVersion: 4,
  unsupportedPduType: 5,
  withdrawalOfUnknownRecord: 6,
  duplicateAnnouncement: 7,
  unexpectedVersion: 8,
  aspaProviderListError: 9,
} as const;

/** What is wrong with the octets; `errorCode` is what to report to the other side (RFC 8210 §12). */
export interface RtrError {
  readonly code:
    | 'version-unsupported'
    | 'type-unsupported'
    | 'length-invalid'
    | 'prefix-invalid'
    | 'aspa-providers-invalid'
    | 'field-invalid';
  readonly errorCode: number;
  readonly detail: string;
}
