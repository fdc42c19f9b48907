import { once } from 'node:events';
import packageJson from '../package.json' with { type: 'json' };
import { connectDaemon } from './connect.ts';
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';
import { openTerminal } from './top/terminal.ts';

// `tsbgpctl rib | head`: the reader has seen enough, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.partial);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  version: packageJson.version,
  isTerminal: process.stdout.isTTY === true,
  async writeOut(text) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  },
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds, true)),
  writeError: (text) => void process.stderr.write(text),
  ...(process.stdin.isTTY && process.stdout.isTTY
    ? { openTerminal: () => openTerminal(process.stdin, process.stdout) }
    : {}),
  connect: connectDaemon,
});
// Kept-alive connections would hold the process for a while.
process.stdout.end(() => process.exit());
