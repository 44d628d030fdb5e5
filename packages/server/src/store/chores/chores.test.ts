import { expect, test } from 'vitest';
import { startChores } from './index.ts';

test('chores run again after a failure, and stopping waits for what is under way', async () => {
  const told: unknown[] = [];
  const log = {
    info: () => undefined,
    warn: (event: string, fields: unknown) => told.push([event, fields]),
    error: () => undefined,
  };
  let runs = 0;
  let finished = 0;
  let third: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    third = resolve;
  });
  const run = async () => {
    runs += 1;
    if (runs === 1) throw new Error('away');
    if (runs === 3) third();
    await new Promise((resolve) => setTimeout(resolve, 5));
    finished += 1;
  };
  const stop = startChores([{ name: 'sweep', everyMs: 1, run }], log);
  await reached;
  await stop();
  expect([runs, finished]).toEqual([3, 2]);
  expect(told).toEqual([['store.chore-failed', { chore: 'sweep', error: 'away' }]]);
});
