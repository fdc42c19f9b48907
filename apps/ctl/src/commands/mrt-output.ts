import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/** A file that is there whole or not at all: written beside its name, then renamed. */
export class OutputFile {
  readonly #path: string;
  readonly #temporary: string;
  #handle: FileHandle | undefined;
  #isOver = false;

  private constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}.tmp`;
  }

  static create(path: string): OutputFile {
    return new OutputFile(path);
  }

  async write(octets: string | Uint8Array): Promise<void> {
    await this.#attempt(async () => {
      this.#handle ??= await open(this.#temporary, 'wx');
      await this.#handle.writeFile(octets);
    });
  }

  async commit(): Promise<void> {
    await this.#attempt(async () => {
      this.#handle ??= await open(this.#temporary, 'wx');
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.#path);
      this.#isOver = true;
    });
  }

  /** Leaves nothing behind unless `commit` has been done. */
  async discard(): Promise<void> {
    if (this.#isOver || this.#handle === undefined) return;
    this.#isOver = true;
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      throw new UsageError(`cannot write ${this.#path}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
