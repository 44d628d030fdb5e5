/** When an answer may be given out before its outcome is written, and what happens to a caller whose last place is still being given back. */
import { expect, test } from 'vitest';
import type { TaskMarks } from '../ports/marks.ts';
import type { Act } from '../ports/road.ts';
import { makeWorld, modelAsk, type World } from './testing/world.ts';

const done = (marks?: TaskMarks) => async (): Promise<Act<string>> => ({
  value: 'answer',
  status: 'done',
  charge: 'none',
  ...(marks === undefined ? {} : { marks }),
});

/** Outcomes are written when the gate is opened. */
function slowStore(world: World): () => void {
  const { settle } = world.deps.store;
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  world.deps.store.settle = async (item) => {
    await gate;
    return settle(item);
  };
  return () => open();
}

const still = Symbol('still waiting');
const soon = <T>(promise: Promise<T>): Promise<T | typeof still> =>
  Promise.race([promise, new Promise<typeof still>((resolve) => setTimeout(resolve, 20, still))]);

test('an answer waits for its outcome, unless the door says otherwise', async () => {
  const world = makeWorld();
  const open = slowStore(world);
  const first = world.road.govern(modelAsk('plain'), done());
  expect(await soon(first)).toBe(still);
  const behind = world.road.govern(modelAsk('plain', { outcome: 'behind' }), done());
  expect(await soon(behind)).toMatchObject({ ok: true, value: 'answer' });
  open();
  expect(await first).toMatchObject({ ok: true });
});

test('what an act brings into its task is on record before anybody sees it, whatever the door says', async () => {
  const world = makeWorld();
  const open = slowStore(world);
  const ask = modelAsk('plain', { outcome: 'behind', taints: ['egress'] });
  expect(await soon(world.road.govern(ask, done({ dataClass: 'public', taints: ['egress'] })))).toMatchObject({ ok: true });
  const more = world.road.govern(ask, done({ dataClass: 'public', taints: ['untrusted'] }));
  expect(await soon(more)).toBe(still);
  open();
  expect(await more).toMatchObject({ ok: true });
});

test('a process that ends writes the outcomes that are behind', async () => {
  const world = makeWorld();
  const open = slowStore(world);
  await world.road.govern(modelAsk('plain', { outcome: 'behind' }), done());
  const closed = world.road.close();
  expect(await soon(closed)).toBe(still);
  open();
  await closed;
  expect(world.entries.map(({ type }) => type)).toEqual(['decision', 'outcome']);
});

/** A line of one place that is taken for the first `times` attempts. */
function placeTaken(world: World, times: number): { attempts: number } {
  const seen = { attempts: 0 };
  const { decide } = world.deps.store;
  world.deps.store.decide = async (item) => {
    seen.attempts += 1;
    if (seen.attempts > times) return decide(item);
    const line = { ...item.reserve!.lines[0]!, unit: 'concurrency' as const };
    const result = {
      reserve: { ok: false as const, line, left: 0, reason: 'exceeded' as const },
      approvalsHeld: true,
      marksHeld: true,
    };
    world.entries.push(...item.record(result).entries);
    return { ...result, seqs: [] };
  };
  return seen;
}

test('a place that is given back a moment later is waited for, and nothing is on record of the wait', async () => {
  const world = makeWorld();
  const seen = placeTaken(world, 2);
  expect(await world.road.govern(modelAsk('plain'), done())).toMatchObject({ ok: true });
  expect(seen.attempts).toBe(3);
  expect(world.entries.map(({ type }) => type)).toEqual(['decision', 'outcome']);
});

test('a place that stays taken is one denial on record', async () => {
  const world = makeWorld();
  placeTaken(world, Infinity);
  expect(await world.road.govern(modelAsk('plain'), done())).toMatchObject({ ok: false, denial: { code: 'budget.exceeded' } });
  expect(world.entries).toHaveLength(1);
});
