/**
 * What every property test of this repository does, whichever way it calls fast-check: a failure ends with the command that
 * replays it, and that command's variables are obeyed. A property is not the same run twice, so a report that lacks them is lost.
 *
 *   PROPERTY_SEED, PROPERTY_PATH   the counterexample of a report, or only its seed
 *   PROPERTY_RUNS=20               twenty times as many runs of each property (vitest.config.ts), without a limit of time
 */
import { relative } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect } from 'vitest';

const seedText = process.env.PROPERTY_SEED;
const path = process.env.PROPERTY_PATH;
const factor = Number(process.env.PROPERTY_RUNS ?? 1);
const seed = seedText === undefined ? undefined : Number(seedText);
if (seed !== undefined && !Number.isInteger(seed))
  throw new Error(`PROPERTY_SEED is a whole number, not "${seedText}"`);
if (!Number.isInteger(factor) || factor < 1) throw new Error('PROPERTY_RUNS is a whole number from 1');

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function replay({ seed, counterexamplePath }: fc.RunDetails<unknown>): string {
  const { testPath = '', currentTestName = '' } = expect.getState();
  // `test.prop` puts the seed into the name, and another one the next time.
  const name = currentTestName.replace(/ \(with seed=-?\d+\)$/, '');
  const at = counterexamplePath === null ? '' : ` PROPERTY_PATH=${counterexamplePath}`;
  const test = `${relative(process.cwd(), testPath)} -t ${quoted(literal(name))}`;
  // A path without colon is the index of a run, which the usual number of them may not reach.
  const runs = factor === 1 ? '' : ` PROPERTY_RUNS=${factor}`;
  return `PROPERTY_SEED=${seed}${at}${runs} npx vitest run ${test}`;
}

function reporter(details: fc.RunDetails<unknown>): void {
  if (!details.failed) return;
  const report = `${fc.defaultReportMessage(details) ?? ''}\n\nReplay: ${replay(details)}\n`;
  throw new Error(report, { cause: details.errorInstance });
}

const settings: fc.GlobalParameters = { reporter, numRuns: 100 * factor, ...(seed === undefined ? {} : { seed }) };
fc.configureGlobal(settings);
if (path !== undefined) {
  // Its type has no path, but a run reads it from there as from its own parameters.
  const replayed: fc.GlobalParameters & { readonly path: string } = { ...settings, path, endOnFailure: true };
  // Only now: samples that a file draws while it is loaded are no counterexample.
  beforeEach(() => fc.configureGlobal(replayed));
}
