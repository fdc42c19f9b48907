import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { Checks, ScenarioAborted } from './check.ts';

function checks() {
  const lines: string[] = [];
  return { check: new Checks((line) => lines.push(line)), lines };
}

describe('Checks', () => {
  it('counts a probe that holds and one that does not, and goes on', async () => {
    const { check, lines } = checks();
    expect(await check.that('one is one', () => assert.equal(1, 1))).toBe(true);
    expect(await check.that('one is two', () => assert.equal(1, 2))).toBe(false);
    expect(await check.that('late', () => Promise.reject(new Error('no')))).toBe(false);
    expect(check.results.map(({ name, passed }) => [name, passed])).toEqual([
      ['one is one', true],
      ['one is two', false],
      ['late', false],
    ]);
    expect(check.results[2]?.detail).toBe('no');
    expect(lines.some((line) => line.includes('FAIL  one is two'))).toBe(true);
  });

  it('waits for what comes true', async () => {
    const { check } = checks();
    let tries = 0;
    expect(await check.eventually('third time', 5, () => assert.equal(++tries, 3))).toBe(true);
    expect(check.results).toHaveLength(1);
  });

  it('ends the scenario at a required check', async () => {
    const { check } = checks();
    await expect(check.required('never', 0, () => assert.fail('no'))).rejects.toThrow(ScenarioAborted);
    expect(check.results.map(({ passed }) => passed)).toEqual([false]);
  });

  it('watches for the whole time', async () => {
    const { check } = checks();
    let tries = 0;
    expect(await check.throughout('at most once', 1, () => assert.ok(++tries < 2))).toBe(false);
    expect(await check.throughout('always', 0.1, () => assert.ok(true))).toBe(true);
  });
});
