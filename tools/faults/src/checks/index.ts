import { EXPORT } from './exports.ts';
import { AGREEMENT, LIFETIME, SILENCE } from './sessions.ts';
import { ALL_QUIET, GHOSTS } from './settled.ts';
import { DECISION, IMPORT, LOOPS } from './tables.ts';
import type { Check } from './types.ts';

export const CHECKS: readonly Check[] = [
  AGREEMENT,
  IMPORT,
  DECISION,
  EXPORT,
  LIFETIME,
  SILENCE,
  LOOPS,
  GHOSTS,
  ALL_QUIET,
];
