/** Something that is about to be done, and how to say so. */
export interface Action {
  readonly text: string;
  run(): unknown;
}
