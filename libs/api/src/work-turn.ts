/*
 * Work over tables is done in pieces, with sockets and timers in between. A piece takes some milliseconds; ten callers with a piece each in
 * one turn of the event loop would take ten times as long. There is one event loop, so there is one queue for it.
 */
const waiting: ((hasTime: () => boolean) => void)[] = [];

/** While V8 marks its heap, what usually takes one millisecond takes five: so it is the clock that ends a piece. */
const PIECE_MS = 2;

/**
 * Resolves in a turn of the event loop in which nobody else's piece is done: first come, first served. What it gives says whether the piece
 * may go on, or somebody else should have a turn; something may be done in any case.
 */
export function workTurn(): Promise<() => boolean> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}

function next(): void {
  const end = performance.now() + PIECE_MS;
  waiting[0]?.(() => performance.now() < end);
  waiting.shift();
  if (waiting.length > 0) setImmediate(next);
}
