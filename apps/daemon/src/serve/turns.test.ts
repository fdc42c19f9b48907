import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('so many at a time, in the order in which they came', async () => {
  const turns = new Turns(2);
  const story: string[] = [];
  const ends: (() => void)[] = [];
  const all = ['a', 'b', 'c', 'd'].map(async (name) => {
    const done = await turns.take();
    story.push(name);
    ends.push(done);
  });
  await new Promise(setImmediate);
  expect(story).toEqual(['a', 'b']);
  ends[1]?.();
  await new Promise(setImmediate);
  expect(story).toEqual(['a', 'b', 'c']);
  ends[0]?.();
  ends[2]?.();
  await Promise.all(all);
  ends[3]?.();
  expect(story).toEqual(['a', 'b', 'c', 'd']);
  const again = await Promise.all([turns.take(), turns.take()]);
  expect(again).toHaveLength(2);
});
