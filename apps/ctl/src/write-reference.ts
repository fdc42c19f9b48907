import { writeFileSync } from 'node:fs';
import { referencePage } from './help.ts';

/** Writes docs/operations/cli.md; run by `npm run reference -w @bgp/ctl`. */
writeFileSync(new URL('../../../docs/operations/cli.md', import.meta.url), referencePage());
