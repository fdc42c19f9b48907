import { defineConfig, type Options } from 'tsup';

/** The build of every library: ESM and declarations, nothing bundled from other packages. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }): Options | Options[] {
  return defineConfig({ entry, format: 'esm', dts: true, sourcemap: true, clean: true, target: 'es2024' }) as Options;
}

/** The build of an application: its workspace libraries inside, npm dependencies outside; `dist/main.js` starts it. */
export function application(entry = 'src/main.ts'): Options | Options[] {
  return defineConfig({
    entry: { main: entry },
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
