#!/usr/bin/env -S node --max-semi-space-size=2 --initial-old-space-size=64 --v8-pool-size=2
// Routes live in typed arrays; what the young generation sees is short-lived. Node's default of 16 MiB for it costs 20 MiB of
// memory and saves no time. The old one has 20 MiB that live, and V8 would mark them again and again while tables load, for what
// little has come to them: up to a tenth of the processor time. V8's four helper threads mark, sweep and compile all at once, and on a
// busy machine the loop gets a fifth of a processor then: a turn of 15 ms takes 60; so there are two (tools/bench/results). What else
// there is to be set, src/boot.ts sets: docs/adr/0036-settings-of-v8.md.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (!existsSync(program)) {
  process.stderr.write('tsbgpd is not built yet: run "npm run build" in the repository first.\n');
  process.exit(2);
}
await import(program.href);
