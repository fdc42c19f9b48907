import { describe, expect, it } from 'vitest';
import { PageTokens } from './page-tokens.ts';

describe('PageTokens', () => {
  it('names a place by its offset, as the seed does', () => {
    const tokens = new PageTokens();
    expect(tokens.issue('q', 2, 'cursor-a')).toBe('2');
    expect(tokens.find('q', '2')).toEqual({ cursor: 'cursor-a', offset: 2 });
  });

  it('keeps questions apart', () => {
    const tokens = new PageTokens();
    tokens.issue('q', 2, 'cursor-a');
    expect(tokens.find('other', '2')).toBeUndefined();
    tokens.issue('other', 2, 'cursor-b');
    expect(tokens.find('q', '2')?.cursor).toBe('cursor-a');
  });

  it('gives a second walk its own name when the table changed in between, and the same name when not', () => {
    const tokens = new PageTokens();
    const first = tokens.issue('q', 2, 'cursor-a');
    expect(tokens.issue('q', 2, 'cursor-a')).toBe(first);
    const second = tokens.issue('q', 2, 'cursor-b');
    expect(second).not.toBe(first);
    expect(tokens.find('q', first)?.cursor).toBe('cursor-a');
    expect(tokens.find('q', second)).toEqual({ cursor: 'cursor-b', offset: 2 });
  });

  it('answers the same token again, for a client that lost the page', () => {
    const tokens = new PageTokens();
    const token = tokens.issue('q', 2, 'cursor-a');
    tokens.issue('q', 4, 'cursor-b');
    expect(tokens.find('q', token)?.cursor).toBe('cursor-a');
    expect(tokens.find('q', token)?.cursor).toBe('cursor-a');
  });

  it('is bounded: forgets the name unused for longest', () => {
    const tokens = new PageTokens(3);
    for (const offset of [1, 2, 3]) tokens.issue('q', offset, `c${offset}`);
    tokens.find('q', '1');
    tokens.issue('q', 4, 'c4');
    expect(tokens.size).toBe(3);
    expect(tokens.find('q', '2')).toBeUndefined();
    expect(tokens.find('q', '1')).toBeDefined();
  });
});
