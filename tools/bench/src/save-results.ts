import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Figure, formatMarkdown, toJson } from './figure.ts';

/** Writes the results page and its figures, with what a reader needs to weigh them. */
export function saveResults(name: string, args: readonly string[], figures: readonly Figure[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  const base = join(folder, `${date}-${name}`);
  const processors = cpus();
  const page = [
    `# ${name}, ${date}`,
    '',
    `- Machine: ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `- Load average at the end: ${loadavg()
      .map((value) => value.toFixed(1))
      .join(', ')}`,
    `- Revision ${revision()}`,
    `- Command: \`npm run bench -- ${args.join(' ')}\``,
    '',
    ...benchesOf(figures).flatMap((bench) => [
      `## ${bench}`,
      '',
      formatMarkdown(figures.filter((figure) => figure.bench === bench)),
      '',
    ]),
  ];
  writeFileSync(`${base}.md`, page.join('\n'));
  writeFileSync(`${base}.jsonl`, `${figures.map(toJson).join('\n')}\n`);
}

function benchesOf(figures: readonly Figure[]): readonly string[] {
  return [...new Set(figures.map(({ bench }) => bench))];
}

function revision(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
}
