import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../../tests/support/database.ts';
import { newId } from '../../adapters/system/clock.ts';
import { NO_MARKS, type TaskMarks } from '../../ports/marks.ts';
import { ask, entriesOf, line, ofType, openRig, ORG, type Rig } from '../road/testing/rig.ts';
import { PostgresMarks } from './index.ts';

let db: FreshDatabase;
let rig: Rig;
let marks: PostgresMarks;

beforeAll(async () => {
  db = await freshDatabase();
  rig = await openRig(db.connection);
  marks = new PostgresMarks(rig);
});
afterAll(async () => {
  await rig.close();
  await db.drop();
});

const HIGH: TaskMarks = { dataClass: 'restricted', taints: ['private', 'egress'] };
const LOW: TaskMarks = { dataClass: 'internal', taints: ['egress'] };

const raised = async (raise: TaskMarks): Promise<string> => {
  const task = newId('tsk');
  const base = ask({ lines: [line('org.k', 1_000)], want: { microUsd: 1 } });
  await rig.road.decide({ ...base, marks: { task, assumed: NO_MARKS, raise } });
  return task;
};

test('a person lowers them once, on record, and the road finds out with its next decision', async () => {
  const task = await raised(HIGH);
  expect(await marks.read(ORG, task)).toEqual(HIGH);
  const lowering = { org: ORG, task, marks: LOW, by: 'grace@example.com', decision: 'dec_1' };
  await marks.lower(lowering);
  await marks.lower(lowering);
  expect(await marks.read(ORG, task)).toEqual(LOW);
  const told = ofType(await entriesOf(rig.store), 'task.marked').filter((entry) => entry.task === task);
  expect(told.map(({ detail }) => detail)).toEqual([
    { class: 'restricted', taints: ['private', 'egress'], decision: expect.any(String) as string },
    { class: 'internal', taints: ['egress'], decision: 'dec_1', by: 'grace%40example.com' },
  ]);
  const stale = await rig.road.decide({ ...ask({ lines: [], want: {} }), marks: { task, assumed: HIGH } });
  expect([stale.marksHeld, rig.road.marks(task)]).toEqual([false, LOW]);
});

test('what is not below is refused, also for a task that has no marks', async () => {
  const task = await raised(LOW);
  const base = { org: ORG, by: 'grace', decision: 'dec_1' };
  await expect(marks.lower({ ...base, task, marks: HIGH })).rejects.toMatchObject({ code: 'request.conflict' });
  await expect(marks.lower({ ...base, task: newId('tsk'), marks: LOW })).rejects.toMatchObject({ code: 'request.conflict' });
  expect(await marks.read(ORG, newId('tsk'))).toEqual(NO_MARKS);
});
