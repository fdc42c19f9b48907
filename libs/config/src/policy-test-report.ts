import type { ConfigPath } from './toml/path.ts';

/** What the tests of a file say about its policies. Plain data. */
export interface PolicyTestReport {
  readonly tests: readonly PolicyTestOutcome[];
  /** Of each definition that has tests. */
  readonly coverage: readonly PolicyCoverage[];
}

export interface PolicyTestOutcome {
  readonly name: string;
  /** `policy customer`, `import from 192.0.2.1`. */
  readonly subject: string;
  /** As written in the file, e.g. `policy.definitions.customer.tests[0]`. */
  readonly path: ConfigPath;
  /** One sentence each; empty: it passes. */
  readonly failures: readonly string[];
}

export interface PolicyCoverage {
  readonly policy: string;
  /** In order, the default last. `tests`: how many of the tests come by there. */
  readonly terms: readonly { readonly name: string; readonly tests: number }[];
}
