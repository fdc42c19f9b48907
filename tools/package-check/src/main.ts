/**
 * Checks every library as a stranger gets it: publint over the packed files, then all tarballs installed together in an
 * empty project outside the workspace and each entry point imported there by the repository's Node.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
}

const root = resolve(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'tsbgp-packages-'));
let passed = 0;
let failed = 0;

function check(name: string, work: () => void): void {
  try {
    work();
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${describe(error)}`);
  }
}

function describe(error: unknown): string {
  const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
  return [stdout, stderr, message].filter(Boolean).join('\n').replaceAll(/^/gm, '      ');
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const libraries = readdirSync(join(root, 'libs'))
  .map((folder) => join(root, 'libs', folder))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true);

try {
  const tarballs: string[] = [];
  for (const { folder, manifest } of libraries) {
    check(`publint ${manifest.name}`, () => {
      run(join(root, 'node_modules/.bin/publint'), ['--strict', '--pack', 'npm'], folder);
    });
    check(`pack ${manifest.name}`, () => {
      const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', scratch], folder)) as {
        filename: string;
      }[];
      if (packed === undefined) throw new Error('npm pack made no file');
      tarballs.push(join(scratch, packed.filename));
    });
  }

  const project = join(scratch, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "scratch", "private": true, "type": "module" }\n');
  check('install all packages into an empty project', () => {
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], project);
  });
  for (const { manifest } of libraries) {
    for (const entry of Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'))) {
      const specifier = manifest.name + entry.slice(1);
      check(`import ${specifier}`, () => {
        const program = `const m = await import('${specifier}'); if (Object.keys(m).length === 0) throw new Error('no exports');`;
        run(process.execPath, ['--input-type=module', '--eval', program], project);
      });
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
