import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Example, examplesOf } from './readme-examples.ts';

const root = resolve(import.meta.dirname, '../../..');
const DOCUMENTS = ['README.md', 'libs/*/README.md', 'tools/*/README.md', 'docs/guide/*.md', 'docs/operations/*.md'];
const examples = globSync(DOCUMENTS, { cwd: root })
  .sort()
  .flatMap((file) => examplesOf(file, readFileSync(join(root, file), 'utf8')));

/** Mistakes that the compiler finds, with the settings of the workspace, by example. */
function compile(list: readonly Example[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const fileOf = (example: Example) => join(root, `${example.name.replace(':', '.line-')}.ts`);
  const sources = new Map(list.map((example) => [fileOf(example), example.source]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const text = sources.get(file);
    return text === undefined ? getSourceFile(file, language, ...rest) : ts.createSourceFile(file, text, language);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map(
    list.map((example) => [
      example.name,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(fileOf(example)))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}

/** In a process of its own, as a reader would run it, on the sources of the packages. */
function runExample({ program }: Pick<Example, 'program'>) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@bgp/source', '--input-type=module-typescript', '--no-warnings', '--eval', program],
    { cwd: root, encoding: 'utf8', timeout: 60_000 },
  );
  return { status, stderr };
}

describe('the TypeScript in our documents', () => {
  const mistakes = compile(examples);

  it('is there for every library', () => {
    const libraries = globSync('libs/*/package.json', { cwd: root }).map((file) => file.replace('package.json', ''));
    expect(libraries.filter((folder) => !examples.some(({ name }) => name.startsWith(folder)))).toEqual([]);
  });

  it.each(examples)('$name compiles', ({ name }) => {
    expect(mistakes.get(name)).toEqual([]);
  });

  it.each(examples.filter(({ isRun }) => isRun))('$name does what it says', (example) => {
    expect(runExample(example)).toEqual({ status: 0, stderr: '' });
  });
});

describe('examplesOf', () => {
  const first = (code: string, before = '') => {
    const [example] = examplesOf('page.md', `# Page\n${before}\`\`\`ts\n${code}\n\`\`\`\n`);
    if (example === undefined) throw new Error('no example');
    return example;
  };

  it('names the line and declares what the comment says', () => {
    const example = first('x.length;', '<!-- example: const x = [1]; -->\n');
    expect(example).toMatchObject({ name: 'page.md:4', isRun: true });
    expect(example.source).toContain('const x = [1];');
    expect(runExample(example).stderr).toBe('');
  });

  it.each([
    ['a value', '1 + 1; // => 2', '1 + 1; // => 3'],
    ['a string', "'a' + 'b'; // => 'ab'", "'a' + 'b'; // => 'abc'"],
    ['a printed string', "console.log('ab'); // => ab", "console.log('ab'); // => b"],
    ['a declaration', 'const x: number = 1; // => 1', 'const x: number = 1; // => 2'],
    ['what is left out', 'Array.of(1, 2, 3); // => [1, …]', 'Array.of(1, 2, 3); // => [2, …]'],
    ['a typed array', 'Uint8Array.of(1); // => Uint8Array [1]', 'Uint8Array.of(1); // => Uint8Array [2]'],
    ['a condition', 'if ((1)) console.log(1); // => 1', 'if ((0)) console.log(1); // => 1'],
    ['a loop', 'for (const x of [1]) x; // => 1', 'for (const x of []) x; // => 1'],
  ])('%s is compared', (_, right, wrong) => {
    expect(runExample(first(right))).toEqual({ status: 0, stderr: '' });
    expect(runExample(first(wrong)).status).not.toBe(0);
  });

  it('compiles what it does not run', () => {
    expect(examplesOf('page.md', '```ts no-run\nconst x = 1;\n```\n')).toMatchObject([{ isRun: false }]);
  });
});

it('every file that ARCHITECTURE.md names is there', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/`((?:libs|apps|tools|interop|examples|docs)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  // `NN-name.ts` stands for a file to be written.
  expect(named.filter((path) => !path.includes('/NN') && !existsSync(join(root, path)))).toEqual([]);
});
