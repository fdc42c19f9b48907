/**
 * Checks every library as a stranger gets it: publint over the packed files, then all tarballs installed together in an
 * empty project outside the workspace, where the repository's Node imports each entry point and runs the examples of each
 * README, and the compiler takes the same examples with strict settings and without the types of Node.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Example, examplesOf } from './readme-examples.ts';

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

function compile(examples: readonly Example[], project: string): void {
  mkdirSync(join(project, 'src'));
  examples.forEach(({ name, source }, index) => {
    writeFileSync(join(project, 'src', `${index}.ts`), `// ${name}\n${source}`);
  });
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    types: [],
    module: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], project);
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

  // Those of the API's packages need a transport that their reader chooses; readme-examples.test.ts compiles them.
  const examples = libraries
    .flatMap(({ manifest }) =>
      examplesOf(manifest.name, readFileSync(join(project, 'node_modules', manifest.name, 'README.md'), 'utf8')),
    )
    .filter(({ source }) => !source.includes('@connectrpc/'));
  check('compile the examples of the READMEs', () => compile(examples, project));
  for (const { name, program } of examples.filter(({ isRun }) => isRun)) {
    check(`run the example ${name}`, () => {
      run(process.execPath, ['--no-warnings', '--input-type=module-typescript', '--eval', program], project);
    });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
