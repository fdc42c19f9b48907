import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** A process of the run that is asked and told things, killed without warning, and started again. */
export class Child<Plan extends object, Question extends object> {
  readonly name: string;
  readonly #program: string;
  #process: ChildProcess | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, (answer: unknown) => void>();

  constructor(name: string, program: string) {
    this.name = name;
    this.#program = join(import.meta.dirname, 'children', program);
  }

  start(plan: Plan): void {
    const child = spawn(process.execPath, ['--conditions=@bgp/source', this.#program, JSON.stringify(plan)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
    child.once('exit', () => {
      for (const answer of this.#waiting.values()) answer(undefined);
      this.#waiting.clear();
    });
    this.#process = child;
  }

  /** Undefined: it is not up yet, or was killed meanwhile. */
  ask(question: Question): Promise<unknown> {
    const child = this.#process;
    if (child?.connected !== true) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      child.send({ id, question }, (error) => {
        if (error !== null) resolve(undefined);
      });
    });
  }

  /** SIGKILL: nothing is closed, nothing is said. */
  kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    return ended;
  }
}
