import { expect, test } from 'vitest';
import type { TaskMarks } from '../ports/marks.ts';
import { makeWorld, MANDATE, modelAsk, type World } from './testing/world.ts';

const done = (world: World) => async () => {
  world.events.push('acted');
  return { value: 'answer', status: 'done' as const, charge: 'none' as const };
};

test('a class that was found counts, and sticks to the task once the action was allowed', async () => {
  const world = makeWorld();
  // The model of the test takes data up to internal.
  const denied = await world.road.govern(modelAsk('plain', { detectedClass: 'confidential' }), done(world));
  expect(denied.ok ? 'allowed' : denied.denial.code).toBe('data.class');
  expect(world.marks.get(MANDATE.task)).toBeUndefined();
  await world.road.govern(modelAsk('plain', { taints: ['egress'] }), done(world));
  expect(world.marks.get(MANDATE.task)).toEqual({ dataClass: 'public', taints: ['egress'] });
});

test('what an act brings back denies the next one', async () => {
  const world = makeWorld();
  const marks: TaskMarks = { dataClass: 'confidential', taints: ['private', 'untrusted'] };
  const first = await world.road.govern(modelAsk('plain'), async () => ({
    value: 'read',
    status: 'done' as const,
    charge: 'none' as const,
    marks,
  }));
  expect(first.ok).toBe(true);
  const next = await world.road.govern(modelAsk('plain'), done(world));
  expect(next.ok ? 'allowed' : next.denial.code).toBe('data.class');
});

test('marks that another process raised are counted before anything is recorded', async () => {
  const world = makeWorld();
  const { decide } = world.deps.store;
  let raced = false;
  world.deps.store.decide = (item) => {
    if (!raced) world.marks.set(MANDATE.task, { dataClass: 'confidential', taints: [] });
    raced = true;
    return decide(item);
  };
  const answer = await world.road.govern(modelAsk('plain'), done(world));
  expect(answer.ok ? 'allowed' : answer.denial.code).toBe('data.class');
  expect(world.entries.map(({ type }) => type)).toEqual(['decision']);
  expect(world.events).toEqual(['decided']);
});

test('a task whose marks never stand still is denied, and nothing acts', async () => {
  const world = makeWorld();
  const { decide } = world.deps.store;
  world.deps.store.decide = async (item) =>
    item.marks === undefined ? decide(item) : { approvalsHeld: true, marksHeld: false, seqs: [] };
  const answer = await world.road.govern(modelAsk('plain'), done(world));
  expect(answer.ok ? 'allowed' : answer.denial.code).toBe('store.busy');
  expect(world.events).toEqual([]);
});
