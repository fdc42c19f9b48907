import assert from 'node:assert/strict';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Checks, ScenarioAborted } from './check.ts';
import { pause } from './lab/shell.ts';

function checks() {
  const lines: string[] = [];
  return { check: new Checks((line) => lines.push(line)), lines };
}

afterEach(() => {
  vi.useRealTimers();
});

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

  it('tries often enough where a try takes long, and not for ever', async () => {
    const { check } = checks();
    vi.useFakeTimers();
    let tries = 0;
    const slow = (ms: number) => pause(ms).then(() => assert.equal(++tries, 3));
    const third = check.eventually('third time, after more than the time', 1.5, () => slow(700));
    await vi.runAllTimersAsync();
    expect(await third).toBe(true);
    const never = check.eventually('never', 10, () => slow(15_000));
    await vi.runAllTimersAsync();
    expect(await never).toBe(false);
    expect(check.results.map(({ seconds }) => seconds)).toEqual([2.6, 45.5]);
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

  it('watches until a moment, and takes nothing that it saw later', async () => {
    const { check } = checks();
    vi.useFakeTimers();
    const begin = Date.now();
    const holdsFor = (ms: number) => () => assert.ok(Date.now() - begin < ms);
    const slowly = (probe: () => void) => () => pause(1000).then(probe);
    for (const [name, deadline, probe] of [
      ['holds', begin + 400, holdsFor(400)],
      ['held when it was last looked at in time', begin + 3000, slowly(holdsFor(3000))],
      ['does not hold', begin + 9000, holdsFor(8000)],
      ['never looked at in time', begin + 8800, slowly(() => assert.fail('over'))],
    ] as const) {
      const done = check.until(name, deadline, probe);
      await vi.runAllTimersAsync();
      await done;
    }
    expect(check.results.map(({ passed, skipped }) => [passed, skipped !== undefined])).toEqual([
      [true, false],
      [true, false],
      [false, false],
      [true, true],
    ]);
  });
});
