import { writeFileSync } from 'node:fs';
import { manPage, referencePage } from './help.ts';

/** Writes docs/operations/cli.md and docs/man/tsbgpctl.1; run by `npm run reference -w @bgp/ctl`. */
writeFileSync(new URL('../../../docs/operations/cli.md', import.meta.url), referencePage());
writeFileSync(new URL('../../../docs/man/tsbgpctl.1', import.meta.url), manPage());
