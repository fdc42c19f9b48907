import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The C library that jazzer.js's prebuilt fuzzer was linked against. */
const NEEDED = [2, 38] as const;

/** How to start Node so that the fuzzer loads, or why it cannot. */
export type FuzzRuntime = { readonly command: readonly string[] } | { readonly missing: string };

export function fuzzRuntime(): FuzzRuntime {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const version = report.header?.glibcVersionRuntime ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return { command: [process.execPath] };
  // An older Debian can still run it with the C library of the interop lab's newer one.
  const lab = labRoot();
  if (lab !== undefined) {
    const libraries = [join(lab, 'lib/x86_64-linux-gnu'), join(lab, 'usr/lib/x86_64-linux-gnu')].join(':');
    return { command: [join(lab, 'lib64/ld-linux-x86-64.so.2'), '--library-path', libraries, process.execPath] };
  }
  const own = version === '' ? 'this system has none' : `this system has ${version}`;
  return { missing: `jazzer.js needs glibc ${NEEDED.join('.')}, ${own}; the interop lab (npm run interop) brings one` };
}

function labRoot(): string | undefined {
  const cache = process.env.TSBGP_LAB_CACHE ?? '/var/cache/tsbgp-lab';
  if (!existsSync(cache)) return undefined;
  const roots = readdirSync(cache).filter((entry) => /^rootfs-[0-9a-f]+$/.test(entry));
  return roots.map((entry) => join(cache, entry)).find((root) => existsSync(join(root, 'lib64/ld-linux-x86-64.so.2')));
}
