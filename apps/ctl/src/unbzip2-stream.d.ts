/** The package has no declarations of its own. An old-style stream: what is written is decoded before `write` returns. */
declare module 'unbzip2-stream' {
  import type { EventEmitter } from 'node:events';

  // biome-ignore lint/style/noDefaultExport: it is what the package has.
  export default function unbzip2Stream(): EventEmitter & {
    write(chunk: Uint8Array): boolean;
    end(): void;
  };
}
