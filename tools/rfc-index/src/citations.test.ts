import { describe, expect, it } from 'vitest';
import { citationsIn, renderIndex } from './citations.ts';

describe('citationsIn', () => {
  it.each([
    ['one section', '// RFC 7606 §7.8: treat', [[7606, '7.8']]],
    [
      'several sections of one RFC',
      'RFC 4271 §6.3, §9.1.2.2 (c)',
      [
        [4271, '6.3'],
        [4271, '9.1.2.2 (c)'],
      ],
    ],
    [
      'several RFCs',
      'RFC 4271 §6.3, RFC 7606 §5.3',
      [
        [4271, '6.3'],
        [7606, '5.3'],
      ],
    ],
    ['the whole RFC', 'see RFC 4724 for', [[4724, '']]],
    ['the same twice counts once', 'RFC 1997 §3 … RFC 1997 §3', [[1997, '3']]],
    ['no citation', 'the RFC says', []],
  ])('%s', (_name, text, expected) => {
    expect(citationsIn(text, 'a.ts').map(({ rfc, section }) => [rfc, section])).toEqual(expected);
  });
});

it('renderIndex separates code from tests and orders sections by number', () => {
  const page = renderIndex([
    { rfc: 4271, section: '10', file: 'libs/fsm/src/idle.ts' },
    { rfc: 4271, section: '6.3', file: 'libs/wire/src/errors.test.ts' },
  ]);
  expect(page.indexOf('§6.3')).toBeLessThan(page.indexOf('§10'));
  expect(page).toContain('| §6.3 | – | [wire/errors.test.ts](../../libs/wire/src/errors.test.ts) |');
});
