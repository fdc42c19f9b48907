import { expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

it.each([
  ['two letters swapped', 'hold_tiem', ['hold_time', 'passive'], 'hold_time'],
  ['a letter missing', 'pasive', ['hold_time', 'passive'], 'passive'],
  ['a letter too many', 'familiess', ['families', 'family'], 'families'],
  ['hyphen for underscore', 'hold-time', ['hold_time'], 'hold_time'],
  ['another case', 'Hold_Time', ['hold_time'], 'hold_time'],
  ['the nearest of several', 'remote_as', ['remote_asn', 'remote_port'], 'remote_asn'],
  ['nothing that is near', 'bananas', ['hold_time', 'passive'], undefined],
  ['short words need one change at most', 'xyz', ['asn', 'med'], undefined],
])('%s', (_rule, word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
