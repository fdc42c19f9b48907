import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/*
 * Settings of V8 that may be made once it runs; those of its heap and threads are in bin/tsbgpd.js, whose first line some kernels cut off
 * after 127 characters. Before the compile cache, which is kept for each set of them. Figures: tools/bench/results.
 */
// V8's last compiler costs more than what it makes is worth until a table is large; by default it begins a twentieth of the way there.
setFlagsFromString('--invocation-count-for-turbofan=60000');
// The helper threads are to leave the processor to the event loop: 2 MiB are scavenged as fast by one as by three, and one of them marks.
setFlagsFromString('--no-parallel-scavenge');
setFlagsFromString('--concurrent-marking-max-worker-num=1');

/*
 * What V8 has compiled is kept beside the program, where that can be written: a third of what a start costs. Not in the system's folder for
 * temporary files, which is Node's default: whoever can write there could put other code into this process.
 */
enableCompileCache(fileURLToPath(new URL('.compile-cache', import.meta.url)));
await import('./main.ts');
