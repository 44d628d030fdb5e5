import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkDeadline } from './work-deadline.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** @param share of one processor that the process gets @returns when the deadline of 1 s was over, milliseconds */
function lateAt(share: number): number | undefined {
  let late: number | undefined;
  const began = performance.now();
  const after = (): number => performance.now() - began;
  const deadline = new WorkDeadline(
    1_000,
    () => (late = after()),
    () => after() * share,
  );
  vi.advanceTimersByTime(10_000);
  deadline.stop();
  return late;
}

test('a process that gets a processor has the wall time and no more', () => {
  expect([lateAt(1), lateAt(1.7)]).toEqual([1_000, 1_000]);
});

test('one that gets less of it has as much more time', () => {
  const late = lateAt(0.5) ?? 0;
  expect(late).toBeGreaterThanOrEqual(2_000);
  expect(late).toBeLessThan(2_050);
});

test('one that gets nothing is given up at four times the deadline', () => {
  const late = lateAt(0) ?? 0;
  expect(late).toBeGreaterThanOrEqual(4_000);
  expect(late).toBeLessThan(4_050);
});

test('work that is done in time is never late', () => {
  const onLate = vi.fn<() => void>();
  const deadline = new WorkDeadline(1_000, onLate, () => 0);
  vi.advanceTimersByTime(1_500);
  deadline.stop();
  vi.advanceTimersByTime(10_000);
  expect(onLate).not.toHaveBeenCalled();
});
