import { AGREEMENT, LIFETIME } from './sessions.ts';
import { ALL_QUIET, GHOSTS } from './settled.ts';
import { DECISION, EXPORT, LOOPS } from './tables.ts';
import type { Check } from './types.ts';

export const CHECKS: readonly Check[] = [AGREEMENT, DECISION, EXPORT, LIFETIME, LOOPS, GHOSTS, ALL_QUIET];
