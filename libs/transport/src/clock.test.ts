import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeClock } from './clock.ts';

describe('nodeClock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([0, 1, 999, 2 ** 31 - 1, 2 ** 31, 2 ** 33])('after %i ms runs once, not before', (delayMs) => {
    const run = vi.fn();
    nodeClock().after(delayMs, run);
    if (delayMs > 0) vi.advanceTimersByTime(delayMs - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 ** 32);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it.each([5, 2 ** 32])('a cancelled timer of %i ms never runs, also late', (delayMs) => {
    const run = vi.fn();
    const cancel = nodeClock().after(delayMs, run);
    vi.advanceTimersByTime(delayMs - 1);
    cancel();
    vi.advanceTimersByTime(delayMs);
    expect(run).not.toHaveBeenCalled();
  });

  it('soon runs once, in a later turn', () => {
    const slice = vi.fn();
    nodeClock().soon(slice);
    expect(slice).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(slice).toHaveBeenCalledTimes(1);
  });

  it('nowMs and wallMs both move with time', () => {
    const clock = nodeClock();
    const [now, wall] = [clock.nowMs(), clock.wallMs()];
    vi.advanceTimersByTime(1500);
    expect(clock.nowMs() - now).toBe(1500);
    expect(clock.wallMs() - wall).toBe(1500);
  });
});
