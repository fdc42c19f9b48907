/** Redraws a block of lines in place on a terminal; elsewhere prints it once each time it changed. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #drawnLines = 0;
  #last = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(block: string): void {
    const text = block.trimEnd();
    if (text === this.#last) return;
    this.#last = text;
    if (this.#out.isTTY && this.#drawnLines > 0) this.#out.write(`\u001b[${this.#drawnLines}A\u001b[0J`);
    this.#out.write(`${text}\n${this.#out.isTTY ? '' : '\n'}`);
    this.#drawnLines = text.split('\n').length;
  }
}

export function progressBar(done: number, total: number, width = 40): string {
  const filled = Math.min(width, Math.floor((done / total) * width));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}
