import { defineConfig } from 'vitest/config';

// Tests run on the sources: the custom condition makes `@bgp/*` resolve to `src/index.ts`, so no build comes first.
const conditions = ['@bgp/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['{libs,apps,tools}/*/src/**/*.test.ts', 'interop/src/**/*.test.ts', 'examples/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    maxWorkers: 2,
    // Far above what any test takes: a machine with other work must not make one fail.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
