import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { decisionDraft } from '../../../../../tests/support/ledger.ts';
import { newId } from '../../adapters/system/clock.ts';
import { joinMarks, NO_MARKS, type TaskMarks } from '../../ports/marks.ts';
import type { DecisionItem } from '../../ports/road-store.ts';
import { ask, end, entriesOf, line, ofType, openRig, ORG, type Rig } from './testing/rig.ts';

let db: FreshDatabase;
let rig: Rig;
let other: Rig;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  other = await openRig(db.connection);
});
afterAll(async () => {
  await rig.close();
  await other.close();
  await db.drop();
});

const PRIVATE: TaskMarks = { dataClass: 'confidential', taints: ['private'] };
const SENDS: TaskMarks = { dataClass: 'public', taints: ['egress'] };

const marked = (task: string, assumed: TaskMarks, raise?: TaskMarks): DecisionItem => ({
  ...ask({ lines: [line('org.m', 1_000_000)], want: { microUsd: 1 } }),
  marks: raise === undefined ? { task, assumed } : { task, assumed, raise },
});

const keyOf = (item: DecisionItem): string => item.reserve?.key ?? '';

test('what an allowed request brings sticks, with an entry, and the next decision must know it', async () => {
  const task = newId('tsk');
  const first = await rig.road.decide(marked(task, NO_MARKS, PRIVATE));
  expect(first.marksHeld).toBe(true);
  expect(rig.road.marks(task)).toEqual(PRIVATE);
  const stale = await rig.road.decide(marked(task, NO_MARKS));
  expect([stale.marksHeld, stale.seqs, stale.reserve]).toEqual([false, [], undefined]);
  expect((await rig.road.decide(marked(task, PRIVATE))).marksHeld).toBe(true);
  const told = ofType(await entriesOf(rig.store), 'task.marked').filter((entry) => entry.task === task);
  expect(told.map(({ detail }) => detail)).toEqual([
    { class: 'confidential', taints: ['private'], decision: expect.stringMatching(/^dec_/) as string },
  ]);
});

test('what another node raised is found out before anything is recorded, and known afterwards', async () => {
  const task = newId('tsk');
  await rig.road.decide(marked(task, NO_MARKS));
  await other.road.decide(marked(task, NO_MARKS, PRIVATE));
  const item = marked(task, rig.road.marks(task), SENDS);
  expect(await rig.road.decide(item)).toEqual({ approvalsHeld: true, marksHeld: false, seqs: [] });
  expect(rig.road.marks(task)).toEqual(PRIVATE);
  expect(await rig.store.query('select 1 from open_act where key = $1', [keyOf(item)])).toEqual([]);
  expect((await rig.road.decide(marked(task, rig.road.marks(task), SENDS))).marksHeld).toBe(true);
  expect(rig.road.marks(task)).toEqual(joinMarks(PRIVATE, SENDS));
});

test('an act’s marks are durable when its settlement is, and count for what waits in the same batch', async () => {
  const task = newId('tsk');
  const item = marked(task, NO_MARKS);
  await rig.road.decide(item);
  const settled = rig.road.settle({ ...end(keyOf(item), { microUsd: 1 }), raise: { task, marks: PRIVATE } });
  const [, behind] = await Promise.all([settled, rig.road.decide(marked(task, NO_MARKS))]);
  expect(behind.marksHeld).toBe(false);
  expect(other.road.marks(task)).toEqual(NO_MARKS);
  expect((await other.road.decide(marked(task, NO_MARKS))).marksHeld).toBe(false);
  expect(other.road.marks(task)).toEqual(PRIVATE);
});

test('told again, an end raises nothing twice; a decision that is recorded without an act asks too', async () => {
  const task = newId('tsk');
  const item = marked(task, NO_MARKS);
  await rig.road.decide(item);
  const ending = { ...end(keyOf(item), { microUsd: 1 }), raise: { task, marks: PRIVATE } };
  await rig.road.settle(ending);
  await rig.road.settle(ending);
  const told = ofType(await entriesOf(rig.store), 'task.marked').filter((entry) => entry.task === task);
  expect(told).toHaveLength(1);
  const key = newId('dec');
  const plain: DecisionItem = {
    org: ORG,
    marks: { task, assumed: NO_MARKS },
    record: () => ({ entries: [decisionDraft(ORG, key)], payloads: [] }),
  };
  expect((await other.road.decide(plain)).marksHeld).toBe(false);
  expect((await other.road.decide({ ...plain, marks: { task, assumed: PRIVATE } })).marksHeld).toBe(true);
});

test('raised on both nodes at once, marks are joined and never lost', async () => {
  const task = newId('tsk');
  const until = async ({ road }: Rig, raise: TaskMarks): Promise<void> => {
    while (!(await road.decide(marked(task, road.marks(task), raise))).marksHeld) expect(road.marks(task)).toBeDefined();
  };
  await Promise.all([until(rig, PRIVATE), until(other, SENDS), until(rig, { dataClass: 'internal', taints: ['untrusted'] })]);
  await until(other, NO_MARKS);
  expect(other.road.marks(task)).toEqual({ dataClass: 'confidential', taints: ['private', 'untrusted', 'egress'] });
});
