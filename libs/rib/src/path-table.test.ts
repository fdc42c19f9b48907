import { expect, it } from 'vitest';
import { PathTable } from './path-table.ts';

it('a row that comes back says nothing of the path that it held before', () => {
  const paths = new PathTable();
  const first = paths.add(1, 2, 77, 3, 4);
  paths.effective[first] = 5;
  paths.localId[first] = 6;
  paths.flags[first] = 3;
  paths.remove(first);
  expect(paths.isUsed(first)).toBe(false);
  const again = paths.add(9, 8, 0, 7, 6);
  expect(again).toBe(first);
  expect({
    prefix: paths.prefix[again],
    peer: paths.peer[again],
    pathId: paths.pathId[again],
    received: paths.received[again],
    effective: paths.effective[again],
    localId: paths.localId[again],
    flags: paths.flags[again],
    epoch: paths.epoch[again],
  }).toEqual({ prefix: 9, peer: 8, pathId: 0, received: 7, effective: 0, localId: 0, flags: 0, epoch: 6 });
});
