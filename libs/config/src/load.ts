import type { DynamicRange, PeerConfig } from '@bgp/speaker';
import { err, ok, type Result } from '@bgp/wire';
import { parse, TomlError } from 'smol-toml';
import { checkDocument } from './check.ts';
import { checkDynamicRange } from './check-dynamic-range.ts';
import { checkNeighbor } from './check-neighbor.ts';
import { toDynamicRange } from './dynamic-range.ts';
import type { LoadCache } from './load-cache.ts';
import { toPeerConfig } from './neighbors.ts';
import { reportNotYetActive } from './not-yet-active.ts';
import { PolicyBook } from './policies.ts';
import type { PolicyTestReport } from './policy-test-report.ts';
import { reportFailures, testChains } from './policy-tests.ts';
import { type ReadFile, readPrefixLists } from './prefix-lists.ts';
import { Report } from './report.ts';
import { resolveDocument } from './resolve.ts';
import { validParts } from './salvage.ts';
import { dynamicNeighbor, neighbor } from './schema/neighbor.ts';
import { configSchema } from './schema/root.ts';
import { reportIssues } from './schema-issues.ts';
import type { ConfigDiagnostic, DaemonConfig } from './types.ts';

export interface LoadOptions {
  /** Gives the text of prefix lists that the file names. */
  readonly readFile?: ReadFile;
  /** From load to load. */
  readonly cache?: LoadCache;
}

/**
 * A configuration from the text of a TOML file: every table and key checked, groups and defaults merged in, policies
 * compiled once to see that they can be.
 *
 * @param fileName for messages only; nothing is read.
 * @returns the configuration, or every mistake in the file, in its order.
 */
export function loadConfig(
  text: string,
  fileName: string,
  options: LoadOptions = {},
): Result<DaemonConfig, readonly ConfigDiagnostic[]> {
  const examined = examine(text, fileName, options);
  if (!examined.ok) return examined;
  const { config, report } = examined.value;
  reportFailures(config.policyTests, report);
  return report.errorCount > 0 ? err(report.diagnostics()) : ok(config);
}

/** Runs the tests of a file's policies; mistakes are all that is wrong besides tests that fail. */
export function testPolicies(
  text: string,
  fileName: string,
  options: LoadOptions = {},
): Result<PolicyTestReport, readonly ConfigDiagnostic[]> {
  const examined = examine(text, fileName, options);
  return examined.ok ? ok(examined.value.config.policyTests) : examined;
}

function examine(
  text: string,
  fileName: string,
  { readFile, cache }: LoadOptions,
): Result<{ readonly config: DaemonConfig; readonly report: Report }, readonly ConfigDiagnostic[]> {
  const document = parseToml(text, fileName);
  if (!document.ok) return document;
  const report = new Report(fileName, document.value, text);
  const parsed = configSchema.safeParse(document.value);
  if (!parsed.success) reportIssues(report, configSchema, document.value, parsed.error.issues);
  const parts = validParts(document.value);
  const lists = readPrefixLists(parts.policy, report, readFile, cache);
  const policies = new PolicyBook(parts, report, lists, cache);
  checkDocument(parts, document.value, policies, report);
  if (!parsed.success || report.errorCount > 0) return err(report.diagnostics());
  reportNotYetActive(parsed.data, report);
  const config = resolveDocument(parsed.data, policies, report);
  const { tests, coverage } = policies.testReport;
  const chains = testChains(parsed.data.policy?.tests ?? [], config.speaker, report);
  if (report.errorCount > 0) return err(report.diagnostics());
  const policyTests = { tests: [...tests, ...chains], coverage };
  return ok({ config: { ...config, prefixLists: lists, policyTests }, report });
}

/**
 * One neighbor that is added at run time, by the same keys, defaults and checks as in the file. Groups, policies and
 * global values are those of `config`. Places in diagnostics are 0: there is no line to point at.
 *
 * @param table the keys of one `[[neighbors]]` entry.
 * @param cache of the load that `config` came from: its policies are not compiled again.
 */
export function resolveNeighbor(
  config: DaemonConfig,
  table: Readonly<Record<string, unknown>>,
  cache?: LoadCache,
): Result<PeerConfig, readonly ConfigDiagnostic[]> {
  const report = new Report('', table);
  const parsed = neighbor.safeParse(table);
  if (!parsed.success) {
    reportIssues(report, neighbor, table, parsed.error.issues);
    return err(report.diagnostics());
  }
  const { document } = config;
  const policies = new PolicyBook(document, report, config.prefixLists, cache);
  checkNeighbor(
    parsed.data,
    [],
    { global: document.global, peer_groups: document.peer_groups ?? {} },
    policies,
    report,
  );
  return report.errorCount > 0 ? err(report.diagnostics()) : ok(toPeerConfig(document, parsed.data, policies));
}

/**
 * One range of neighbors that is added at run time, like `resolveNeighbor`.
 *
 * @param table the keys of one `[[dynamic_neighbors]]` entry.
 * @param cache as there.
 */
export function resolveDynamicRange(
  config: DaemonConfig,
  table: Readonly<Record<string, unknown>>,
  cache?: LoadCache,
): Result<DynamicRange, readonly ConfigDiagnostic[]> {
  const report = new Report('', table);
  const parsed = dynamicNeighbor.safeParse(table);
  if (!parsed.success) {
    reportIssues(report, dynamicNeighbor, table, parsed.error.issues);
    return err(report.diagnostics());
  }
  const { document } = config;
  checkDynamicRange(parsed.data, { global: document.global, peer_groups: document.peer_groups ?? {} }, [], report);
  if (report.errorCount > 0) return err(report.diagnostics());
  return ok(toDynamicRange(document, parsed.data, new PolicyBook(document, report, config.prefixLists, cache)));
}

/** The text's tables as plain data, or where it is no TOML. */
export function parseToml(
  text: string,
  file: string,
): Result<Readonly<Record<string, unknown>>, readonly ConfigDiagnostic[]> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line of smol-toml's message says what, the rest draws the place; formatDiagnostics draws its own.
    const what = (error.message.split('\n', 1)[0] ?? '').replace(/^Invalid TOML document: /, '');
    const message = `failed to parse TOML: ${what}`;
    return err([{ code: 'syntax', message, path: '', file, line: error.line, column: error.column, width: 1 }]);
  }
}
