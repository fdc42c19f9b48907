/** What the shell learns. Scripts depend on the numbers. */
export const EXIT = {
  /** Everything was done. */
  done: 0,
  /** The daemon said no. */
  refused: 1,
  /** The command line is wrong; nothing was asked. */
  usage: 2,
  /** No daemon answered. */
  unreachable: 3,
  /** Part of the answer was printed, then it broke off. */
  partial: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
