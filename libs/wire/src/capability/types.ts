import type { Family } from '../family.ts';
import type { Asn } from '../net/types.ts';

/** One capability of an OPEN. Whatever has no row here, or an impossible length, is `unknown` and kept octet for octet. */
export type Capability =
  | { readonly type: 'multiprotocol'; readonly family: Family } // 1, RFC 4760
  | { readonly type: 'route-refresh' } // 2, RFC 2918
  | { readonly type: 'extended-next-hop'; readonly entries: readonly ExtendedNextHopEntry[] } // 5, RFC 8950
  | { readonly type: 'extended-message' } // 6, RFC 8654
  | { readonly type: 'role'; readonly role: number } // 9, RFC 9234
  | {
      readonly type: 'graceful-restart'; // 64, RFC 4724, RFC 8538
      readonly restartState: boolean;
      readonly notification: boolean;
      /** Seconds, 0–4095. */
      readonly restartTime: number;
      readonly families: readonly { readonly family: Family; readonly forwardingState: boolean }[];
    }
  | { readonly type: 'four-octet-as'; readonly as: Asn } // 65, RFC 6793
  | { readonly type: 'add-path'; readonly entries: readonly AddPathEntry[] } // 69, RFC 7911
  | { readonly type: 'enhanced-route-refresh' } // 70, RFC 7313
  | {
      readonly type: 'long-lived-graceful-restart'; // 71, RFC 9494
      /** `staleTime` in seconds, 24 bits. */
      readonly families: readonly {
        readonly family: Family;
        readonly forwardingState: boolean;
        readonly staleTime: number;
      }[];
    }
  | { readonly type: 'fqdn'; readonly hostName: string; readonly domainName: string } // 73
  | { readonly type: 'software-version'; readonly version: string } // 75
  | { readonly type: 'unknown'; readonly code: number; readonly value: Uint8Array };

export interface ExtendedNextHopEntry {
  readonly family: Family;
  /** AFI of the next hop: 2 for IPv6. */
  readonly nextHopAfi: number;
}

export interface AddPathEntry {
  readonly family: Family;
  /** As sent by the speaker: 1 receive, 2 send, 3 both; other values must be ignored (RFC 7911 §4). */
  readonly sendReceive: number;
}
