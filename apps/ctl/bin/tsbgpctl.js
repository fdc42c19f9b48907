#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (!existsSync(program)) {
  process.stderr.write('tsbgpctl is not built yet: run "npm run build" in the repository first.\n');
  process.exit(2);
}
await import(program.href);
