import { effective } from './neighbors.ts';
import type { ErrorDetails } from './report.ts';
import type { GlobalSection } from './schema/global.ts';
import type { NeighborTable, PeerGroupTable } from './schema/neighbor.ts';
import type { ConfigPath } from './toml/path.ts';
import type { ConfigErrorCode } from './types.ts';

/** One session as the file describes it: a neighbor's, or the one that a neighbor of a range would have. */
export interface SessionTables {
  readonly neighbor: NeighborTable;
  readonly group: PeerGroupTable | undefined;
  /** Absent while the file's own is wrong. */
  readonly global: GlobalSection | undefined;
}

/** Something about a session's values together. Where it stands in the file is for whoever asked. */
export interface SessionFinding {
  /** `idle`: a notice that a value does nothing. */
  readonly code: Extract<ConfigErrorCode, 'conflict' | 'invalid-value' | 'not-supported'> | 'not-yet-active' | 'idle';
  /** Whose value it is about. */
  readonly key: keyof NeighborTable;
  /** Inside of that value. */
  readonly below?: ConfigPath;
  readonly message: string;
  readonly details?: ErrorDetails;
  /** The value is for neighbors of another kind. */
  readonly isOfKind?: boolean;
}

/** The value that holds: the neighbor's, else the group's. */
export function heldValue<K extends keyof PeerGroupTable>(
  { neighbor, group }: SessionTables,
  key: K,
): PeerGroupTable[K] {
  return effective(neighbor, group, key);
}

export function idle(key: keyof NeighborTable, message: string, below: ConfigPath = []): SessionFinding {
  return { code: 'idle', key, message, below };
}

export function conflict(key: keyof NeighborTable, message: string, hint: string): SessionFinding {
  return { code: 'conflict', key, message, details: { hint } };
}
