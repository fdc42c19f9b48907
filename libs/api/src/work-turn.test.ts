import { expect, it } from 'vitest';
import { workTurn } from './work-turn.ts';

it('one piece of work in a turn of the event loop, in the order of the callers', async () => {
  let turn = 0;
  let isOver = false;
  const count = () => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const story: string[] = [];
  const turns: number[] = [];
  const caller = async (name: string) => {
    for (let piece = 0; piece < 3; piece++) {
      await workTurn();
      story.push(`${name}${piece}`);
      turns.push(turn);
      await Promise.resolve(); // what follows in the same turn belongs to the piece
    }
  };
  await Promise.all(['a', 'b', 'c'].map(caller));
  isOver = true;
  expect(story).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
  expect(new Set(turns).size).toBe(9);
});
