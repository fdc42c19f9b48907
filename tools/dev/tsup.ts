import { isBuiltin } from 'node:module';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** The build of every library: ESM and declarations, nothing bundled from other packages. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }): Options | Options[] {
  return defineConfig({ entry, format: 'esm', dts: true, sourcemap: true, clean: true, target: 'es2024' }) as Options;
}

/**
 * The build of an application: `dist/main.js` starts it. Its npm dependencies are inside as well as the workspace's libraries: resolving and
 * linking their 290 files cost more than half of the daemon's start. `external` are those that load something by its place on disk.
 */
export function application(entry = 'src/main.ts', external: string[] = []): Options | Options[] {
  return defineConfig({
    entry: { main: entry },
    format: 'esm',
    platform: 'node',
    target: 'node24',
    dts: false,
    sourcemap: true,
    // With what boot.ts has V8 keep, which is named after the build.
    clean: ['.compile-cache/**'],
    noExternal: [/./],
    external,
    // Dependencies in CommonJS call `require` for Node's own modules, which a module has to make itself.
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    removeNodeProtocol: false,
    esbuildPlugins: [requireBuiltins],
    esbuildOptions(options) {
      options.conditions = ['@bgp/source'];
      options.legalComments = 'linked';
      // Less to read at each start. Names stay for stack traces; the source map has the lines.
      options.minifyWhitespace = true;
      options.minifySyntax = true;
      options.lineLimit = 200;
    },
  }) as Options;
}

/**
 * Node's own modules by `require`. An `import` of one reads every property that it exports, and with `http.WebSocket` loads the whole of
 * Node's fetch, which costs a start 15 ms and 3 MiB.
 */
const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === 'import-statement' ? { path, namespace: 'builtin' } : { path, external: true };
    });
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
