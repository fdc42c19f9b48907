/** Why the daemon cannot start: what it was about, and a sentence with what to do. */
export interface StartError {
  readonly what: string;
  readonly message: string;
}
