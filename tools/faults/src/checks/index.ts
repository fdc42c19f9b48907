import { EXPORT } from './exports.ts';
import { FEASIBLE } from './flowspec.ts';
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
  FEASIBLE,
  ALL_QUIET,
];
