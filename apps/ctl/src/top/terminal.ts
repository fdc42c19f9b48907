import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './picture.ts';
import type { TopKey } from './state.ts';

/** The terminal as `top` uses it: keys in, whole pictures out. */
export interface Terminal {
  size(): Size;
  draw(lines: readonly string[]): void;
  onKey(listener: (key: TopKey) => void): void;
  onResize(listener: () => void): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l'; // alternate screen, no cursor
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';

export function openTerminal(input: ReadStream, output: WriteStream): Terminal {
  output.write(ENTER);
  input.setRawMode(true);
  emitKeypressEvents(input);
  input.resume();
  return {
    size: () => ({ columns: output.columns, rows: output.rows }),
    // Drawn over what is there, line by line: nothing flickers, over slow links too.
    draw: (lines) => void output.write(HOME + lines.map((line) => line + ERASE_LINE).join('\r\n')),
    onKey: (listener) =>
      void input.on('keypress', (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
        const isPrintable = text !== undefined && text.length === 1 && text >= ' ';
        listener({ name: key.name ?? '', isControl: key.ctrl === true, text: isPrintable ? text : '' });
      }),
    onResize: (listener) => void output.on('resize', listener),
    close() {
      input.setRawMode(false);
      input.pause();
      output.write(LEAVE);
    },
  };
}
