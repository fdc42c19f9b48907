import { defineConfig, type Plugin } from 'vitest/config';

// Tests run on the sources: the custom condition makes `@bgp/*` resolve to `src/index.ts`, so no build comes first.
const conditions = ['@bgp/source', 'node', 'import', 'default'];

/** More runs of every property for a long search: fast-check lets the number at a property win over any setting from outside. */
const runs = process.env.PROPERTY_RUNS;
const moreRuns: Plugin = {
  name: `more-runs-${runs}`, // part of the key under which the result is kept
  enforce: 'pre',
  transform: (code, id) =>
    /\.test\.ts$/.test(id) ? code.replaceAll(/(?<=numRuns: )\d[\d_]*/g, `$& * ${runs}`) : undefined,
};

export default defineConfig({
  plugins: runs === undefined ? [] : [moreRuns],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['{libs,apps,tools}/*/src/**/*.test.ts', 'interop/src/**/*.test.ts', 'examples/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    // Far above what any test takes: a machine with other work must not make one fail.
    testTimeout: runs === undefined ? 120_000 : 0,
    setupFiles: ['tools/dev/properties.ts'],
    hookTimeout: 60_000,
  },
});
