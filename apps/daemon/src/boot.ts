import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/*
 * What V8 has compiled is kept beside the program, where that can be written: a third of what a start costs. Not in the system's folder for
 * temporary files, which is Node's default: whoever can write there could put other code into this process.
 */
enableCompileCache(fileURLToPath(new URL('.compile-cache', import.meta.url)));
await import('./main.ts');
