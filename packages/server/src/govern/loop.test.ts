import { expect, test } from 'vitest';
import { LoopWatch, type Repeated } from './loop.ts';

const RULE = { repeats: 3, windowMs: 60_000 };

/** @returns after how many of them it was one too many; undefined where it never was */
function stoppedAt(asks: readonly Repeated[]): number | undefined {
  const loops = new LoopWatch();
  const at = asks.findIndex((ask, n) => loops.tooOften(ask, RULE, n));
  return at < 0 ? undefined : at;
}

const read = (what: string, run = 'a'): Repeated => ({ run, what });
const edit = (what: string, run = 'a'): Repeated => ({ run, what, changes: true });
const times = <T>(n: number, of: (n: number) => readonly T[]): T[] => Array.from({ length: n }, (_, at) => of(at)).flat();

test('the same again is stopped after so many repeats', () => {
  expect(stoppedAt(times(9, () => [read('ls')]))).toBe(3);
  expect(stoppedAt(times(9, () => [edit('one')]))).toBe(3);
});

test('what is new each time is no loop, nor are tests after each new edit', () => {
  expect(stoppedAt(times(50, (n) => [read(`ls ${n}`)]))).toBeUndefined();
  expect(stoppedAt(times(50, (n) => [edit(`edit ${n}`), read('test'), read('status')]))).toBeUndefined();
});

test('edits that take turns are a loop, and so is what comes between them', () => {
  expect(stoppedAt(times(20, () => [edit('there'), read('test'), edit('back')]))).toBeLessThan(15);
});

test('what another task changes does not count', () => {
  expect(stoppedAt(times(20, (n) => [edit(`edit ${n}`, 'b'), read('test')]))).toBe(7);
});

test('a window that is over begins again', () => {
  const loops = new LoopWatch();
  const at = [0, 1, 2, 60_000, 60_001, 60_002, 60_003];
  expect(at.map((ms) => loops.tooOften(read('ls'), RULE, ms))).toEqual([false, false, false, false, false, false, true]);
});
