import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboard, PANELS } from '../../../examples/grafana/make-dashboard.ts';
import { METRICS } from './metrics-table.ts';

const example = (path: string) => readFileSync(new URL(`../../../examples/${path}`, import.meta.url), 'utf8');
/** The API counts its calls itself. */
const NAMES = new Set([...METRICS.map(({ name }) => name), 'bgp_grpc_authz_decisions_total']);
const HISTOGRAMS = METRICS.filter(({ type }) => type === 'histogram').map(({ name }) => name);

/** Every metric that an expression names; labels and functions have other shapes. */
function metricsIn(expression: string): string[] {
  const withoutLabels = expression.replaceAll(/\{[^}]*\}/g, '').replaceAll(/by \([^)]*\)/g, '');
  return (withoutLabels.match(/\b(?:bgp|process|nodejs|bmp)_[a-z0-9_]+/g) ?? []).map(
    (name) => HISTOGRAMS.find((histogram) => name === `${histogram}_bucket`) ?? name,
  );
}

describe('the Grafana dashboard', () => {
  it('is what make-dashboard.ts writes', () => {
    const written: unknown = JSON.parse(example('grafana/tsbgp.json'));
    expect(written, 'run: node examples/grafana/make-dashboard.ts').toEqual(JSON.parse(JSON.stringify(dashboard())));
  });

  it.each(PANELS.flatMap(({ title, queries }) => queries.map(([expr]) => [title, expr] as const)))(
    '%s asks for metrics that there are: %s',
    (_title, expr) => {
      const names = metricsIn(expr);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(NAMES).toContain(name);
    },
  );

  it('puts no panel over another', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard().panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x).toBeLessThan(24);
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

it('the alert rules ask for metrics that there are', () => {
  const { groups } = parse(example('prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(5);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { expr, annotations } of rules) {
    expect(annotations.summary).toMatch(/\w/);
    const names = metricsIn(expr);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(NAMES).toContain(name);
  }
});
