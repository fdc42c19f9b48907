import type { CountPolicyHitsResponse, PolicyTermCount, TestPoliciesResponse } from '@bgp/api-proto';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readFileArgument } from '../read-file.ts';
import { jsonNumber, type Output, writeItem } from '../render/output.ts';
import { printable } from '../render/palette.ts';
import { Table } from '../render/table.ts';
import { UsageError } from '../usage-error.ts';

export const POLICY_TEST_COMMANDS: readonly Command[] = [
  {
    forms: ['policy test'],
    summary: 'Run the tests that stand beside the policies, and say which statements no test comes by.',
    rpc: 'PolicyService.TestPolicies',
    options: [
      {
        long: '--from-file',
        value: 'FILE',
        help: 'a whole configuration file instead of the one in force; - for standard input',
      },
    ],
    examples: ['tsbgpctl policy test --from-file new.toml'],
    async run({ options, clients, out }) {
      const file = options.text('from-file');
      const report = await clients.policy.testPolicies({ toml: file === undefined ? '' : readFileArgument(file) });
      await writeItem(
        out,
        () => reportJson(report),
        () => reportText(report, out),
      );
      return report.tests.some(({ failures }) => failures.length > 0) ? EXIT.refused : EXIT.done;
    },
  },
  {
    forms: ['policy hits ADDR'],
    summary: 'How many routes come by each statement of what a neighbor runs, counted over the present tables.',
    rpc: 'PolicyService.CountPolicyHits',
    options: [{ long: '--direction', value: 'import|export', help: 'which policy; default import' }],
    examples: ['tsbgpctl policy hits 192.0.2.1 --direction export'],
    async run({ argument, options, clients, out }) {
      const direction = options.text('direction') ?? 'import';
      if (direction !== 'import' && direction !== 'export') {
        throw new UsageError(`--direction: "${direction}" is not import or export`);
      }
      const counted = await clients.policy.countPolicyHits({ address: argument('ADDR'), direction });
      await writeItem(
        out,
        () => ({ address: argument('ADDR'), direction, ...hitsJson(counted) }),
        () => hitsText(counted, out),
      );
      return EXIT.done;
    },
  },
];

function reportJson({ tests, coverage }: TestPoliciesResponse) {
  return {
    passed: tests.filter(({ failures }) => failures.length === 0).length,
    failed: tests.filter(({ failures }) => failures.length > 0).length,
    tests: tests.map(({ name, subject, path, failures }) => ({ name, subject, path, failures })),
    coverage: coverage.map(({ policy, terms }) => ({
      policy,
      terms: terms.map(({ term, count }) => ({ term, tests: jsonNumber(count) })),
    })),
  };
}

function reportText({ tests, coverage }: TestPoliciesResponse, { palette }: Output): string {
  if (tests.length === 0) return 'No policy tests; docs/guide/policy.md shows how to write one\n';
  const lines: string[] = [];
  let subject = '';
  for (const test of tests) {
    if (test.subject !== subject) lines.push(palette.strong(printable(test.subject)));
    subject = test.subject;
    const isPassed = test.failures.length === 0;
    lines.push(`  ${isPassed ? palette.good('ok  ') : palette.bad('FAIL')}  ${printable(test.name)}`);
    for (const failure of test.failures) lines.push(`        ${printable(failure)}`);
  }
  const failed = tests.filter(({ failures }) => failures.length > 0).length;
  lines.push('', `${tests.length - failed} passed, ${failed === 0 ? '0' : palette.bad(String(failed))} failed`);
  for (const { policy, terms } of coverage) {
    const untested = terms.filter(({ count }) => count === 0n);
    const share = `${terms.length - untested.length} of ${terms.length} statements tested`;
    const rest =
      untested.length === 0 ? '' : palette.warn(`; none of ${untested.map(({ term }) => printable(term)).join(', ')}`);
    lines.push(`${printable(policy)}: ${share}${rest}`);
  }
  return `${lines.join('\n')}\n`;
}

function hitsJson({ terms, routes }: CountPolicyHitsResponse) {
  return {
    routes: jsonNumber(routes),
    terms: terms.map(({ policy, term, count }) => ({ policy, term, routes: jsonNumber(count) })),
  };
}

const BAR_WIDTH = 20;

function hitsText({ terms, routes }: CountPolicyHitsResponse, { palette }: Output): string {
  const table = new Table(
    [{ title: 'Policy' }, { title: 'Statement' }, { title: 'Routes', align: 'right' }, { title: '' }],
    palette.strong,
  );
  const bar = ({ count }: PolicyTermCount) =>
    routes === 0n ? '' : '█'.repeat(Math.ceil((Number(count) / Number(routes)) * BAR_WIDTH));
  const rows = terms.map((term) => [
    printable(term.policy),
    printable(term.term),
    term.count === 0n ? { text: '0', paint: palette.faint } : String(term.count),
    bar(term),
  ]);
  return `${table.lines(rows)}${routes} ${routes === 1n ? 'route' : 'routes'} came before the policy\n`;
}
