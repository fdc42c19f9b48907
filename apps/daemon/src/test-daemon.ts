import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A running `tsbgpd`, for tests. */
export interface TestProcess {
  readonly pid: number;
  /** Log records so far. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: () => string;
  readonly stdout: () => string;
  /** Resolves with the first record that has this message; fails when the process ends first. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

export function spawnDaemon(args: readonly string[], env: Readonly<Record<string, string>> = {}): TestProcess {
  const child = spawn(process.execPath, ['--conditions=@bgp/source', MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const records: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (/^\{.*\}$/.test(line)) records.push(JSON.parse(line));
    for (const check of waiting) check();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    pid: child.pid ?? 0,
    records,
    stderr: () => stderr,
    stdout: () => stdout,
    exited,
    kill: (signal) => void child.kill(signal),
    logged: (message) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = records.find((record) => record.msg === message);
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        exited.then((code) => reject(new Error(`exited with ${code} before "${message}":\n${stdout}${stderr}`)));
        check();
      }),
  };
}
