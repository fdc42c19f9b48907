import type { SocketAddress, TcpPort } from '@bgp/speaker';
import type { Result } from '@bgp/wire';

export interface NodeTcpOptions {
  /** `write` says false above this many queued octets. Default 1 MiB. */
  readonly highWaterOctets?: number;
  /** `onDrain` comes below this many. Default 256 KiB. */
  readonly lowWaterOctets?: number;
  /** Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** How long `end` waits for a peer that does not read. Default 5,000. */
  readonly endTimeoutMs?: number;
  /** What went wrong without a connection to report it on. Must not throw. */
  readonly onNotice?: (notice: TransportNotice) => void;
}

/** `TcpPort` plus what only the program around the speaker uses. */
export interface NodeTcp extends TcpPort {
  /**
   * Listens on every address, all or none. The wildcard `::` means IPv6 only and is skipped where the system has no
   * IPv6; port 0 takes a free port, the same number is not promised on all addresses.
   */
  listen(addresses: readonly string[], port: number): Promise<Result<readonly SocketAddress[], ListenError>>;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

export interface ListenError {
  readonly code: 'address-in-use' | 'permission-denied' | 'address-not-available' | 'address-invalid' | 'other';
  readonly address: string;
  readonly port: number;
  /** One sentence: what happened and what to do. */
  readonly message: string;
}

export type TransportNotice =
  /** Inbound connections from `address` are refused, because what was asked for it cannot be enforced. */
  | { readonly type: 'security-unavailable'; readonly address: string; readonly detail: string }
  /** The listening socket reported an error and goes on, e.g. too many open files. */
  | { readonly type: 'listener-error'; readonly address: string; readonly port: number; readonly detail: string }
  /** `::` was left out: this system has no IPv6. */
  | { readonly type: 'listener-skipped'; readonly address: string; readonly port: number; readonly detail: string };
