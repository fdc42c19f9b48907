/** `['neighbors', 1, 'hold_time']`: table keys and positions in arrays. */
export type ConfigPath = readonly (string | number)[];

/** Offsets into the text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
