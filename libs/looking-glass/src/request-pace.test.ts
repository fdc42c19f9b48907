import { describe, expect, it } from 'vitest';
import { RequestPace } from './request-pace.ts';

/** Delays of so many requests at one moment. */
function at(pace: RequestPace, nowMs: number, requests: number, address = '192.0.2.1') {
  return Array.from({ length: requests }, () => pace.delayMs(address, nowMs));
}

describe('10 requests a second', () => {
  it('a second’s worth at once, then one every 100 ms, and none that would wait for more than 5 s', () => {
    const pace = new RequestPace(10);
    expect(at(pace, 0, 13)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 300]);
    const more = at(pace, 0, 60);
    expect(more[46]).toBe(5_000);
    expect(more.slice(47)).toEqual(Array(13).fill(undefined));
  });

  it('who was refused is heard again as time passes', () => {
    const pace = new RequestPace(10);
    at(pace, 0, 100);
    expect(at(pace, 1_000, 1)).toEqual([4_100]);
    expect(at(pace, 60_000, 10)).toEqual(Array(10).fill(0));
  });

  it('one address does not slow another', () => {
    const pace = new RequestPace(10);
    at(pace, 0, 100);
    expect(at(pace, 0, 1, '192.0.2.2')).toEqual([0]);
  });

  it('addresses are forgotten, however many come', () => {
    const pace = new RequestPace(10);
    for (let index = 0; index < 20_000; index++) pace.delayMs(`address ${index}`, index);
    expect(at(pace, 20_000, 1)).toEqual([0]);
  });
});

it('0: no limit', () => {
  expect(at(new RequestPace(0), 0, 10_000).every((delay) => delay === 0)).toBe(true);
});
