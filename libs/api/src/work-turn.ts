/*
 * Work over tables is done in pieces, with sockets and timers in between. A piece takes some milliseconds; ten callers with a piece each in
 * one turn of the event loop would take ten times as long. There is one event loop, so there is one queue for it.
 */
const waiting: (() => void)[] = [];

/** Resolves in a turn of the event loop in which nobody else's piece is done: first come, first served. */
export function workTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}

function next(): void {
  waiting[0]?.();
  waiting.shift();
  if (waiting.length > 0) setImmediate(next);
}
