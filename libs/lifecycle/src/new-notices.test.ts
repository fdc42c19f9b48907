import type { ConfigNotice } from '@bgp/config';
import { expect, it } from 'vitest';
import { newNotices } from './new-notices.ts';

function notice(path: string, reason: string): ConfigNotice {
  return { kind: 'advice', path, reason, file: 'f', line: 1, column: 1 };
}

const [first, second] = [notice('neighbors[0].role', 'a'), notice('neighbors[1].role', 'a')];

it.each([
  ['nothing new', [first], [first], []],
  ['one that has moved', [second], [first], []],
  ['the same of another element', [first], [first, second], [second]],
  ['another reason', [first], [first, notice('neighbors[0].role', 'b')], [notice('neighbors[0].role', 'b')]],
  ['another key', [first], [notice('neighbors[0].hold_time', 'a')], [notice('neighbors[0].hold_time', 'a')]],
  ['one less', [first, second], [first], []],
])('%s', (_rule, before, after, expected) => {
  expect(newNotices(before, after)).toEqual(expected);
});
