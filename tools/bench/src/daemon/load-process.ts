import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LoadCommand, LoadEvent, LoadPlan } from '../load/plan.ts';
import { LOAD_PROCESSOR, PRIORITY } from './subject.ts';

type EventOf<T extends LoadEvent['type']> = Extract<LoadEvent, { readonly type: T }>;

/** The load process, driven by commands and events. */
export class LoadProcess {
  readonly #process: ChildProcess;
  readonly #events: LoadEvent[] = [];
  #wake: (() => void) | undefined;

  constructor(plan: LoadPlan) {
    const main = join(import.meta.dirname, '../load/main.ts');
    const command = `exec ${PRIORITY} taskset -c ${LOAD_PROCESSOR} ${process.execPath} --conditions=@bgp/source ${main}`;
    this.#process = spawn('sh', ['-c', command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (event: LoadEvent) => this.#add(event));
    this.#process.once('exit', (code) => this.#add({ type: 'failed', reason: `the load process ended with ${code}` }));
    this.#process.send(plan);
  }

  tell(command: LoadCommand): void {
    this.#process.send(command);
  }

  /** The next event of this type; throws if the load fails first or takes longer than the limit. */
  async next<T extends LoadEvent['type']>(type: T, limitMs = 120_000): Promise<EventOf<T>> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const event = this.#events.shift();
      if (event?.type === 'failed') throw new Error(event.reason);
      if (event?.type === type) return event as EventOf<T>; // its type was compared
      if (event !== undefined) continue;
      await new Promise<void>((wake, late) => {
        const timer = setTimeout(
          () => late(new Error(`no "${type}" from the load`)),
          Math.max(0, deadline - Date.now()),
        );
        this.#wake = () => {
          clearTimeout(timer);
          wake();
        };
      });
    }
  }

  stop(): void {
    if (this.#process.connected) this.tell({ type: 'stop' });
  }

  #add(event: LoadEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }
}
