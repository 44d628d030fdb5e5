import { expect, test } from 'vitest';
import type { DecideJob, Job, SettleJob } from './job.ts';
import { Batcher } from './batcher.ts';

const nothing = (): void => undefined;

const decision = (): DecideJob => ({
  kind: 'decide',
  item: { org: 'example', record: () => ({ entries: [], payloads: [] }) },
  key: undefined,
  lines: new Map(),
  earlier: undefined,
  resolve: nothing,
  reject: nothing,
});

const settlement = (patient: boolean): SettleJob => ({
  kind: 'settle',
  item: { org: 'example', charge: 'none', entries: [], payloads: [], patient },
  key: undefined,
  presumed: false,
  act: undefined,
  resolve: nothing,
  reject: nothing,
});

function watched(): { readonly batcher: Batcher; readonly batches: (readonly Job['kind'][])[] } {
  const batches: (readonly Job['kind'][])[] = [];
  const batcher = new Batcher(async (jobs) => {
    batches.push(jobs.map(({ kind }) => kind));
    return { verdicts: [], seqs: new Map() };
  }, nothing);
  return { batcher, batches };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a settlement that nobody waits for shares the transaction of the next decision', async () => {
  const { batcher, batches } = watched();
  batcher.push(settlement(true));
  await turn();
  expect(batches).toEqual([]);
  batcher.push(decision());
  await turn();
  expect(batches).toEqual([['settle', 'decide']]);
});

test('it does not wait for ever, and a process that ends does not leave it', async () => {
  const { batcher, batches } = watched();
  batcher.push(settlement(true));
  await batcher.idle();
  expect(batches).toEqual([['settle']]);
});

test('one that somebody waits for goes at once, with those that could wait', async () => {
  const { batcher, batches } = watched();
  batcher.push(settlement(true));
  batcher.push(settlement(false));
  await turn();
  expect(batches).toEqual([['settle', 'settle']]);
});
