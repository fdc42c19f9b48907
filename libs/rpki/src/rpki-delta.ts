import type { AspaDelta } from './aspa-table.ts';
import type { VrpDelta } from './vrp.ts';

/** What tables have to change. */
export interface RpkiDelta {
  readonly vrps: VrpDelta;
  readonly aspas: AspaDelta;
}
