import { defineConfig, type Options } from 'tsup';

/** The build of every library: ESM and declarations, nothing bundled from other packages. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }): Options | Options[] {
  return defineConfig({ entry, format: 'esm', dts: true, sourcemap: true, clean: true, target: 'es2024' }) as Options;
}

/** The build of an application: one file with the workspace's libraries inside; npm dependencies stay outside. */
export function application(): Options | Options[] {
  return defineConfig({
    entry: { main: 'src/main.ts' },
    format: 'esm',
    platform: 'node',
    target: 'node24',
    dts: false,
    sourcemap: true,
    clean: true,
    noExternal: [/^@bgp\//],
    esbuildOptions(options) {
      options.conditions = ['@bgp/source'];
    },
  }) as Options;
}
