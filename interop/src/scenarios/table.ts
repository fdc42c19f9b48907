import type { Scenario } from '../scenario.ts';
import { badOpen } from './bad-open.ts';
import { m0Bird } from './m0-bird.ts';
import { m0Frr } from './m0-frr.ts';
import { m1, m2 } from './m1.ts';
import { m3 } from './m3.ts';
import { m4 } from './m4.ts';
import { m10 } from './m10.ts';
import { m23 } from './m23.ts';
import { openbgpd } from './openbgpd.ts';

export const SCENARIOS: readonly Scenario[] = [m0Frr, m0Bird, badOpen, m1, m2, m3, m4, m10, m23, openbgpd];
