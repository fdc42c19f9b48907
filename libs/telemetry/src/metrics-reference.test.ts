import { expect, it } from 'vitest';
import { CALLS_METRIC } from './calls-metric.ts';
import { METRICS } from './metrics-table.ts';

// The page is written by `npx vitest run libs/telemetry/src/metrics-reference.test.ts -u`.
it('docs/operations/metrics.md is current', async () => {
  const rows = [...METRICS, CALLS_METRIC].map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  const page = `# Metrics

Served in the Prometheus text format on \`[global.telemetry] prometheus_addr\`, path \`/metrics\`. Made from the table in
\`libs/telemetry/src/metrics-table.ts\`; a test keeps this page current.

Labels: \`peer\` is the neighbor's address everywhere; \`collector\` a BMP collector's \`address:port\`; \`afi_safi\` is a family as in the configuration (\`ipv4_unicast\`, …); \`type\`,
\`from\`, \`to\`, \`reason\`, \`action\`, \`code\` and \`subcode\` are closed sets.

| metric | type | meaning |
|---|---|---|
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../../docs/operations/metrics.md');
});
