import type { RpkiCacheConfig } from '@bgp/config';

/** A connection to a cache. */
export interface RtrHandle {
  write(octets: Uint8Array): void;
  /** Stops and restarts `onData`. */
  pause(): void;
  resume(): void;
  /** Closes it; nothing is reported any more. */
  destroy(): void;
}

export interface RtrHandlers {
  onOpen(): void;
  /** The chunk belongs to the receiver until it returns. */
  onData(chunk: Uint8Array): void;
  /** Once, also for a connection that never opened; one sentence. */
  onClose(detail: string): void;
}

/** Opens a connection. Handlers are never called before it returns. */
export type OpenRtr = (cache: RpkiCacheConfig, on: RtrHandlers) => RtrHandle;
